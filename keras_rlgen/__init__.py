"""Generative models and reinforcement learning that train each other, on Keras 3.

A generator is a policy, a reward scores its samples, an algorithm maximises it:

```python
import keras, keras_rlgen as rlgen

gan = rlgen.ReinforceGAN(generator, discriminator, latent_dim=64)
gan.compile(reward=rlgen.rewards.Discriminator("error"))
gan.fit(images, epochs=20)
gan.generate(16)
```

Importing the package is enough for `keras.saving.load_model` to find its classes.
Imported before TensorFlow and with `TF_CPP_MIN_LOG_LEVEL=3` in the environment, it
prints none of TensorFlow's start-up messages.

TF-Agents is imported on first use of `keras_rlgen.agents`, and so are the models that
are trained by reward.
"""

from keras_rlgen.quiet_start import import_tensorflow_quietly, is_quiet

if is_quiet():
    import_tensorflow_quietly()

from keras_rlgen import (
    agents,
    baselines,
    callbacks,
    credit,
    datasets,
    distributions,
    environments,
    estimators,
    evaluation,
    experience,
    layers,
    losses,
    metrics,
    models,
    music,
    planning,
    play,
    presets,
    replay,
    returns,
    rewards,
    rl_models,
    text,
    tuning,
    world_models,
)
from keras_rlgen.experience import Experience, Transition
from keras_rlgen.models import (
    GAN,
    VAE,
    CategoricalVAE,
    ConditionalGAN,
    ExperienceGenerator,
    PixelCNN,
    RealNVP,
    SequenceGenerator,
    StochasticGenerator,
)
from keras_rlgen.training.load_model import load_model
from keras_rlgen.version import __version__
from keras_rlgen.world_models import WorldModel

__all__ = [
    "AdversarialImitation",
    "DQNGAN",
    "GAN",
    "RLVAE",
    "VAE",
    "CategoricalVAE",
    "ConditionalDQNGAN",
    "ConditionalGAN",
    "Experience",
    "ExperienceGenerator",
    "ModelBasedAgent",
    "PixelCNN",
    "RealNVP",
    "ReinforceGAN",
    "RestoringGAN",
    "RestoringVAE",
    "RewardTuner",
    "SequenceGAN",
    "SequenceGenerator",
    "StochasticGenerator",
    "Transition",
    "WorldModel",
    "__version__",
    "agents",
    "baselines",
    "callbacks",
    "credit",
    "datasets",
    "distributions",
    "environments",
    "estimators",
    "evaluation",
    "experience",
    "layers",
    "load_model",
    "losses",
    "metrics",
    "models",
    "music",
    "planning",
    "play",
    "presets",
    "replay",
    "returns",
    "rewards",
    "rl_models",
    "text",
    "tuning",
    "world_models",
]


def __getattr__(name):
    if name in __all__:
        return getattr(rl_models, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
