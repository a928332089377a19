import keras
import tensorflow as tf

from keras_rlgen.arguments import is_integer, is_number
from keras_rlgen.identifiers import with_objects
from keras_rlgen.replay.held_out_ratio import HeldOutRatio
from keras_rlgen.replay.mixture import Mixture


@keras.saving.register_keras_serializable("keras_rlgen")
class Synthetic(Mixture):
    """Replay that mixes the agent's own steps with those that a model generates.

    `agent.compile(replay=Synthetic(generator))` makes an agent with a replay buffer
    learn from both. Generated sequences start from observations in the replay buffer,
    and follow the agent's collect policy for as many steps as the agent learns from at
    once. In `fit`, the model is trained further on the replay buffer, and its error
    measured on episodes held out.

    Args:
        generator: `keras_rlgen.models.ExperienceGenerator` or `ExperienceEnsemble`,
            compiled, of the agent's specs. A joint one (`given=()`) generates sequences
            of one step.
        ratio: As in `Mixture`; or `"held_out"`, which is `HeldOutRatio()`. Until the
            generator was trained, the agent's own steps take the place of generated
            ones.
        refit_every: Integer, environment steps between two calls of `generator.fit`;
            `None` for a generator that is not trained further.
        refit_steps: Integer, batches of training in each call.
        batch_size: Integer, steps in such a batch.
        held_out: Float in (0, 1), the part of the episodes in the replay buffer that
            the generator is not trained on. An episode stays in its part.
        gate: Callable such as `Realism(0.5)`, `Disagreement(0.95)` or `Support(0.99)`,
            which tells the generated steps to admit. One with a method
            `adapt(generator, train, held_out)` is adapted after each training of the
            generator. A sequence ends before the first step that is rejected; one of no
            steps is replaced by the agent's own. `None`, the default, admits all.

    Attributes:
        variables: Dict from names to variables, which are saved with the agent.

    Raises:
        ValueError: If an argument is out of its range, or the generator was not
            compiled.
        TypeError: If the generator is not one, or `gate` cannot be called.

    Logged by `fit`: `synthetic_ratio`; `synthetic_rejected`, the part of the generated
    steps that the gate rejected; `model_error`, the `error` of `generator.evaluate` on
    held-out episodes after the last training; `model_<loss>` of each loss in it.

    Example:

    ```python
    model = keras_rlgen.models.TransitionGAN(specs=agent.specs)
    model.compile()
    agent.compile(
        keras.optimizers.Adam(1e-3),
        replay=Synthetic(model, ratio=0.5, refit_every=500, gate=Realism(0.5)),
    )
    agent.fit(epochs=10)
    ```

    Reference:
        [Sutton, 1991](https://doi.org/10.1145/122344.122377) (Dyna);
        [Janner et al., 2019](https://arxiv.org/abs/1906.08253), algorithm 2, short
        sequences from replayed observations.
    """

    def __init__(
        self,
        generator,
        ratio=0.5,
        refit_every=500,
        refit_steps=500,
        batch_size=256,
        held_out=0.2,
        gate=None,
    ):
        if isinstance(ratio, str):
            if ratio != "held_out":
                raise ValueError(
                    "Expected `ratio` to be a number, a schedule or 'held_out'. "
                    f"Received: {ratio!r}"
                )
            ratio = HeldOutRatio()
        super().__init__(generator, ratio)
        if not hasattr(generator, "sample_joint"):
            raise TypeError(
                "Expected `generator` to be an `ExperienceGenerator`. Received: "
                f"{generator!r} of type {type(generator).__name__}. For recorded "
                "experience use `Mixture`."
            )
        if not generator.compiled:
            raise ValueError(
                "Expected a generator that is compiled. Call `generator.compile()` "
                "first."
            )
        if gate is not None and not callable(gate):
            raise TypeError(
                "Expected `gate` to be a callable such as `Realism(0.5)`, or None. "
                f"Received: {gate!r}"
            )
        for name, value in {
            "refit_every": 1 if refit_every is None else refit_every,
            "refit_steps": refit_steps,
            "batch_size": batch_size,
        }.items():
            if not is_integer(value) or value < 1:
                raise ValueError(
                    f"Expected `{name}` to be a positive integer. Received: {value!r}"
                )
        if not (is_number(held_out) and 0.0 < held_out < 1.0):
            raise ValueError(f"Expected `held_out` in (0, 1). Received: {held_out!r}")
        self.generator = generator
        self.refit_every = refit_every
        self.refit_steps = refit_steps
        self.batch_size = batch_size
        self.held_out = held_out
        self.gate = gate
        self._next_fit = tf.Variable(refit_every or 0, trainable=False, dtype=tf.int64)
        self._logged = {
            name: tf.Variable(float("nan"), trainable=False)
            for name in ("error", *generator.loss_names)
        }
        names = ("synthetic_ratio", *(f"model_{name}" for name in self._logged))
        self._means = {name: keras.metrics.Mean(name=name) for name in names}
        self.rejected_tracker = keras.metrics.Mean(name="synthetic_rejected")

    @property
    def trackers(self):
        """List of Keras metrics, logged by `fit` of the agent."""
        return [*self._means.values(), self.rejected_tracker]

    @property
    def variables(self):
        variables = self.generator.training_variables
        own = {"next_fit": self._next_fit}
        if isinstance(self.ratio, HeldOutRatio):
            own["ratio"] = self.ratio.value
        for name, value in getattr(self.gate, "variables", {}).items():
            own[f"gate_{name}"] = value
        return {
            **{f"generator_{i}": v for i, v in enumerate(variables)},
            **own,
            **{f"last_{name}": v for name, v in self._logged.items()},
        }

    def sample(self, real, num_batches, batch_size, run_length, seed, steps):
        ratio = self.ratio(steps) if callable(self.ratio) else self.ratio
        is_ready = tf.cast(self.generator.is_fitted, tf.float32)
        self._means["synthetic_ratio"].update_state(is_ready * ratio)
        for name, value in self._logged.items():
            known = tf.cast(tf.math.is_finite(value), tf.float32)
            value = tf.where(known > 0.0, value, 0.0)
            self._means[f"model_{name}"].update_state(value, sample_weight=known)
        return super().sample(real, num_batches, batch_size, run_length, seed, steps)

    def steps_until_fit(self, environment_steps):
        """Returns the environment steps until the generator is to be trained.

        Args:
            environment_steps: Integer, the environment steps so far.

        Returns:
            Integer, at most 0 if it is due; `None` if it is not trained.
        """
        if self.refit_every is None:
            return None
        return int(self._next_fit) - environment_steps

    def fit(self, train, held_out, environment_steps):
        """Trains the generator, and measures its error.

        Args:
            train: `Experience`.
            held_out: `Experience` of other episodes.
            environment_steps: Integer, the environment steps so far.

        Raises:
            FloatingPointError: If a loss of the generator is not finite.
        """
        history = self.generator.fit(
            train,
            epochs=1,
            steps_per_epoch=self.refit_steps,
            batch_size=self.batch_size,
            verbose=0,
        ).history
        for name in self.generator.loss_names:
            if name in history:
                self._logged[name].assign(history[name][-1])
        if self.generator.given:
            error = self.generator.error(held_out)
            self._logged["error"].assign(error)
            if isinstance(self.ratio, HeldOutRatio):
                self.ratio.update(error)
        if hasattr(self.gate, "adapt"):
            self.gate.adapt(self.generator, train, held_out)
        self._next_fit.assign(environment_steps + self.refit_every)

    def get_config(self):
        serialize = keras.saving.serialize_keras_object
        ratio = serialize(self.ratio) if callable(self.ratio) else self.ratio
        return {
            "generator": serialize(self.generator),
            "ratio": ratio,
            "refit_every": self.refit_every,
            "refit_steps": self.refit_steps,
            "batch_size": self.batch_size,
            "held_out": self.held_out,
            "gate": serialize(self.gate),
        }

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "generator", "ratio", "gate"))
