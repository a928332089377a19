import pathlib

import keras

from keras_rlgen.agents.off_policy_agent import OffPolicyAgent
from keras_rlgen.identifiers import with_objects
from keras_rlgen.models import ExperienceGenerator
from keras_rlgen.models.experience.generator_checks import has_discriminator
from keras_rlgen.replay import Realism, Synthetic
from keras_rlgen.training.guarded_model import serialize
from keras_rlgen.training.whole_saving import WholeSaving


@keras.saving.register_keras_serializable("keras_rlgen")
class JointControl(WholeSaving):
    """An agent and a GAN of its environment's transitions, as one model.

    The generator learns what follows an observation and an action, and its transitions
    join the agent's replay; the discriminator decides which. There are three losses,
    each minimised by its owner alone, in turns:

        L_D = -E[log D(x)] - E[log(1 - D(G(z)))]
        L_G = -E[log D(G(z))]
        L_Q = E[(r + gamma * (1 - done) * max_a' Q_target(s', a') - Q(s, a))^2]

    The agent minimises `L_Q`, or the loss of its class, on real and generated
    sequences; every `refit_every` environment steps, the GAN minimises `L_D` and `L_G`
    on the real ones.

    Args:
        agent: `OffPolicyAgent`, such as `agents.DQN`.
        model: `ExperienceGenerator` with a discriminator, of the agent's specs, such as
            `models.TransitionGAN(specs=agent.specs)`.
        name: String.

    Attributes:
        agent: The agent. Its `replay` is the `Synthetic` of `compile`.
        model: The generator of transitions.

    Raises:
        TypeError: If one of them is something else.
        ValueError: If the model has no discriminator.

    Example:

    ```python
    agent = agents.DQN(q_network, environment="CartPole-v1")
    joint = JointControl(agent, models.TransitionGAN(specs=agent.specs))
    joint.compile(keras.optimizers.Adam(1e-3), refit_every=500)
    joint.fit(epochs=10)
    joint.evaluate(episodes=20)
    joint.save("joint.keras")
    joint.export("saved_model")  # policy/ and generator/
    ```

    Logged by `fit`: what the agent logs, its `loss` being `L_Q`; with
    `model_generator_loss` (`L_G`), `model_discriminator_loss` (`L_D`) and the others of
    `replay.Synthetic`.

    Reference:
        [Azizzadenesheli et al., 2018](https://arxiv.org/abs/1806.05780), who plan in
        the generator by tree search, and found no gain in four of five games.
    """

    def __init__(self, agent, model, name=None):
        super().__init__(name=name)
        for argument, value, kind, expected in (
            ("agent", agent, OffPolicyAgent, "an agent with a replay buffer"),
            ("model", model, ExperienceGenerator, "an `ExperienceGenerator`"),
        ):
            if not isinstance(value, kind):
                raise TypeError(
                    f"Expected `{argument}` to be {expected}. Received: {value!r} of "
                    f"type {type(value).__name__}"
                )
        if not has_discriminator(model.model):
            raise ValueError(
                "Expected `model` to have a discriminator, such as a `TransitionGAN`. "
                f"Received a model of `{type(model.model).__name__}`. To use it without"
                " one: `agent.compile(replay=Synthetic(model))`."
            )
        self.agent = agent
        self.model = model
        self.built = True

    def compile(
        self,
        optimizer="adam",
        generator_optimizer=None,
        discriminator_optimizer=None,
        model_loss=None,
        ratio=0.5,
        refit_every=500,
        refit_steps=500,
        batch_size=256,
        held_out=0.2,
        gate="weigh",
        model_options=None,
        **kwargs,
    ):
        """Configures training.

        Args:
            optimizer: Keras optimizer of the agent, or its name.
            generator_optimizer: As in the `compile` of the model.
            discriminator_optimizer: As in the `compile` of the model.
            model_loss: Its `loss`.
            ratio: As in `replay.Synthetic`.
            refit_every: As in `replay.Synthetic`.
            refit_steps: As in `replay.Synthetic`.
            batch_size: As in `replay.Synthetic`.
            held_out: As in `replay.Synthetic`.
            gate: As in `replay.Synthetic`; or `"weigh"`, the default, which is
                `Realism(0.0, kind="weigh")`.
            model_options: Dict of further arguments of the `compile` of the model, such
                as `{"steps_per_execution": 50}`.
            **kwargs: Further arguments of the agent's `compile`, such as `reward`.

        Raises:
            ValueError: As these do; the agent is then compiled as before.
        """
        options = {
            "generator_optimizer": generator_optimizer,
            "discriminator_optimizer": discriminator_optimizer,
            "loss": model_loss,
        }
        options = {k: v for k, v in options.items() if v is not None}
        self.model.compile(**options, **(model_options or {}))
        replay = Synthetic(
            self.model,
            ratio=ratio,
            refit_every=refit_every,
            refit_steps=refit_steps,
            batch_size=batch_size,
            held_out=held_out,
            gate=Realism(0.0, kind="weigh") if gate == "weigh" else gate,
        )
        self.agent.compile(optimizer, replay=replay, **kwargs)
        self.compiled = True

    def fit(self, epochs=1, steps_per_epoch=1000, **kwargs):
        """Acts and learns, and trains the model in between; see `Agent.fit`.

        Args:
            epochs: As in `Agent.fit`.
            steps_per_epoch: As in `Agent.fit`.
            **kwargs: Further arguments of `Agent.fit`.

        Returns:
            A `keras.callbacks.History`.

        Raises:
            ValueError: If it is not compiled, or as `Agent.fit`.
            FloatingPointError: If a loss of one of them is not finite; its weights are
                those before that update.
        """
        if not self.compiled:
            raise ValueError("Call `compile()` before `fit()`.")
        return self.agent.fit(epochs, steps_per_epoch, **kwargs)

    def evaluate(self, episodes=20, experience=None, **kwargs):
        """Evaluates the greedy policy and, on recorded episodes, the model.

        Args:
            episodes: As in `Agent.evaluate`.
            experience: `Experience` of episodes that were not trained on, such as
                `agent.record(episodes=10)`, or `None`.
            **kwargs: Further arguments of `Agent.evaluate`.

        Returns:
            Dict of floats: those of `Agent.evaluate`, and with `experience` those of
            `ExperienceGenerator.evaluate`, their names preceded by `model_`.
        """
        results = self.agent.evaluate(episodes, **kwargs)
        if experience is not None:
            errors = self.model.evaluate(experience)
            results |= {f"model_{name}": value for name, value in errors.items()}
        return results

    def predict(self, observations, batch_size=None, **kwargs):
        """Returns the actions of the greedy policy; see `Agent.predict`."""
        return self.agent.predict(observations, batch_size, **kwargs)

    def play(self, *args, **kwargs):
        """Plays episodes with the greedy policy; see `Agent.play`."""
        return self.agent.play(*args, **kwargs)

    def generate(self, observation=None, action=None, seed=None, num_samples=None):
        """Generates transitions; see `ExperienceGenerator.generate`."""
        return self.model.generate(observation, action, seed, num_samples)

    def call(self, observations, training=None):
        return self.agent(observations, training=training)

    def export(self, filepath, verbose=True):
        """Writes two SavedModels that run with TensorFlow alone.

        Args:
            filepath: Folder to write: `policy`, as `Agent.export` has it, and
                `generator`, as `ExperienceGenerator.export`.
            verbose: As in `ExperienceGenerator.export`.
        """
        folder = pathlib.Path(filepath)
        self.model.export(folder / "generator", verbose=verbose)
        self.agent.export(folder / "policy")

    def get_config(self):
        # The configuration of a compiled agent has its replay's, model included.
        return {
            "agent": serialize(self.agent),
            "model": None if self.compiled else serialize(self.model),
            "name": self.name,
        }

    def get_compile_config(self):
        """Returns `None`: the configuration of the agent has that of its `compile`."""
        return None

    @classmethod
    def from_config(cls, config, custom_objects=None):
        keys = "agent", "model"
        config = with_objects(config, *keys, custom_objects=custom_objects)
        is_compiled = config["model"] is None
        if is_compiled:
            config["model"] = config["agent"].replay.generator
        joint = cls(**config)
        joint.compiled = is_compiled
        return joint
