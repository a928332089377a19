import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.experience.array_spec import ArraySpec
from keras_rlgen.experience.column_statistics import column_statistics
from keras_rlgen.experience.spec_config import spec_config, spec_from_config
from keras_rlgen.experience.transition import Transition
from keras_rlgen.experience.vector_layout import VectorLayout
from keras_rlgen.training.stateless_random import validated_seed


@keras.saving.register_keras_serializable("keras_rlgen")
class TransitionCodec(keras.layers.Layer):
    """Transitions as float vectors that networks learn from, and back.

    Models of the environment of any family learn the same two vectors:

    - *inputs*: the observation and the action;
    - *targets*: the next observation, the reward, and whether the episode terminated.
      A truncation is no part of them: a model would learn the limit of steps of the
      environment as its end.

    Continuous numbers are standardised by the mean and the standard deviation of what
    `adapt` was given. Of the next observation it is the difference from the observation
    that is standardised. Discrete values are one-hot vectors, and logits in what a
    network answers; so is the flag, 1 for an end.

    Args:
        observation_spec: Nest of specs, of dicts and tuples: one observation, such as
            `agent.specs.observation` or an `ArraySpec`. Floats and pixels (uint8) are
            continuous; other integers are discrete, and need bounds; bool is binary.
        action_spec: Nest of specs: one action, such as `agent.specs.action`.

    Call arguments:
        transition: `Transition` of tensors `(B, ...)`.

    Returns:
        What `encode` returns.

    Attributes:
        observation_dim: Integer, the numbers of the observation in the inputs.
        input_dim: Integer, the numbers of the inputs.
        output_dim: Integer, the numbers of the targets.
        input_parts: Dict from names, such as `"observation/position"` or `"action"`, to
            `VectorPart`, whose `columns` is where the part is and whose `kind` is
            `"continuous"`, `"discrete"` (one-hot) or `"binary"`.
        output_parts: Dict from names, such as `"next_observation/position"`, `"reward"`
            or `"terminated"`, to `VectorPart`.

    Raises:
        ValueError: If an integer of a spec has no bounds or too many values.

    Example:

    >>> codec = TransitionCodec(ArraySpec((4,)), ArraySpec((), "int32", 0, 1))
    >>> codec.input_dim, codec.output_dim
    (6, 6)
    >>> transition = Transition(
    ...     observation=tf.zeros((2, 4)),
    ...     action=tf.constant([0, 1]),
    ...     reward=tf.ones((2,)),
    ...     next_observation=tf.ones((2, 4)),
    ...     terminated=tf.constant([False, True]),
    ... )
    >>> codec.adapt(transition)
    >>> inputs, targets = codec.encode(transition)
    >>> codec.decode(transition.observation, transition.action, targets).terminated
    <tf.Tensor: shape=(2,), dtype=bool, numpy=array([False,  True])>
    """

    def __init__(self, observation_spec, action_spec, name=None, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(name=name, **kwargs)
        observation_spec, action_spec = (
            tf.nest.map_structure(ArraySpec.from_spec, spec)
            for spec in (observation_spec, action_spec)
        )
        self._observation = VectorLayout(observation_spec, "observation")
        self._action = VectorLayout(action_spec, "action", self._observation.size)
        self._next = VectorLayout(observation_spec, "next_observation")
        self._reward = VectorLayout(ArraySpec(()), "reward", self._next.size)
        self._terminated = VectorLayout(
            ArraySpec((), "bool"), "terminated", self._next.size + 1
        )
        self._sizes = self._next.size, 1, 1
        self.input_parts, self.output_parts = (
            {part.name: part for layout in layouts for part in layout.parts}
            for layouts in (
                (self._observation, self._action),
                (self._next, self._reward, self._terminated),
            )
        )
        self.observation_dim = self._observation.size
        self.input_dim = self._observation.size + self._action.size
        self.output_dim = self._next.size + 2
        sizes = {
            "observation": self._observation.size,
            "action": self._action.size,
            "difference": self._next.size,
            "reward": 1,
        }
        self._statistics = {
            name: (
                self._add_statistic(f"{name}_mean", size, "zeros"),
                self._add_statistic(f"{name}_scale", size, "ones"),
            )
            for name, size in sizes.items()
        }
        self.built = True

    def _add_statistic(self, name, size, initializer):
        return self.add_weight(
            shape=(size,), initializer=initializer, trainable=False, name=name
        )

    def adapt(self, transitions):
        """Computes the statistics by which numbers are standardised.

        They replace those before. Use training data alone.

        Args:
            transitions: `Experience`, or `Transition` of arrays `(steps, ...)`.

        Raises:
            ValueError: If they do not fit the specs, or if there are none.
        """
        if hasattr(transitions, "transitions"):
            transitions.check(self._observation.spec, self._action.spec)
            transitions = transitions.transitions()
        now, action, following, reward, _ = self._vectors(transitions)
        if not len(now):
            raise ValueError("Expected at least one transition. Received: none")
        size = np.maximum(*(np.abs(x).max(axis=0) for x in (now, following)))
        for name, layout, values, magnitude in (
            ("observation", self._observation, now, None),
            ("action", self._action, action, None),
            ("difference", self._next, following - now, size),
            ("reward", self._reward, reward, None),
        ):
            if not np.isfinite(values).all():
                raise ValueError(
                    f"Expected the {name} of each transition to be finite. Received: "
                    "NaN or infinity"
                )
            mean, scale = column_statistics(values, magnitude)
            continuous = layout.is_continuous > 0.0
            for variable, value, other in zip(
                self._statistics[name], (mean, scale), (0.0, 1.0), strict=True
            ):
                variable.assign(np.where(continuous, value, other))

    def _vectors(self, transition):
        """Returns what is in a transition, each a float32 tensor `(B, ...)`."""
        return (
            self._observation.encode(transition.observation),
            self._action.encode(transition.action),
            self._next.encode(transition.next_observation),
            self._reward.encode(transition.reward),
            self._terminated.encode(transition.terminated),
        )

    def call(self, transition):
        return self.encode(transition)

    def encode(self, transition):
        """Returns the pair of inputs and targets, as `fit` takes them.

        Args:
            transition: `Transition` of tensors `(B, ...)`.

        Returns:
            Float32 tensors `(B, input_dim)` and `(B, output_dim)`.

        Raises:
            ValueError: If the transition does not fit the specs.
        """
        now, action, following, reward, terminated = self._vectors(transition)
        change = following - self._next.is_continuous * now
        inputs = (
            self._standardised("observation", now),
            self._standardised("action", action),
        )
        targets = (
            self._standardised("difference", change),
            self._standardised("reward", reward),
            terminated,
        )
        return tf.concat(inputs, axis=1), tf.concat(targets, axis=1)

    def encode_inputs(self, observation, action):
        """Returns the inputs alone, where it is not known what follows.

        Args:
            observation: Nest of tensors `(B, ...)`.
            action: Nest of tensors `(B, ...)`.

        Returns:
            Float32 tensor `(B, input_dim)`.
        """
        vectors = (
            self.encode_observation(observation),
            self._standardised("action", self._action.encode(action)),
        )
        return tf.concat(vectors, axis=1)

    def encode_observation(self, observation):
        """Returns the part of the inputs that is the observation.

        Args:
            observation: Nest of tensors `(B, ...)`.

        Returns:
            Float32 tensor `(B, observation_dim)`.
        """
        return self._standardised("observation", self._observation.encode(observation))

    def decode_inputs(self, inputs, seed=None):
        """Returns the observation and the action that are in inputs.

        Args:
            inputs: Float32 tensor `(B, input_dim)`; logits where parts are discrete.
            seed: As in `decode`.

        Returns:
            Pair of nests of tensors `(B, ...)`.
        """
        sizes = self._observation.size, self._action.size
        observation, action = tf.split(inputs, sizes, axis=1)
        seeds = _seeds(seed)
        return (
            self._observation.decode(
                self._restored("observation", observation), seeds[0]
            ),
            self._action.decode(self._restored("action", action), seeds[1]),
        )

    def decode(self, observation, action, outputs, seed=None):
        """Returns the transitions that follow from what a network answered.

        Differences are added to the observation. Numbers are clipped to the bounds of
        their spec, where it has bounds; pixels are rounded. What `encode` returned as
        targets is decoded to the transition that it was given.

        Args:
            observation: Nest of tensors `(B, ...)`.
            action: Nest of tensors `(B, ...)`.
            outputs: Float32 tensor `(B, output_dim)`: of discrete parts the logits, of
                an end the logit.
            seed: Integer, or integer tensor of shape `()` or `(2,)`: discrete values
                and ends are sampled. `None`, the default: the most probable are taken.

        Returns:
            `Transition` of tensors `(B, ...)`, of the dtypes of the specs.
        """
        change, reward, terminated = tf.split(outputs, self._sizes, axis=1)
        following = self._restored("difference", change)
        following += self._next.is_continuous * self._next.encode(observation)
        seeds = _seeds(seed)
        return Transition(
            observation=observation,
            action=action,
            reward=self._reward.decode(self._restored("reward", reward)),
            next_observation=self._next.decode(following, seeds[0]),
            terminated=self._terminated.decode(terminated, seeds[1]),
        )

    def losses(self, targets, outputs, terminated_weight=1.0):
        """Computes what outputs lack, part by part.

        Args:
            targets: Float32 tensor `(B, output_dim)`, from `encode`.
            outputs: Float32 tensor `(B, output_dim)`, from a network.
            terminated_weight: Float, the weight of ends in the loss of `"terminated"`.
                They are rare: try the number of steps an episode.

        Returns:
            Dict from the names of `output_parts` to float32 tensors `(B,)`: the squared
            error of standardised numbers, or the cross-entropy in nats, each summed
            over the elements of the part; of `"terminated"` the binary cross-entropy.
        """
        weights = {"terminated": {"positive_weight": terminated_weight}}
        return {
            name: part.loss(
                targets[:, part.columns],
                outputs[:, part.columns],
                **weights.get(name, {}),
            )
            for name, part in self.output_parts.items()
        }

    def _standardised(self, name, values):
        mean, scale = self._statistics[name]
        return (values - mean) / scale

    def _restored(self, name, values):
        mean, scale = self._statistics[name]
        return mean + scale * values

    @property
    def observation_spec(self):
        """Nest of `ArraySpec`: one observation."""
        return self._observation.spec

    @property
    def action_spec(self):
        """Nest of `ArraySpec`: one action."""
        return self._action.spec

    def get_config(self):
        return {
            **super().get_config(),
            "observation_spec": spec_config(self._observation.spec),
            "action_spec": spec_config(self._action.spec),
        }

    @classmethod
    def from_config(cls, config):
        specs = ("observation_spec", "action_spec")
        return cls(**{**config, **{k: spec_from_config(config[k]) for k in specs}})


def _seeds(seed):
    """Returns two seeds made of one, or two `None`."""
    if seed is None:
        return None, None
    seed = tf.convert_to_tensor(seed)
    if seed.shape.rank == 0:
        seed = tf.stack([seed, tf.zeros_like(seed)])
    return tf.unstack(tf.random.split(validated_seed(seed), 2))
