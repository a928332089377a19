import keras
import tensorflow as tf

from keras_rlgen.agents.agent import NOT_FINITE
from keras_rlgen.agents.algorithms.sarsa_agent import SarsaAgent
from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.agents.value_based_agent import (
    ValueBasedAgent,
    temporal_difference_loss,
)
from keras_rlgen.arguments import is_integer

tf_agents = import_tf_agents()
StepType = tf_agents.trajectories.StepType


@keras.saving.register_keras_serializable("keras_rlgen")
class Sarsa(ValueBasedAgent):
    """SARSA: learns on-policy the action values of its exploring policy.

    TF-Agents has no SARSA; this is its `DqnAgent` with the on-policy target on a Keras
    3 model, with `fit`:

        reward + gamma * discount * Q(next observation, action taken there)

    It learns once from each step of all environments and keeps no replay buffer.

    Args:
        q_network: Built `keras.Model` from observations to a value for each action,
            `(batch, num_actions)`. It is trained in place. Or `"mlp"` or `"cnn"`, as in
            `DQN`.
        environment: As in `DQN`. Its actions must be discrete.
        num_environments: Integer, how many are stepped together. Defaults to 16, so
            that the steps of an update come from different episodes.
        expected: Whether the target is the expectation over the actions of the
            epsilon-greedy policy (expected SARSA), which has less variance, instead of
            the action taken.
        n_step: Integer, rewards in a target before it bootstraps. Defaults to 5.
        gamma: Float in (0, 1], the discount factor of an environment step.
        epsilon: As in `DQN`, but by default it decays to 0.1 over the first 100,000
            steps: without replay, actions that are no longer explored are soon
            forgotten.
        loss: As in `DQN`.
        target_update_tau: Float in (0, 1], how far an update of the target network
            moves it towards the network. With the defaults, 1 and a period of 1, the
            two are equal, as in the textbook.
        target_update_period: Integer, updates of the network between two of the target
            network.
        steps_per_update: Integer, steps of every environment between two updates, each
            on all of these steps. Defaults to 2.
        seed: Integer. The same seed gives the same run.
        name: Name of the model.

    Raises:
        ValueError: If the actions are continuous, the network does not fit the
            observations or the actions, or an argument is out of its range.

    Example:

    ```python
    q_network = keras.Sequential(
        [keras.Input((4,)), Dense(64, "relu"), Dense(64, "relu"), Dense(2)]
    )
    agent = Sarsa(q_network, environment="CartPole-v1")
    agent.compile(optimizer=keras.optimizers.Adam(1e-3))
    agent.fit(epochs=10, steps_per_epoch=1000)
    agent.evaluate(episodes=20)
    ```

    Logged in training: as in `DQN`. `mean_q` is taken over collected observations.

    Reference:
        [Sutton & Barto, 2018](http://incompleteideas.net/book/the-book-2nd.html),
        sections 6.4, 6.6 (expected) and 7.2 (several steps).
    """

    def __init__(
        self,
        q_network,
        environment,
        num_environments=16,
        expected=False,
        n_step=5,
        gamma=0.99,
        epsilon=None,
        loss="squared",
        target_update_tau=1.0,
        target_update_period=1,
        steps_per_update=2,
        seed=None,
        name=None,
    ):
        if epsilon is None:
            epsilon = keras.optimizers.schedules.PolynomialDecay(1.0, 100_000, 0.1)
        super().__init__(
            q_network,
            n_step=n_step,
            gamma=gamma,
            epsilon=epsilon,
            target_update_tau=target_update_tau,
            target_update_period=target_update_period,
            environment=environment,
            num_environments=num_environments,
            seed=seed,
            name=name,
        )
        if not is_integer(steps_per_update) or steps_per_update < 1:
            raise ValueError(
                "Expected `steps_per_update` to be a positive integer. Received: "
                f"{steps_per_update!r}"
            )
        self._update_trackers = [keras.metrics.Mean(name="loss")]
        self.expected = expected
        self.steps_per_update = steps_per_update
        self._loss_name = loss
        self._attach_agent(
            SarsaAgent(
                q_network=self._network,
                target_q_network=self._target_network,
                expected=expected,
                td_errors_loss_fn=temporal_difference_loss(loss),
                **self._agent_options(),
            )
        )
        # The newest frames, whose successors are not known yet.
        self._newest = tf.nest.map_structure(
            lambda spec: tf.Variable(
                tf.zeros((num_environments, n_step, *spec.shape), spec.dtype),
                trainable=False,
            ),
            self.collect_policy.trajectory_spec,
        )
        step_type = self._newest.step_type
        step_type.assign(tf.fill(step_type.shape, StepType.LAST))

    @property
    def collect_steps(self):
        return self.steps_per_update

    @property
    def counters(self):
        newest = tf.nest.flatten(self._newest)
        return {
            **super().counters,
            **{f"newest_frames_{i}": v for i, v in enumerate(newest)},
        }

    def end_episodes(self):
        step_type = self._newest.step_type
        step_type[:, -1].assign(tf.fill((self.num_environments,), StepType.LAST))

    def _training_on(self, experience, loss):
        raise ValueError(
            "`Sarsa` learns from what its own policy does next, and not from recorded "
            "experience. Use `DQN`."
        )

    def _learn(self, collected):
        frames = self._relabelled(collected.frames, collected.next_observation)
        self.jitted(self._improve)(frames)

    def _improve(self, frames):
        """Makes an update on the frames whose successors are known."""
        frames = tf.nest.map_structure(
            lambda old, new: tf.concat([old, new], axis=1), self._newest, frames
        )
        tf.nest.map_structure(
            lambda variable, x: variable.assign(x[:, -self.n_step :]),
            self._newest,
            frames,
        )
        sequences = self._sequences(frames)
        with self._all_or_none():
            loss = self._update_networks(sequences)["loss"]
            self.health.check(NOT_FINITE, tf.math.is_finite(loss))
        self._update_trackers[0].update_state(loss)
        self._track(sequences)

    def _sequences(self, frames):
        """Returns all sequences of `n_step + 1` frames: `(B, n_step + 1, ...)`."""
        starts = tf.range(frames.reward.shape[1] - self.n_step)
        places = starts[:, tf.newaxis] + tf.range(self.n_step + 1)
        return tf.nest.map_structure(
            lambda x: tf.reshape(
                tf.gather(x, places, axis=1), (-1, self.n_step + 1, *x.shape[2:])
            ),
            frames,
        )

    def _transition(self, sequences):
        both = sequences.replace(observation=(sequences.observation, sequences.action))
        steps, action_steps, next_steps = super()._transition(both)
        observation, next_action = next_steps.observation
        return tf_agents.trajectories.Transition(
            steps._replace(observation=steps.observation[0]),
            action_steps._replace(info=next_action),
            next_steps._replace(observation=observation),
        )

    def get_config(self):
        return {
            **super().get_config(),
            "expected": self.expected,
            "loss": self._loss_name,
            "steps_per_update": self.steps_per_update,
        }
