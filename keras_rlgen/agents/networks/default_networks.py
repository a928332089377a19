"""Networks that an agent makes for its environment, by name."""

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.agents.networks.free_scale import FreeScale

layers = keras.layers
NAMES = "mlp", "cnn"
HIDDEN = 256, 256  # units, of agents with continuous actions and a replay buffer
NATURE_SIZE = 36  # pixels, the smallest side of images for the larger convolutions


def network_or_default(
    network, argument, observation, outputs, seed=None, hidden=(64, 64)
):
    """Returns a network, or makes the default one of a name.

    Args:
        network: Keras model, which is returned; `"mlp"`, hidden layers; or `"cnn"`,
            convolutions for the images among the observations, beside which vectors are
            taken as they are, and a hidden layer of 256 units.
        argument: String, the name of the argument, for errors.
        observation: Nest of `TensorSpec`: one observation.
        outputs: Layers that follow, a list.
        seed: Integer or `None`, of the initial weights.
        hidden: Tuple of integers, the units of the hidden layers of `"mlp"`.

    Raises:
        ValueError: If the name is unknown, or there is no image for `"cnn"`.

    Example:

    >>> spec = tf.TensorSpec((4,))
    >>> model = network_or_default("mlp", "q_network", spec, [layers.Dense(2)])
    >>> model.output_shape
    (None, 2)
    """
    if not isinstance(network, str):
        return network
    inputs = tf.nest.map_structure(_input, observation)
    return keras.Model(
        _model_inputs(inputs),
        _outputs(network, argument, inputs, outputs, seed, hidden),
    )


def q_outputs(action, num_atoms=None):
    """Returns the last layers of a network of action values.

    Args:
        action: Bounded spec of one discrete action.
        num_atoms: Integer, of a distribution of values; `None` for values.
    """
    if not action.dtype.is_integer or action.shape.rank:
        return [layers.Dense(1)]  # The agent says that its actions do not fit.
    count = int(action.maximum - action.minimum + 1)
    if num_atoms is None:
        return [layers.Dense(count)]
    return [layers.Dense(count * num_atoms), layers.Reshape((count, num_atoms))]


def policy_outputs(action, free_scale=True):
    """Returns the last layers of the network of a policy.

    Args:
        action: Bounded spec of one action. Of integers they are logits, of floats means
            and logarithms of scales.
        free_scale: Whether scales do not depend on the observation.
    """
    size = int(np.prod(action.shape))
    if action.dtype.is_integer:
        count = int(np.max(action.maximum - action.minimum) + 1)
        shaped = [layers.Reshape((*action.shape, count))] if action.shape.rank else []
        return [layers.Dense(size * count), *shaped]
    if free_scale:
        return [layers.Dense(size), FreeScale()]
    return [layers.Dense(2 * size)]


def default_critic_of_actions(network, observation, action, seed=None):
    """Returns a network of the values of observations and actions, or the one given.

    Args:
        network: As in `network_or_default`.
        observation: Nest of `TensorSpec`.
        action: `TensorSpec`.
        seed: Integer or `None`.
    """
    if not isinstance(network, str):
        return network
    inputs = tf.nest.map_structure(_input, observation)
    of_action = layers.Input(action.shape, dtype=action.dtype.name)
    value = _outputs(
        network, "critic", (inputs, of_action), [layers.Dense(1)], seed, HIDDEN
    )
    return keras.Model([_model_inputs(inputs), of_action], value)


def _input(spec):
    return layers.Input(spec.shape, dtype=spec.dtype.name, name=spec.name)


def _model_inputs(inputs):
    return list(inputs) if isinstance(inputs, tuple) else inputs


def _outputs(name, argument, inputs, outputs, seed, hidden):
    if name not in NAMES:
        raise ValueError(
            f"Expected `{argument}` to be a Keras model, or the name of a default "
            f"network, one of {list(NAMES)}. Received: {name!r}"
        )
    parts = tf.nest.flatten(inputs)
    if name == "cnn" and not any(len(part.shape) == 4 for part in parts):
        shapes = [tuple(part.shape[1:]) for part in parts]
        raise ValueError(
            "Expected observations with an image, (height, width, channels), for "
            f"`{argument}='cnn'`. Received shapes: {shapes}. Use 'mlp'."
        )
    seeds = iter(range(seed or 0, (seed or 0) + 100))
    make = _Layers(seeds if seed is not None else None)
    features = [make.features(part, convolve=name == "cnn") for part in parts]
    x = features[0] if len(features) == 1 else layers.Concatenate()(features)
    for units in hidden if name == "mlp" else (256,):
        x = make.dense(units, "relu")(x)
    for layer in outputs:
        if seed is not None and hasattr(layer, "kernel_initializer"):
            layer.kernel_initializer = make.initializer()
        x = layer(x)
    return x


class _Layers:
    """Makes layers, with seeds of their own if there are seeds."""

    def __init__(self, seeds):
        self._seeds = seeds

    def initializer(self):
        seed = None if self._seeds is None else next(self._seeds)
        return keras.initializers.GlorotUniform(seed)

    def dense(self, units, activation):
        return layers.Dense(units, activation, kernel_initializer=self.initializer())

    def features(self, x, convolve):
        """Returns a vector of each observation."""
        if x.dtype == "uint8":
            x = layers.Rescaling(1.0 / 255.0)(x)
        if not convolve or len(x.shape) != 4:
            return layers.Flatten()(x) if len(x.shape) != 2 else x
        # Mnih et al., 2015, for images as large as theirs.
        sizes = [(32, 8, 4), (64, 4, 2), (64, 3, 1)]
        if min(x.shape[1:3]) < NATURE_SIZE:
            sizes = [(32, 3, 2), (64, 3, 2)]
        for filters, kernel, strides in sizes:
            x = layers.Conv2D(
                filters,
                kernel,
                strides,
                padding="same",
                activation="relu",
                kernel_initializer=self.initializer(),
            )(x)
        return layers.Flatten()(x)
