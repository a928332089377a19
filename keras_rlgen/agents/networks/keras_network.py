import abc

import keras
import tensorflow as tf

from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.agents.networks.carried_state import (
    carried_state_spec,
    reset_at_episode_start,
    unrolled,
)
from keras_rlgen.agents.networks.model_inputs import arranged_inputs
from keras_rlgen.training.keras_internals import copying_in_process

tf_agents = import_tf_agents()
StepType = tf_agents.trajectories.StepType


class KerasNetwork(tf_agents.networks.Network):
    """A TF-Agents network whose weights are those of a Keras 3 model.

    The base class of `QNetwork` and the others. A subclass checks the shape of the
    model's output in its constructor, with `require_output`, and interprets it in
    `decode`.

    The network has no weights of its own. Training the network changes the model, and
    weights that are loaded into the model change the network. A `copy`, such as an
    agent makes for its target network, has a clone of the model, with new weights.

    Args:
        model: A built `keras.Model` with weights and one output tensor.
            A `dict` of observations needs a model with inputs of these names, a tuple
            one with as many inputs, in that order. Networks of on-policy agents take
            recurrent models too, see `keras_rlgen.agents.networks.carried_state`.
        observation_spec: Nest of `TensorSpec` or `ArraySpec`: the shapes and dtypes
            of observations without the outer dimensions.
        name: Name of the network.

    Call arguments:
        observation: Nest of tensors of the spec, with the outer dimensions `(batch,)`
            or `(batch, time)`, which the output has as well.
        step_type: Int32 tensor `(batch,)` or `(batch, time)`. Where it is `FIRST`, the
            state of a recurrent model is reset to zero.
        network_state: Tuple of tensors `(batch, ...)`, the state of a recurrent model
            before the first of the steps. By default it is zero. Other models have
            `()`.
        training: Whether the model is called in training mode.

    Raises:
        TypeError: If `model` is not a Keras 3 model, or has several outputs.
        ValueError: If it is not built, has no weights, or cannot take such
            observations.

    Example:

    ```python
    class AdvantageNetwork(KerasNetwork):
        def decode(self, outputs):
            return outputs - tf.reduce_mean(outputs, axis=-1, keepdims=True)
    ```
    """

    may_carry_state = False

    def __init__(self, model, observation_spec, name=None):
        super().__init__(
            input_tensor_spec=observation_spec,
            state_spec=carried_state_spec(model) if self.may_carry_state else (),
            name=name,
        )
        kind = type(self).__name__
        if not isinstance(model, keras.Model):
            raise TypeError(
                f"`{kind}` expected `model` to be a Keras 3 model. Received: {model!r} "
                f"of type {type(model).__module__}.{type(model).__qualname__}"
            )
        if not model.built:
            raise ValueError(
                f"`{kind}` expected a built model. Received one without weights yet: "
                f"{model.name!r}. Start it with `keras.Input(shape)`, or call it once "
                "on a batch of observations."
            )
        outputs = self._call_once(model)
        if not tf.is_tensor(outputs):
            raise TypeError(
                f"`{kind}` expected a model with one output tensor. Received one with "
                f"a {type(outputs).__name__} of them: {model.name!r}. Make one model "
                "for each, `keras.Model(model.inputs, model.outputs[0])` and so on; "
                "they share their layers."
            )
        if not model.weights:
            raise ValueError(
                f"`{kind}` expected a model with weights. Received one with none: "
                f"{model.name!r}. Add a layer that has some, such as `Dense`."
            )
        self.model_output_shape = tuple(outputs.shape[1:])
        # Bypasses the tracking of Keras 2, which would treat the model as its own.
        object.__setattr__(self, "model", model)
        # Checkpoints of the agent find the weights here.
        self._tf_variables = self.variables

    def _call_once(self, model):
        """Returns the model's outputs for a batch of one observation."""
        observation = tf.nest.map_structure(
            lambda spec: tf.zeros((1, *spec.shape), spec.dtype), self.input_tensor_spec
        )
        state = self.get_initial_state(1)
        try:
            if state:
                return model(arranged_inputs(model, (observation, *state)))[0]
            return model(arranged_inputs(model, observation))
        except Exception as error:
            raise ValueError(
                f"`{type(self).__name__}` could not call the model {model.name!r} on "
                f"observations of the spec {self.input_tensor_spec}. Give it inputs "
                f"of these shapes and dtypes. Received the error: {error}"
            ) from error

    def require_output(self, shapes, meaning, remedy):
        """Checks the shape of the model's output for one observation.

        Args:
            shapes: List of the valid shapes, tuples without the batch dimension. The
                error names the first.
            meaning: What the output should be, for the error.
            remedy: What to do, for the error.

        Raises:
            ValueError: If the model's output has another shape.
        """
        if self.model_output_shape in shapes:
            return
        expected, received = (
            f"({', '.join(map(str, ('batch', *shape)))}{'' if shape else ','})"
            for shape in (shapes[0], self.model_output_shape)
        )
        raise ValueError(
            f"`{type(self).__name__}` expected a model with output of shape {expected}"
            f": {meaning}. Received: {received} from the model {self.model.name!r}. "
            f"{remedy}"
        )

    @abc.abstractmethod
    def decode(self, outputs):
        """Returns the network's output.

        Args:
            outputs: The model's outputs, float32, with the outer dimensions.
        """

    def call(self, observation, step_type=None, network_state=(), training=False):
        outer_rank = tf_agents.utils.nest_utils.get_outer_rank(
            observation, self.input_tensor_spec
        )
        if self.state_spec:
            outputs, network_state = self._call_with_state(
                observation, step_type, network_state, training, outer_rank
            )
            return self.decode(outputs), network_state
        squash = tf_agents.networks.utils.BatchSquash(outer_rank)
        flat = tf.nest.map_structure(squash.flatten, observation)
        outputs = self.model(arranged_inputs(self.model, flat), training=training)
        outputs = tf.cast(squash.unflatten(outputs), tf.float32)
        return self.decode(outputs), ()

    def _call_with_state(
        self, observation, step_type, network_state, training, outer_rank
    ):
        shape = tf.shape(tf.nest.flatten(observation)[0])[:outer_rank]
        if step_type is None:
            step_type = tf.fill(shape, StepType.MID)
        if not network_state:
            network_state = self.get_initial_state(shape[0])

        def step(observation, step_type, state):
            state = reset_at_episode_start(state, step_type)
            inputs = arranged_inputs(self.model, (observation, *state))
            output, *state = self.model(inputs, training=training)
            return tf.cast(output, tf.float32), tuple(state)

        if outer_rank == 1:
            return step(observation, step_type, network_state)
        return unrolled(step, observation, step_type, network_state)

    def create_variables(self, input_tensor_spec=None, **kwargs):
        """Returns the spec of the network's output, without outer dimensions.

        The variables exist already.
        """
        spec = self._input_tensor_spec
        self._input_tensor_spec = tf.nest.map_structure(_sampleable, spec)
        try:
            return super().create_variables(input_tensor_spec, **kwargs)
        finally:
            self._input_tensor_spec = spec

    def copy(self, **kwargs):
        """Returns a network like this one, with weights of its own.

        Args:
            **kwargs: Arguments of the constructor that differ, such as `name`. Unless
                `model` is among them, it is a clone: the same architecture, newly
                initialised.
        """
        if "model" not in kwargs:
            with copying_in_process():
                clone = keras.models.clone_model(self.model)
            if not clone.built:
                self._call_once(clone)
            kwargs["model"] = clone
        return super().copy(**kwargs)

    @property
    def variables(self):
        """The model's variables, a list of `tf.Variable`."""
        return [v.value for v in self.model.variables]

    @property
    def trainable_variables(self):
        """The trainable ones of them."""
        return [v.value for v in self.model.trainable_variables]

    @property
    def non_trainable_variables(self):
        """The others, such as moving averages and random states."""
        return [v.value for v in self.model.non_trainable_variables]

    @property
    def weights(self):
        """The variables without random states."""
        return [v.value for v in self.model.weights]

    @property
    def trainable_weights(self):
        """The trainable ones of them."""
        return [v.value for v in self.model.trainable_weights]

    @property
    def non_trainable_weights(self):
        """The others, without random states."""
        return [v.value for v in self.model.non_trainable_weights]

    @property
    def losses(self):
        """The model's regularisation losses, a list of scalars."""
        return self.model.losses


def _sampleable(spec):
    """Returns a spec that TF-Agents can sample from.

    It adds 1 to the maximum, which overflows to 0 for uint8 in NumPy 2.
    """
    if spec.dtype != tf.uint8:
        return spec
    return tf_agents.specs.BoundedTensorSpec(spec.shape, spec.dtype, 0, 254)
