import keras
import numpy as np

from keras_rlgen.agents import Agent, ExperienceCollector, Planner
from keras_rlgen.agents.loop.epochs import check_epochs
from keras_rlgen.agents.loop.training_loop import train_epochs
from keras_rlgen.experience import Experience
from keras_rlgen.identifiers import with_objects
from keras_rlgen.training.guarded_model import serialize
from keras_rlgen.training.optimizer_group import OptimizerGroup, named_optimizers
from keras_rlgen.training.whole_saving import WholeSaving
from keras_rlgen.world_models import WorldModel
from keras_rlgen.world_models.world_checks import check_counts

COLUMNS = "observations", "actions", "rewards", "lengths", "terminated"
# The names of the agent's logs of imagined episodes.
IMAGINED = {"mean_return": "imagined_return", "episode_length": "imagined_length"}


@keras.saving.register_keras_serializable("keras_rlgen")
class ModelBasedAgent(WholeSaving):
    """Learns a model of its environment, and to act in it, in turns.

    In each round of `fit`

    1. the planner, or else the agent, acts in the real environment, exploring;
    2. the world model is trained on all real steps so far;
    3. the agent is trained in episodes that the model imagines.

    What acts, what models and what learns are handed in. An agent alone learns in
    imagination, as Dyna and Dreamer do. A planner alone acts by planning in the model,
    as PETS does. With both, the planner acts, and may use the agent's networks:
    `Planner(world, search, policy=agent.actor, value=agent.critic)`.

    Args:
        world: `WorldModel`, of the specs of the environment.
        agent: `Agent` of the real environment, such as `agents.PPO`; or `None`.
        planner: `agents.Planner` in `world`, of the real environment; or `None`.
        num_environments: Integer >= 1, real environments that are stepped together.
        name: String.

    Attributes:
        acting: The planner, or else the agent: what `evaluate` evaluates.
        experience: `Experience` of all real steps so far, `None` before the first.
        environment_steps: Integer, the number of real steps.
        imagined_steps: Integer, the number of imagined ones.

    Raises:
        TypeError: If a part is something else.
        ValueError: If there is neither agent nor planner, the planner plans in another
            model, discounts differ, or specs do.

    Logged by `fit`: `mean_return` of the real episodes that ended in the epoch, where
    one did; `model_<loss>` of the world model; what the agent logs of its updates;
    `imagined_return`, the mean return of imagined episodes; and the numbers of steps.

    Example:

    ```python
    agent = agents.PPO(actor, critic, environment="CartPole-v1", num_environments=64)
    world = WorldModel(agent.specs)
    learner = ModelBasedAgent(world, agent, num_environments=4)
    learner.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3))
    learner.fit(epochs=10, validation_freq=1, callbacks=[StopAtReturn(475.0)])
    learner.evaluate(episodes=20)
    ```

    Reference:
        [Sutton, 1991](https://doi.org/10.1145/122344.122377);
        [Chua et al., 2018](https://arxiv.org/abs/1805.12114), algorithm 1;
        [Hafner et al., 2023](https://arxiv.org/abs/2301.04104).
    """

    progress_logs = ("mean_return", "imagined_return", "model_loss")
    steps_per_execution = 1
    is_traced = False

    def __init__(self, world, agent=None, planner=None, num_environments=1, name=None):
        super().__init__(name=name)
        for argument, value, kind in (
            ("world", world, WorldModel),
            ("agent", agent, Agent),
            ("planner", planner, Planner),
        ):
            missing = value is None and argument != "world"
            if not missing and not isinstance(value, kind):
                raise TypeError(
                    f"Expected `{argument}` to be a `{kind.__name__}`. Received: "
                    f"{value!r} of type {type(value).__name__}"
                )
        if agent is None and planner is None:
            raise ValueError(
                "Expected an agent, a planner or both: something has to act. Received "
                "neither."
            )
        if planner is not None and planner.model is not world:
            raise ValueError(
                "Expected a planner that plans in `world`. Received one that plans in "
                f"{planner.model!r}. Make it by `Planner(world, search, ...)`."
            )
        if agent is not None and planner is not None and agent.gamma != planner.gamma:
            raise ValueError(
                "Expected the same discount in the agent and in the planner. Received: "
                f"gamma={agent.gamma} and gamma={planner.gamma}"
            )
        self.world = world
        self.agent = agent
        self.planner = planner
        self.acting = agent if planner is None else planner
        if self.acting.environment is world:
            raise ValueError(
                "Expected the real environment in "
                f"`{type(self.acting).__name__}(environment=...)`. Received: the world "
                "model."
            )
        self.num_environments = num_environments
        self._recorded = None
        self.experience = None
        self._collector = None
        self._logs = {}
        self.built = True

    def compile(
        self,
        optimizer="adam",
        model_optimizer="adam",
        real_steps=128,
        imagined_steps=49_152,
        model_steps=300,
        batch_size=128,
        window=4,
        **kwargs,
    ):
        """Configures training.

        Args:
            optimizer: Keras optimizer of the agent, or its name.
            model_optimizer: Keras optimizer of the world model, or its name.
            real_steps: Integer >= 1, real steps in a round.
            imagined_steps: Integer >= 1, imagined steps in a round, of the agent.
            model_steps: Integer >= 1, updates of the world model in a round.
            batch_size: As in `WorldModel.fit`.
            window: As in `WorldModel.fit`.
            **kwargs: Further arguments of the agent's `compile`, such as `reward`.

        Raises:
            ValueError: If a number is out of its range, or as these do.
        """
        sizes = {
            "real_steps": real_steps,
            "imagined_steps": imagined_steps,
            "model_steps": model_steps,
            "batch_size": batch_size,
            "window": window,
        }
        check_counts(**sizes)
        if self.agent is None and kwargs:
            raise ValueError(
                "Expected no arguments of an agent, as there is none. Received: "
                f"{sorted(kwargs)}"
            )
        self.world.compile(model_optimizer)
        if self.agent is not None:
            self.agent.compile(optimizer, **kwargs)
        self._set_sizes(sizes)

    def _set_sizes(self, sizes):
        """Completes `compile`, when the parts are compiled."""
        self._sizes = dict(sizes)
        parts = {"agent": self.agent, "model": self.world}
        self.optimizer = OptimizerGroup(
            {
                name: optimizer
                for part, learner in parts.items()
                if learner is not None
                for name, optimizer in named_optimizers(part, learner.optimizer).items()
            }
        )
        self.compiled = True

    def get_compile_config(self):
        """Returns the sizes; the configurations of the parts have the rest."""
        return dict(self._sizes) if self.compiled else None

    def compile_from_config(self, config):
        # The parts were compiled from their own configurations.
        self._set_sizes(config)

    def fit(
        self,
        epochs=1,
        steps_per_epoch=1,
        callbacks=None,
        validation_freq=None,
        validation_episodes=20,
        initial_epoch=0,
        verbose="auto",
    ):
        """Acts, learns the model and learns in the model, in turns.

        Args:
            epochs: Integer, the index of the epoch to stop before.
            steps_per_epoch: Integer, rounds in an epoch.
            callbacks: List of `keras.callbacks.Callback`.
            validation_freq: As in `Agent.fit`: epochs between evaluations in the real
                environment, whose steps are not counted.
            validation_episodes: As in `Agent.fit`.
            initial_epoch: As in `Agent.fit`.
            verbose: As in `Agent.fit`.

        Returns:
            A `keras.callbacks.History`.

        Raises:
            ValueError: If it is not compiled.
            FloatingPointError: If a loss is not finite; the weights are those before
                that update.
        """
        check_epochs(self, epochs)
        if not self.compiled:
            raise ValueError("Call `compile()` before `fit()`.")
        return train_epochs(
            self,
            self._run_rounds,
            [steps_per_epoch] * epochs,
            callbacks,
            validation_freq,
            validation_episodes,
            initial_epoch,
            verbose,
        )

    def _run_rounds(self, num_rounds):
        for _ in range(num_rounds):
            self._logs = self._run_round()
        return num_rounds

    def _run_round(self):
        sizes = self._sizes
        if self._collector is None:
            self._collector = ExperienceCollector(self.acting, self.num_environments)
        collected = self._collector.collect(sizes["real_steps"])
        parts = [x for x in (self._recorded, collected) if x is not None]
        self.experience = Experience.concatenate(parts)
        returns = self._collector.last_returns
        logs = {"mean_return": float(np.mean(returns))} if len(returns) else {}
        history = self.world.fit(
            self.experience,
            epochs=1,
            steps_per_epoch=sizes["model_steps"],
            batch_size=sizes["batch_size"],
            window=sizes["window"],
            verbose=0,
        ).history
        logs |= {f"model_{name}": values[-1] for name, values in history.items()}
        if self.agent is not None:
            self.agent.restart(self.world)
            per_environment = -(-sizes["imagined_steps"] // self.agent.num_environments)
            of_agent = self.agent.train_steps(per_environment, self.world)
            del of_agent["episodes"]
            logs |= {IMAGINED.get(k, k): v for k, v in of_agent.items()}
        return logs

    @property
    def environment_steps(self):
        """Integer, the number of real steps."""
        return int(self.acting.environment_steps)

    @property
    def imagined_steps(self):
        """Integer, the number of imagined steps of the agent."""
        return 0 if self.agent is None else int(self.agent.imagined_steps)

    @property
    def fit_log_names(self):
        """List of the names of all that `fit` may log of training."""
        names = [f"model_{metric.name}" for metric in self.world.metrics]
        if self.agent is not None:
            names += [IMAGINED.get(name, name) for name in self.agent.fit_log_names]
        steps = "environment_steps", "environment_steps_per_second"
        return list(dict.fromkeys(["mean_return", *names, *steps]))

    def get_metrics_result(self):
        """Returns the logs of the last round."""
        return dict(self._logs)

    def evaluate(self, episodes=20, **kwargs):
        """Evaluates what acts in the real environment; see `Agent.evaluate`."""
        return self.acting.evaluate(episodes, **kwargs)

    def predict(self, observations, batch_size=None, **kwargs):
        """Returns the actions of what acts; see `Agent.predict`."""
        return self.acting.predict(observations, batch_size, **kwargs)

    def play(self, *args, **kwargs):
        """Plays episodes with the greedy policy; see `Agent.play`."""
        return self.acting.play(*args, **kwargs)

    def call(self, observations, training=None):
        return self.acting(observations, training=training)

    def export(self, filepath, **kwargs):
        """Writes the policy as a SavedModel that runs with TensorFlow alone.

        A planner is written with its world model and networks.

        Args:
            filepath: Folder to write.
            **kwargs: As in `Agent.export`, or of a planner in `Planner.export`.
        """
        self.acting.export(filepath, **kwargs)

    def save_own_variables(self, store):
        if self.experience is not None:
            for name in COLUMNS:
                store[name] = np.asarray(getattr(self.experience, name))

    def load_own_variables(self, store):
        stored = set(store.keys())
        if stored:
            columns = {name: np.asarray(store[name]) for name in COLUMNS}
            self._recorded = self.experience = Experience(**columns)

    def get_config(self):
        return {
            "world": serialize(self.world),
            "agent": serialize(self.agent),
            "planner": self.planner and self._planner_config(),
            "num_environments": self.num_environments,
            "name": self.name,
        }

    def _planner_config(self):
        """Returns the configuration of the planner, with names for what it shares."""
        config = {**self.planner.get_config(), "model": "world"}
        if self.agent is not None:
            for key, own, name in (
                ("policy", self.planner.prior_network, "actor"),
                ("value", self.planner.value_network, "critic"),
            ):
                if own is getattr(self.agent, name, None):
                    config[key] = own and name
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        keys = "world", "agent"
        config = with_objects(config, *keys, custom_objects=custom_objects)
        if config["planner"] is not None:
            planner = {**config["planner"], "model": config["world"]}
            for key in ("policy", "value"):
                if isinstance(planner[key], str):
                    planner[key] = getattr(config["agent"], planner[key])
            config["planner"] = Planner.from_config(planner, custom_objects)
        return cls(**config)
