import keras
import numpy as np
import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.agents import Agent
from keras_rlgen.agents.on_policy_agent import OnPolicyAgent
from keras_rlgen.experience import Experience, TransitionCodec
from keras_rlgen.identifiers import with_objects
from keras_rlgen.pictures import format_table
from keras_rlgen.rl_models.imitation_controls import clone, imitation_controls
from keras_rlgen.training.whole_saving import WholeSaving

COLUMNS = "observations", "actions", "rewards", "lengths", "terminated"
serialize = keras.saving.serialize_keras_object


@keras.saving.register_keras_serializable("keras_rlgen")
class AdversarialImitation(WholeSaving):
    """Generative adversarial imitation learning: an agent and a discriminator.

    The agent is trained with `rewards.Imitation` in place of the environment's reward,
    on request after behavioural cloning. `controls` repeats the training without what
    the discriminator learns, to see what it is good for.

    Args:
        agent: `Agent` of any class. It is trained in place.
        experts: `keras_rlgen.experience.Experience`, the demonstrations.
        discriminator: As in `rewards.Imitation`. By default two hidden layers of 64
            units with `tanh`.
        shaping: As in `rewards.Imitation`.
        name: String.
        **options: Further arguments of `rewards.Imitation`: `kind`, `updates`,
            `batch_size`, `penalty`, `input_noise`, `variable_horizon`, `absorbing` and
            `seed`. `gamma` is the agent's.

    Attributes:
        agent: The agent.
        reward: The `rewards.Imitation` of the last `compile`, or `None`.

    Raises:
        TypeError: If `agent` is no `Agent`, or `experts` no `Experience`.
        ValueError: If the experts do not fit the agent, or as `rewards.Imitation`.

    Example:

    ```python
    imitation = AdversarialImitation(agent, experts, input_noise=0.1)
    imitation.compile(Adam(1e-3), discriminator_optimizer=Adam(1e-3))
    imitation.fit(epochs=8, steps_per_epoch=512)
    imitation.controls(epochs=8, steps_per_epoch=512)
    imitation.save("imitation.keras")
    imitation.export("policy")
    ```

    Reference:
        [Ho & Ermon, 2016](https://arxiv.org/abs/1606.03476), algorithm 1.
    """

    def __init__(
        self,
        agent,
        experts,
        discriminator=None,
        shaping=None,
        name=None,
        **options,
    ):
        super().__init__(name=name)
        if not isinstance(agent, Agent):
            raise TypeError(
                "Expected `agent` to be an agent, such as `agents.DQN`. Received: "
                f"{agent!r} of type {type(agent).__name__}"
            )
        self.agent = agent
        self.experts = experts
        self.options = options
        if discriminator is None:
            specs = agent.specs
            codec = TransitionCodec(specs.observation, specs.action)
            discriminator = _mlp(codec.input_dim + bool(options.get("absorbing")))
        self.discriminator = discriminator
        self.shaping = shaping
        self.reward = None
        if experts is not None:
            # Says what does not fit before anything is trained.
            self.make_reward(discriminator, shaping)
        self.built = True

    def make_reward(self, discriminator, shaping=None, **options):
        """Returns a `rewards.Imitation` of these demonstrations, not compiled.

        Args:
            discriminator: As in the constructor.
            shaping: As in the constructor.
            **options: Arguments of `rewards.Imitation`, in place of the constructor's.
        """
        options = {**self.options, **options}
        if shaping is not None or options.get("absorbing"):
            options["gamma"] = self.agent.gamma
        return rewards.Imitation(
            discriminator, self.experts, self.agent.specs, shaping=shaping, **options
        )

    def compile(self, optimizer="adam", discriminator_optimizer="adam", **kwargs):
        """Configures training.

        Args:
            optimizer: Keras optimizer of the agent, or its name.
            discriminator_optimizer: Keras optimizer of the discriminator and, if there
                is one, of the potential; or its name.
            **kwargs: Further arguments of the agent's `compile`, but `reward`.
        """
        reward = self.make_reward(
            self.discriminator, self.shaping, optimizer=discriminator_optimizer
        )
        self.agent.compile(optimizer, reward=reward, **kwargs)
        self.reward = reward
        self.compiled = True

    def fit(self, epochs=1, steps_per_epoch=1000, cloning_updates=0, **kwargs):
        """Trains the agent to act as the experts, by what the discriminator learns.

        Args:
            epochs: As in `Agent.fit`.
            steps_per_epoch: As in `Agent.fit`.
            cloning_updates: Integer >= 0, updates of behavioural cloning before, for
                `PPO`, `ActorCritic` and `Reinforce`.
            **kwargs: Further arguments of `Agent.fit`.

        Returns:
            A `keras.callbacks.History`, of the steps in the environment.

        Raises:
            ValueError: If the model is not compiled, the agent cannot be cloned, or as
                `Agent.fit`.
        """
        self._check_compiled("fit")
        if cloning_updates:
            if not isinstance(self.agent, OnPolicyAgent):
                raise ValueError(
                    "Expected `cloning_updates=0`: a "
                    f"`{type(self.agent).__name__}` cannot be trained by cloning. "
                    f"Received: {cloning_updates!r}. Use `PPO`, `ActorCritic` or "
                    "`Reinforce`, or add the demonstrations to the replay buffer by "
                    "`agent.add_experience(experts)`."
                )
            clone(self.agent, self.experts, cloning_updates)
        return self.agent.fit(epochs, steps_per_epoch, **kwargs)

    def evaluate(self, episodes=20, **kwargs):
        """Evaluates the greedy policy; see `Agent.evaluate`."""
        return self.agent.evaluate(episodes, **kwargs)

    def predict(self, observations, batch_size=None, **kwargs):
        """Returns the actions of the greedy policy; see `Agent.predict`."""
        return self.agent.predict(observations, batch_size, **kwargs)

    def play(self, *args, **kwargs):
        """Plays episodes with the greedy policy; see `Agent.play`."""
        return self.agent.play(*args, **kwargs)

    def call(self, observations, training=None):
        return self.agent(observations, training=training)

    def export(self, filepath, **kwargs):
        """Writes the greedy policy as a SavedModel; see `Agent.export`."""
        self.agent.export(filepath, **kwargs)

    def controls(
        self,
        epochs=1,
        steps_per_epoch=1000,
        cloning_updates=1000,
        episodes=20,
        verbose=True,
    ):
        """Trains agents that know less, and evaluates them beside this one.

        Rows: `imitation`, this model as it is; `cloning`, a policy with the network of
        the agent, trained on the demonstrations as labels (left out for networks that
        are no policy's, such as that of `CategoricalDQN`); `constant`, the same agent
        under a reward of 1; `random_network`, the same agent under a discriminator that
        never learns. Where these do as well, nothing was imitated. All start from new
        random weights.

        Args:
            epochs: Integer, of the agents that act, as in `fit`.
            steps_per_epoch: Integer, likewise.
            cloning_updates: Integer >= 1, updates of the cloned policy.
            episodes: Integer, episodes of each evaluation.
            verbose: Whether to print the table.

        Returns:
            Dict from rows to the results of `evaluate`.
        """
        self._check_compiled("controls")
        results = imitation_controls(
            self, epochs, steps_per_epoch, cloning_updates, episodes
        )
        if verbose:
            print(format_table(results))
        return results

    def _check_compiled(self, method):
        if not self.compiled:
            raise ValueError(f"Call `compile()` before `{method}()`.")

    def get_config(self):
        # The configuration of a compiled agent has its reward, networks included.
        networks = {"discriminator": self.discriminator, "shaping": self.shaping}
        if self.compiled:
            networks = dict.fromkeys(networks)
        return {
            "agent": serialize(self.agent),
            "options": {k: serialize(v) for k, v in self.options.items()},
            **{key: serialize(value) for key, value in networks.items()},
            "name": self.name,
        }

    def get_compile_config(self):
        """Returns `None`: the configuration of the agent has that of its `compile`."""
        return None

    @classmethod
    def from_config(cls, config):
        config = with_objects(config, "agent", "discriminator", "shaping")
        options = config.pop("options")
        options = {
            k: keras.saving.deserialize_keras_object(v) for k, v in options.items()
        }
        reward = config["agent"].reward
        if reward is not None:
            config["discriminator"] = reward.discriminator
            config["shaping"] = reward.shaping
        # The demonstrations are in the file, beside the weights.
        model = cls(experts=None, **config, **options)
        model.reward = reward
        model.compiled = reward is not None
        return model

    def save_own_variables(self, store):
        for name in COLUMNS:
            leaves = tf.nest.flatten(getattr(self.experts, name))
            for index, array in enumerate(leaves):
                store[f"{name}_{index}"] = array

    def load_own_variables(self, store):
        specs = self.agent.specs
        structures = specs.observation, specs.action, *[np.zeros(())] * 3
        columns = {}
        for name, structure in zip(COLUMNS, structures, strict=True):
            indices = range(len(tf.nest.flatten(structure)))
            arrays = [np.asarray(store[f"{name}_{index}"]) for index in indices]
            columns[name] = tf.nest.pack_sequence_as(structure, arrays)
        self.experts = Experience(**columns)


def _mlp(inputs):
    layers = keras.layers
    return keras.Sequential(
        [
            layers.Input((inputs,)),
            layers.Dense(64, activation="tanh"),
            layers.Dense(64, activation="tanh"),
            layers.Dense(1),
        ]
    )
