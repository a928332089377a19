import functools

import keras
import tensorflow as tf

from keras_rlgen.agents.bridge.eager_functions import eager_functions
from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.training.random_streams import stream_seed
from keras_rlgen.training.stateless_random import integers

tf_agents = import_tf_agents()
common = tf_agents.utils.common

BATCH_SIZE = 256


class BehavioralCloning:
    """Supervised learning of recorded actions: the policy maximises their likelihood.

    Args:
        agent: `OnPolicyAgent` that is compiled.
        experience: `keras_rlgen.experience.Experience`.

    Attributes:
        tracker: `keras.metrics.Mean` of the loss, in nats a step.

    Raises:
        ValueError: If the experience does not fit the agent's specs, or its models are
            recurrent.

    Reference:
        [Pomerleau, 1991](https://doi.org/10.1162/neco.1991.3.1.88).
    """

    def __init__(self, agent, experience):
        if agent.collect_policy.policy_state_spec:
            raise ValueError(
                f"`{type(agent).__name__}` clones single steps, and its models are "
                "recurrent. Use models that are not."
            )
        specs = agent.specs
        experience.check(specs.observation, specs.action)
        transitions = experience.transitions()
        self._observation, self._action = (
            tf.nest.map_structure(lambda s, x: tf.constant(x, s.dtype), spec, arrays)
            for spec, arrays in (
                (specs.observation, transitions.observation),
                (specs.action, transitions.action),
            )
        )
        self._num_steps = len(experience)
        self._agent = agent
        self.tracker = keras.metrics.Mean(name="cloning_loss")
        self._train = tf.function(
            self._updates, autograph=False, jit_compile=agent.jit_compile
        )

    def train(self, num_updates):
        """Makes updates; returns how many they were.

        Args:
            num_updates: Integer.

        Raises:
            FloatingPointError: If the loss or a gradient is not finite.
        """
        with eager_functions(self._agent.run_eagerly):
            self._train(tf.constant(num_updates))
        self._agent.health.raise_if_faulty()
        return num_updates

    def _updates(self, num_updates):
        def body(index):
            self._update()
            return (index + 1,)

        tf.while_loop(
            lambda index: index < num_updates, body, (0,), parallel_iterations=1
        )

    def _update(self):
        agent = self._agent
        seed = stream_seed(agent.seed, "cloning", agent.optimizer.iterations)
        chosen = integers((BATCH_SIZE,), seed, self._num_steps)
        sample = functools.partial(tf.gather, indices=chosen)
        variables = agent.actor.trainable_variables
        with tf.GradientTape() as tape:
            loss = self.loss(
                tf.nest.map_structure(sample, self._observation),
                tf.nest.map_structure(sample, self._action),
            )
        gradients = tape.gradient(loss, variables)
        agent.apply_if_finite(
            "cloning_gradient",
            agent.optimizer,
            variables,
            gradients,
            {self.tracker.name: loss},
        )
        self.tracker.update_state(loss)

    def loss(self, observation, action):
        """Returns the mean negative log-likelihood of actions, in nats.

        Args:
            observation: Nest of tensors `(batch, ...)`.
            action: Nest of tensors `(batch, ...)`.
        """
        policy = self._agent.collect_policy
        batch = tf.shape(tf.nest.flatten(observation)[0])[:1]
        steps = tf_agents.trajectories.restart(observation, batch)
        distribution = policy.distribution(steps, ()).action
        log_probs = common.log_probability(distribution, action, policy.action_spec)
        return -tf.reduce_mean(log_probs)
