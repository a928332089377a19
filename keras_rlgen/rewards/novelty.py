import keras
import tensorflow as tf

from keras_rlgen.rewards.learned_novelty import LearnedNovelty
from keras_rlgen.rewards.model_reward import ModelReward
from keras_rlgen.training.checked_optimizer import checked_optimizer
from keras_rlgen.training.keras_internals import build_optimizer

NEEDED = {
    "reconstruction": ("reconstruct",),
    "density": ("log_prob",),
    "latent_density": ("encode", "prior"),
}


@keras.saving.register_keras_serializable("keras_rlgen")
class Novelty(ModelReward, LearnedNovelty):
    """Rewards observations that a generative model does not expect.

    The model learns the observations that steps lead to, in each round in which the
    agent learns. Where the agent has been often, the model expects them. The reward is
    the model's surprise, divided by its running standard deviation.

    A model cannot learn noise: an observation with a part that is random at every step
    stays surprising, see the [measurements](../benchmarks.md#novelty). The reward is
    above 0 in each step, so that an agent may prefer a long episode to the goal:
    `rewards.Normalized` subtracts its mean.

    Args:
        model: Generative model of observations, such as `keras_rlgen.models.VAE` or
            `RealNVP`, that takes what is said at `whiten`. It is trained in place.
        kind: One of
            - `"reconstruction"`: the mean squared error of `model.reconstruct`;
            - `"density"`: minus `model.log_prob` per dimension, in nats, which may be
              negative;
            - `"latent_density"`: minus the log-density of `model.encode` under
              `model.prior()` per dimension of the latents, in nats.
        optimizer: Keras optimizer of the model, or its name; `None` for a model that
            does not learn any more, `updates=0`.
        updates: Integer >= 1, updates of the model each time the agent learns.
        batch_size: Integer >= 1, observations in an update.
        whiten: Whether observations are standardised by the mean and the standard
            deviation of all that were seen, and clipped to [-5, 5], before the model
            gets them. Defaults to `True` if the model has no `value_range`, so that
            images in [0, 1] are unchanged.
        seed: Integer, of the updates' samples; `None` for a random one.
        name: String.

    Raises:
        TypeError: If the model lacks a method that `kind` or learning needs.
        ValueError: If an argument is out of its range, or observations are not of the
            model's `sample_shape`.

    Example:

    ```python
    vae = keras_rlgen.models.VAE(encoder, decoder, 2, Normal(1.0))
    novelty = rewards.Novelty(vae, optimizer=keras.optimizers.Adam(1e-3))
    agent.compile(Adam(1e-3), reward=rewards.Environment() + 0.1 * novelty)
    ```

    Logged by the agent: `reward_novelty`, and `novelty_loss`, the model's loss in
    nats.

    Reference:
        [Stadie et al., 2015](https://arxiv.org/abs/1507.00814), with the error of a
        reconstruction in place of a prediction; standardisation: [Burda et al.,
        2019](https://arxiv.org/abs/1810.12894), section 2.4.
    """

    def __init__(
        self,
        model,
        kind="reconstruction",
        optimizer="adam",
        updates=4,
        batch_size=128,
        whiten=None,
        seed=None,
        name=None,
        **kwargs,
    ):
        if kind not in NEEDED:
            raise ValueError(
                f"Expected `kind` to be one of {sorted(NEEDED)}. Received: {kind!r}"
            )
        if whiten is None:
            whiten = getattr(model, "value_range", None) is None
        super().__init__(
            model,
            getattr(model, "sample_shape", ()),
            updates if optimizer else 0,
            batch_size,
            whiten,
            seed,
            needs=(*NEEDED[kind], *(() if optimizer is None else ("loss_terms",))),
            name=name,
            **kwargs,
        )
        self.kind = kind
        self.optimizer = checked_optimizer(optimizer) if optimizer else None
        if self.optimizer is not None:
            build_optimizer(self.optimizer, model.trainable_variables)
        self.loss_tracker = keras.metrics.Mean(name="novelty_loss")

    def surprise(self, inputs, training=False):
        if self.kind == "density":
            # The same estimate of a bound in every call.
            return -_per_dimension(self.model.log_prob(inputs, seed=0), inputs)
        if self.kind == "latent_density":
            latents = self.model.encode(inputs)
            return -_per_dimension(self.model.prior().log_prob(latents), latents)
        squares = tf.square(self.model.reconstruct(inputs) - inputs)
        return tf.reduce_mean(squares, axis=list(range(1, squares.shape.rank)))

    def update(self, inputs, key):
        variables = self.model.trainable_variables
        with tf.GradientTape() as tape:
            loss = self.model.loss_terms(inputs, None, key, training=True)["loss"]
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        self.loss_tracker.update_state(loss)

    def get_config(self):
        return {
            **super().get_config(),
            "kind": self.kind,
            "optimizer": keras.saving.serialize_keras_object(self.optimizer),
            "whiten": self.whiten,
        }


def _per_dimension(values, inputs):
    """Returns values divided by the numbers of each row of `inputs`."""
    return values / float(inputs.shape[1:].num_elements())
