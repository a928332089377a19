"""A generative model of daily returns, and peers: GARCH(1,1)-t and a block bootstrap.

The model generates the returns of the next days at once, in units of the current
volatility, given what came before. Longer paths follow step by step.
"""

import keras
import numpy as np
from keras import layers

import keras_rlgen as rlgen

DAYS = 5  # generated at once
DECAYS = (0.94, 0.985)  # of two running variances, a quick and a slow one
REVERSION = 0.1  # the part of the long-run variance in the unit of returns
CONDITION = len(DECAYS) + DAYS
FAMILIES = ("flow", "vae", "gan", "dynamics")


def running_volatilities(returns, start):
    """Returns exponentially weighted volatilities after each day, `(2, P, days)`.

    Args:
        returns: Float array `(P, days)`.
        start: Float array `(2, P)`, the volatilities before the first day.
    """
    result = np.empty((len(DECAYS), *returns.shape))
    for index, decay in enumerate(DECAYS):
        variance = start[index] ** 2
        for day in range(returns.shape[1]):
            variance = decay * variance + (1.0 - decay) * returns[:, day] ** 2
            result[index, :, day] = np.sqrt(variance)
    return result


def unit_of(volatilities, typical):
    """Returns the unit in which returns are generated, like `volatilities[0]`.

    The current variance, drawn towards the typical one: a path whose volatility feeds
    back into itself would not return otherwise.
    """
    quick = volatilities[0]
    return np.sqrt((1.0 - REVERSION) * quick**2 + REVERSION * typical**2)


def conditions_of(volatilities, last, typical):
    """Returns what the model is given, float32 `(P, CONDITION)`.

    Args:
        volatilities: Float array `(2, P)`.
        last: Float array `(P, DAYS)`, the last returns.
        typical: Float, the volatility of the training data.
    """
    unit = unit_of(volatilities, typical)
    parts = [np.log(volatilities / typical).T, last / unit[:, None]]
    return np.concatenate(parts, axis=1).astype("float32")


class ReturnModel:
    """A generative model of the library, as a model of returns.

    Args:
        family: One of `FAMILIES`.
        seed: Integer.
    """

    def __init__(self, family, seed):
        self.model = make_model(family, seed)
        self.family = family

    def fit(self, returns, epochs, verbose=0):
        """Trains on consecutive returns, float array `(days,)`.

        The last fifth is held out, to stop early where there is a likelihood.
        """
        self.typical = returns.std()
        start = np.full((len(DECAYS), 1), self.typical)
        volatilities = running_volatilities(returns[None], start)[:, 0]
        now = np.arange(max(60, DAYS), len(returns) - DAYS + 1)
        windows = returns[now[:, None] + np.arange(DAYS)]
        before = returns[now[:, None] - DAYS + np.arange(DAYS)]
        condition = conditions_of(volatilities[:, now - 1], before, self.typical)
        unit = unit_of(volatilities[:, now - 1], self.typical)
        samples = (windows / unit[:, None]).astype("float32")
        # Not beyond what was seen: errors of a model feed back into its volatility.
        self.bound = np.abs(samples).max()
        self.range = 0.5 * volatilities.min(), 2.0 * volatilities.max()
        self.volatilities, self.last = volatilities[:, -1], returns[-DAYS:]
        count = int(0.8 * len(samples))
        options = {"epochs": epochs, "batch_size": 128, "verbose": verbose}
        if self.family != "gan":
            stop = keras.callbacks.EarlyStopping(
                "val_loss", patience=15, restore_best_weights=True
            )
            options["callbacks"] = [stop]
            options["validation_data"] = (
                samples[count + DAYS :],
                condition[count + DAYS :],
            )
            samples, condition = samples[:count], condition[:count]
        return self.model.fit(samples, condition, **options).history

    def sample(self, num_paths, days, seed):
        """Returns paths `(num_paths, days)` that follow the training data."""
        random = np.random.default_rng(seed)
        volatilities = np.repeat(self.volatilities[:, None], num_paths, axis=1)
        last = np.repeat(self.last[None], num_paths, axis=0)
        blocks = []
        for _ in range(-(-days // DAYS)):
            condition = conditions_of(volatilities, last, self.typical)
            scaled = self.model.generate(
                num_paths, condition, seed=int(random.integers(2**31))
            )
            scaled = np.clip(scaled, -self.bound, self.bound)
            last = scaled * unit_of(volatilities, self.typical)[:, None]
            volatilities = running_volatilities(last, volatilities)[..., -1]
            volatilities = np.clip(volatilities, *self.range)
            blocks.append(last)
        return np.concatenate(blocks, axis=1)[:, :days]


def make_model(family, seed):
    """Returns a compiled conditional model of vectors of `DAYS` numbers."""
    keras.utils.set_random_seed(seed)
    conditions = rlgen.models.VectorCondition(CONDITION)
    normal = rlgen.distributions.Normal(1.0, learned=True)
    rate = 1e-3
    if family == "flow":
        flow = rlgen.models.vector_flow(DAYS, units=32, condition_dim=CONDITION)
        model = rlgen.models.RealNVP(flow, (DAYS,), conditions=conditions, seed=seed)
    elif family == "vae":
        latents = DAYS
        model = rlgen.models.VAE(
            network(DAYS, CONDITION, 2 * latents),
            network(latents, CONDITION, DAYS),
            latents,
            normal,
            emit="sample",
            conditions=conditions,
            seed=seed,
        )
    elif family == "gan":
        model = rlgen.models.ConditionalGAN(
            network(DAYS, CONDITION, DAYS),
            network(DAYS, CONDITION, 1),
            DAYS,
            ema_momentum=None,
            conditions=conditions,
            seed=seed,
        )
        optimizers = (keras.optimizers.Adam(rate, 0.5) for _ in range(2))
        penalty = rlgen.losses.R1Penalty(0.1)
        model.compile(*optimizers, loss=rlgen.losses.NonSaturating(penalty=penalty))
        return model
    else:
        mean = keras.Sequential(
            [layers.Input((CONDITION,)), layers.Dense(64, "relu"), layers.Dense(DAYS)]
        )
        model = rlgen.models.DynamicsNetwork(mean, normal, emit="sample", seed=seed)
    model.compile(keras.optimizers.Adam(rate))
    return model


def network(size, condition, outputs):
    inputs = layers.Input((size,)), layers.Input((condition,))
    x = layers.Concatenate()(list(inputs))
    for _ in range(2):
        x = layers.Dense(64, "relu")(x)
    return keras.Model(list(inputs), layers.Dense(outputs)(x))


def garch_paths(returns, num_paths, days, seed):
    """Returns paths of a GARCH(1,1) with Student's t, fitted to returns `(days,)`."""
    from arch import arch_model
    from arch.univariate import StudentsT

    model = arch_model(100.0 * returns, mean="Constant", vol="GARCH", dist="t")
    model.distribution = StudentsT(seed=np.random.default_rng(seed))
    result = model.fit(disp="off")
    paths = result.forecast(
        horizon=days,
        method="simulation",
        simulations=num_paths,
    )
    return paths.simulations.values[-1] / 100.0


def bootstrap_paths(returns, num_paths, days, seed, block=20):
    """Returns paths of blocks of returns `(N,)`, of random starts and lengths."""
    from arch.bootstrap import StationaryBootstrap

    repeated = np.resize(returns, max(days, len(returns)))
    bootstrap = StationaryBootstrap(block, repeated, seed=seed)
    return np.stack([data[0][0][:days] for data in bootstrap.bootstrap(num_paths)])
