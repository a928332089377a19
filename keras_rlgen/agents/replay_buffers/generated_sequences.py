import tensorflow as tf

from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.training.keras_internals import all_layers
from keras_rlgen.training.stateless_random import validated_seed

tf_agents = import_tf_agents()
StepType = tf_agents.trajectories.StepType


class GeneratedSequences:
    """Sequences of frames that a model generates, as a source of replay.

    Each starts from a frame of the agent's replay buffer. The agent's collect policy
    acts, and the model answers, as many steps as a sequence has. A sequence ends where
    the model ends the episode; before the first step that the gate rejects it is
    truncated. Where no step is left, where the frame was the last of an episode, or if
    the model was not trained yet, the agent's own sequence is returned instead.

    A joint model generates sequences of one step, which are truncated there.

    Args:
        agent: `OffPolicyAgent`.
        generator: `ExperienceGenerator`.
        gate: Callable, as in `replay.Synthetic`, or `None`.
        rejected: `keras.metrics.Mean` of the rejected part of the generated steps.
    """

    needs_own_steps = True

    def __init__(self, agent, generator, gate, rejected):
        self._agent = agent
        self._generator = generator
        self._gate = gate
        self._rejected = rejected
        self._functions = {}

    def sample(self, num_batches, batch_size, run_length, seed, own):
        """Samples sequences, inside a graph.

        Args:
            num_batches: Integer.
            batch_size: Integer.
            run_length: Integer, frames in a sequence, at least 2.
            seed: Int32 tensor `(2,)` of numbers >= 0.
            own: Function of these arguments that samples the agent's own sequences.

        Returns:
            `Trajectory` of tensors `(num_batches, batch_size, run_length, ...)`.
        """
        seeds = tf.unstack(tf.random.split(seed, 2))
        frames = own(num_batches, batch_size, run_length, seed)
        flat = tf.nest.map_structure(
            lambda x: tf.reshape(x, (num_batches * batch_size, *x.shape[2:])), frames
        )

        def generated():
            result, rejected, count = self._compiled(run_length)(flat, seeds[1])
            self._rejected.update_state(rejected, sample_weight=count)
            return result

        flat = tf.cond(
            tf.convert_to_tensor(self._generator.is_fitted), generated, lambda: flat
        )
        return tf.nest.map_structure(
            lambda x, like: tf.ensure_shape(tf.reshape(x, tf.shape(like)), like.shape),
            flat,
            frames,
        )

    def _compiled(self, run_length):
        """Returns `_generate` as a `tf.function`, with XLA if agent and model allow."""
        agent = self._agent
        jit_compile = bool(agent.jit_compile) and all(
            layer.supports_jit for layer in all_layers(self._generator)
        )
        key = run_length, jit_compile
        if key not in self._functions:
            self._functions[key] = tf.function(
                self._generate, autograph=False, jit_compile=jit_compile
            )
        return self._functions[key]

    def _generate(self, own, seed):
        """Generates one sequence for each of the agent's own.

        Args:
            own: `Trajectory` of tensors `(B, T, ...)`.
            seed: Int32 tensor `(2,)`.

        Returns:
            `Trajectory` of tensors `(B, T, ...)`; the rejected part of the generated
            steps, and their number.
        """
        num_steps = own.reward.shape[1] - 1
        if self._generator.given:
            steps, admitted = self._rolled(own, num_steps, seed)
        else:
            steps, admitted = self._joint(own, num_steps, seed)
        can_start = own.step_type[:, 0] != StepType.LAST
        ended = _exclusive(tf.math.cumsum, tf.cast(steps.terminated, tf.int32)) > 0
        all_admitted = tf.math.cumprod(tf.cast(admitted, tf.int32), axis=1) > 0
        is_step = can_start[:, None] & ~ended
        is_tested = is_step & (
            _exclusive(tf.math.cumprod, tf.cast(admitted, tf.int32)) > 0
        )
        if not self._generator.given:
            is_tested &= tf.range(num_steps) == 0
        taken = is_step & all_admitted
        generated = _frames(steps, taken, own)
        count = tf.reduce_sum(tf.cast(is_tested, tf.float32))
        rejected = tf.reduce_sum(tf.cast(is_tested & ~admitted, tf.float32))
        rejected = tf.math.divide_no_nan(rejected, count)
        frames = tf.nest.map_structure(
            lambda x, y: tf.where(_like(taken[:, 0], x), x, y), generated, own
        )
        return frames, rejected, count

    def _rolled(self, own, num_steps, seed):
        """Returns `Transition` of tensors `(B, num_steps, ...)`, and what is admitted.

        Args:
            own: `Trajectory` of tensors `(B, T, ...)`, whose first observations start.
            num_steps: Integer.
            seed: Int32 tensor `(2,)`.
        """
        policy = self._agent.collect_policy
        observation = tf.nest.map_structure(lambda x: x[:, 0], own.observation)
        count = own.reward.shape[0]
        example = self._generator.example(count)
        arrays = [
            tf.TensorArray(x.dtype, num_steps, element_shape=x.shape)
            for x in tf.nest.flatten((example, tf.zeros((count,), tf.bool)))
        ]

        def body(index, observation, arrays):
            seeds = _seeds(seed + index, 3)
            time_step = tf_agents.trajectories.TimeStep(
                step_type=tf.fill((count,), StepType.MID),
                reward=tf.zeros((count,)),
                discount=tf.ones((count,)),
                observation=observation,
            )
            action = policy.action(time_step, (), seeds[0]).action
            step = self._generator.sample(observation, action, seeds[1])
            values = tf.nest.flatten((step, self._admitted(step, seeds[2])))
            arrays = [a.write(index, x) for a, x in zip(arrays, values, strict=True)]
            return index + 1, step.next_observation, arrays

        *_, arrays = tf.while_loop(
            lambda index, *_: index < num_steps,
            body,
            (0, observation, arrays),
            maximum_iterations=num_steps,
        )
        values = [
            tf.transpose(x, [1, 0, *range(2, x.shape.rank)])
            for x in (array.stack() for array in arrays)
        ]
        return tf.nest.pack_sequence_as((example, True), values)

    def _joint(self, own, num_steps, seed):
        """As `_rolled`, of whole transitions; steps after the first are rejected."""
        seeds = _seeds(seed, 2)
        step = self._generator.sample_joint(own.reward.shape[0], seeds[0])
        admitted = self._admitted(step, seeds[1])
        steps = tf.nest.map_structure(
            lambda x: tf.repeat(x[:, None], num_steps, axis=1), step
        )
        is_first = tf.range(num_steps) == 0
        return steps, admitted[:, None] & is_first

    def _admitted(self, step, seed):
        if self._gate is None:
            return tf.ones_like(step.terminated)
        return self._gate(self._generator, step, seed)


def _frames(steps, taken, like):
    """Returns steps as frames.

    Args:
        steps: `Transition` of tensors `(B, T - 1, ...)`.
        taken: Bool tensor `(B, T - 1)`, which steps belong to the sequence.
        like: `Trajectory` of tensors `(B, T, ...)`, whose dtypes frames have.

    Returns:
        `Trajectory` of tensors `(B, T, ...)`.
    """

    def with_last(first, following):
        return tf.concat([first, following[:, -1:]], axis=1)

    is_step = tf.concat([taken, taken[:, -1:] & ~steps.terminated[:, -1:]], axis=1)
    step_type = tf.where(is_step, StepType.MID, StepType.LAST)
    following = tf.concat(
        [step_type[:, 1:], tf.fill((step_type.shape[0], 1), StepType.MID)], axis=1
    )
    discount = tf.where(steps.terminated, 0.0, 1.0)
    frames = like._replace(
        step_type=step_type,
        observation=tf.nest.map_structure(
            lambda x, following: tf.concat([x[:, :1], following], axis=1),
            steps.observation,
            steps.next_observation,
        ),
        action=tf.nest.map_structure(lambda x: with_last(x, x), steps.action),
        next_step_type=following,
        reward=with_last(steps.reward, tf.zeros_like(steps.reward)),
        discount=with_last(discount, tf.ones_like(discount)),
    )
    return tf.nest.map_structure(lambda x, y: tf.cast(x, y.dtype), frames, like)


def _seeds(seed, num):
    """Returns `num` seeds made of one, of numbers >= 0."""
    seeds = tf.unstack(tf.random.split(validated_seed(seed), num))
    return [validated_seed(seed) for seed in seeds]


def _exclusive(cumulate, x):
    return cumulate(x, axis=1, exclusive=True)


def _like(mask, x):
    """Returns a mask `(B,)` with axes of size one appended up to the rank of `x`."""
    return tf.reshape(mask, [-1] + [1] * (x.shape.rank - 1))
