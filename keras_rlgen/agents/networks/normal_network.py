import tensorflow as tf
from tensorflow_probability import distributions as tfd

from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.agents.networks.action_specs import is_bounded, single_action
from keras_rlgen.agents.networks.keras_network import KerasNetwork
from keras_rlgen.agents.networks.squashed_normal import SquashedNormal

tf_agents = import_tf_agents()

LOG_SCALE_RANGE = (-20.0, 2.0)


class NormalNetwork(KerasNetwork):
    """A policy over continuous actions, for PPO, REINFORCE, SAC and similar agents.

    The model outputs a mean `m` and the logarithm of a scale `s` for each element of
    the action, relative to the centre of the action's range and in units of half of it.
    With `c` the centre of the bounds, `h` half their distance and `x ~ Normal(m, s)`,
    the action is

        c + h * x            with squash=False
        c + h * tanh(x)      with squash=True

    so that a mean of 0 is the centre and one of 1 the upper bound, whatever the unit of
    the action. Without `squash` an action may exceed its bounds, and the environment
    clips it. An action without finite bounds is `x` itself.

    For scales that do not depend on the state, as usual with PPO, end the model with
    `FreeScale`: its weights are then saved with the model.

    Args:
        model: Built `keras.Model` with output of shape `(batch, 2 * size)`: first the
            means, then the logarithms of the scales, which are clipped to [-20, 2].
        observation_spec: Nest of `TensorSpec` without the outer dimensions.
        action_spec: `BoundedTensorSpec` of a floating dtype and of shape `(size,)` or
            `()`.
        squash: Whether a `tanh` keeps the actions within their bounds. TF-Agents treats
            the entropy of such a distribution, which has no closed form, as zero.
        name: Name of the network.

    Raises:
        TypeError: If `model` is not a Keras 3 model with one output.
        ValueError: If it is not built, has no weights or cannot take such
            observations, if its output does not fit the actions, if these are
            not continuous, or if `squash` is true and they have no bounds.

    Example:

    ```python
    model = keras.Sequential([keras.Input((3,)), Dense(64, "tanh"), Dense(1)])
    model.add(FreeScale(initial_scale=0.5))
    network = NormalNetwork(model, time_step_spec.observation, action_spec)
    ```

    Reference:
        Squashing: [Haarnoja et al., 2018](https://arxiv.org/abs/1801.01290),
        appendix C.
    """

    may_carry_state = True

    def __init__(self, model, observation_spec, action_spec, squash=False, name=None):
        super().__init__(model, observation_spec, name=name)
        kind = type(self).__name__
        spec = single_action(action_spec, kind)
        if not tf.as_dtype(spec.dtype).is_floating:
            raise ValueError(
                f"`{kind}` expected continuous actions, of a floating dtype. Received "
                f"discrete ones: {spec}. Use `CategoricalNetwork`."
            )
        if len(spec.shape) > 1:
            raise ValueError(
                f"`{kind}` expected actions of shape (size,) or (). Received: {spec}. "
                "Flatten them in the environment."
            )
        if squash and not is_bounded(spec):
            raise ValueError(
                f"`{kind}` with `squash=True` expected finite bounds. Received: {spec}."
                " Give the actions bounds in the environment, or pass `squash=False`."
            )
        size = tf.TensorShape(spec.shape).num_elements()
        self.require_output(
            [(2 * size,)],
            f"{size} means, then {size} logarithms of scales",
            f"Give the last layer {2 * size} units, or {size} and "
            "`keras_rlgen.agents.networks.FreeScale()` after it for scales which do "
            "not depend on the state.",
        )
        self._action_spec = tf_agents.specs.tensor_spec.from_spec(spec)
        self._squash = squash

    def decode(self, outputs):
        spec = self._action_spec
        means, log_scales = tf.split(tf.cast(outputs, spec.dtype), 2, axis=-1)
        scales = tf.exp(tf.clip_by_value(log_scales, *LOG_SCALE_RANGE))
        if spec.shape.rank == 0:
            means, scales = tf.squeeze(means, -1), tf.squeeze(scales, -1)
        if is_bounded(spec) and not self._squash:
            centre = (spec.minimum + spec.maximum) / 2
            half_range = (spec.maximum - spec.minimum) / 2
            means, scales = centre + half_range * means, half_range * scales
        if spec.shape.rank == 0:
            distribution = tfd.Normal(means, scales)
        else:
            distribution = tfd.MultivariateNormalDiag(means, scales)
        if self._squash:
            bounds = (spec.minimum.tolist(), spec.maximum.tolist())
            low, high = (tuple(b) if isinstance(b, list) else b for b in bounds)
            return SquashedNormal(distribution, low, high)
        return distribution
