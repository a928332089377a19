"""Generative models and reinforcement learning that train each other, on Keras 3.

A generator is a policy, a reward judges its samples, a learner joins the two:

```python
import keras, keras_rlgen as rlgen

gan = rlgen.ReinforceGAN(generator, discriminator, latent_dim=64)
gan.compile(reward=rlgen.rewards.Discriminator("error"))
gan.fit(images, epochs=20)
gan.generate(16)
```

Importing the package registers its classes, so that `keras.saving.load_model` finds
them. TF-Agents is imported when `keras_rlgen.agents` is first asked for it.
"""

from keras_rlgen import (
    agents,
    baselines,
    callbacks,
    datasets,
    distributions,
    environments,
    estimators,
    evaluation,
    layers,
    losses,
    metrics,
    models,
    planning,
    returns,
    rewards,
    rl_models,
)
from keras_rlgen.models import (
    GAN,
    VAE,
    CategoricalVAE,
    ConditionalGAN,
    PixelCNN,
    RealNVP,
    StochasticGenerator,
)
from keras_rlgen.rl_models import (
    RLVAE,
    ReinforceGAN,
    RestoringGAN,
    RestoringVAE,
    RewardTuner,
)
from keras_rlgen.version import __version__

__all__ = [
    "GAN",
    "RLVAE",
    "VAE",
    "CategoricalVAE",
    "ConditionalGAN",
    "PixelCNN",
    "RealNVP",
    "ReinforceGAN",
    "RestoringGAN",
    "RestoringVAE",
    "RewardTuner",
    "StochasticGenerator",
    "__version__",
    "agents",
    "baselines",
    "callbacks",
    "datasets",
    "distributions",
    "environments",
    "estimators",
    "evaluation",
    "layers",
    "losses",
    "metrics",
    "models",
    "planning",
    "returns",
    "rewards",
    "rl_models",
]
