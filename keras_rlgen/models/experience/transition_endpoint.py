import tensorflow as tf


def transition_endpoint(generator):
    """Returns the endpoint of a SavedModel that generates transitions.

    Args:
        generator: `ExperienceGenerator`.

    Returns:
        A pair: a function of observation, action and an int32 scalar `seed`, or for a
        joint model of the int32 scalars `num_samples` and `seed`, which returns a dict
        with the fields of a `Transition`; and its list of `tf.TensorSpec`.
    """

    def given(observation, action, seed):
        key = tf.stack([seed, 0])
        return generator.sample(observation, action, key)._asdict()

    def joint(num_samples, seed):
        return generator.sample_joint(num_samples, tf.stack([seed, 0]))._asdict()

    def batch_spec(spec, name):
        return tf.nest.map_structure(
            lambda s: tf.TensorSpec((None, *s.shape), s.dtype, name=name), spec
        )

    seed = tf.TensorSpec((), tf.int32, name="seed")
    if not generator.given:
        return joint, [tf.TensorSpec((), tf.int32, name="num_samples"), seed]
    observation, action = generator.specs
    return given, [
        batch_spec(observation, "observation"),
        batch_spec(action, "action"),
        seed,
    ]
