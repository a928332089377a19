"""How open-loop predictions of a world model differ from recorded episodes."""

import dataclasses

import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import is_integer
from keras_rlgen.models.experience.end_scores import (
    area_under_curve,
    expected_calibration_error,
)
from keras_rlgen.world_models.sequences import sequences_from

MAX_SEQUENCES = 256
INTERVAL = 0.9  # what a calibrated model has within


@dataclasses.dataclass(frozen=True)
class KStepReport:
    """Errors of predictions of 1, 2, ... `K` steps, from the same observation.

    Observations are compared in standard deviations of the training data: 1 is the
    error of a model that always predicts the mean.

    Attributes:
        error: Float array `(K,)`, the root mean squared error of the mean of the
            samples.
        element_error: Float array `(K, elements)`, the same of each element of an
            observation.
        unchanged_error: Float array `(K,)`, the error of predicting that nothing
            changes. A model is useful as far as its own is smaller.
        spread: Float array `(K,)`, the standard deviation of the samples. A model that
            knows its errors has as much of it as error.
        coverage: Float array `(K,)`, how many real values are in the interval that has
            90% of the samples. 0.9 at best.
        reward_error: Float array `(K,)`, in units of the reward.
        end_rate: Float, the fraction of single steps that end an episode.
        end_rate_predicted: Float, the predicted fraction.
        end_auc: Float, how well ends are told from other steps; NaN without ends.
        end_calibration: Float, the expected calibration error of ends.
    """

    error: np.ndarray
    element_error: np.ndarray
    unchanged_error: np.ndarray
    spread: np.ndarray
    coverage: np.ndarray
    reward_error: np.ndarray
    end_rate: float
    end_rate_predicted: float
    end_auc: float
    end_calibration: float

    @property
    def horizon(self):
        """Integer, `K`."""
        return len(self.error)

    def summary(self):
        """Returns a dict of floats: errors of one and of `K` steps, and of ends."""
        last = f"after_{self.horizon}_steps"
        return {
            "error": float(self.error[0]),
            f"error_{last}": float(self.error[-1]),
            f"unchanged_error_{last}": float(self.unchanged_error[-1]),
            f"spread_{last}": float(self.spread[-1]),
            f"coverage_{last}": float(self.coverage[-1]),
            "reward_error": float(self.reward_error[0]),
            f"reward_error_{last}": float(self.reward_error[-1]),
            "end_rate": self.end_rate,
            "end_rate_predicted": self.end_rate_predicted,
            "end_auc": self.end_auc,
            "end_calibration": self.end_calibration,
        }

    def table(self):
        """Returns a Markdown table, a row for each number of steps."""
        lines = [
            "| steps | error | nothing changes | spread | in 90% interval | reward |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        for index in range(self.horizon):
            columns = self.error, self.unchanged_error, self.spread, self.coverage
            cells = [f"{column[index]:.3f}" for column in (*columns, self.reward_error)]
            lines.append(f"| {index + 1} | {' | '.join(cells)} |")
        return "\n".join(lines)


def k_step_report(world, experience, horizon, num_samples):
    """Compares predictions with recorded episodes, under the same actions.

    Args:
        world: `WorldModel`.
        experience: `Experience`.
        horizon: Integer >= 1, `K`. Predictions end with the recorded episode.
        num_samples: Integer >= 2, the predictions of each sequence.

    Returns:
        `KStepReport`.

    Raises:
        ValueError: If an argument is out of its range.
    """
    if (
        not is_integer(horizon)
        or horizon < 1
        or not is_integer(num_samples)
        or num_samples < 2
    ):
        raise ValueError(
            "Expected `horizon` >= 1 and `num_samples` >= 2. Received: "
            f"{horizon!r} and {num_samples!r}"
        )
    horizon = min(horizon, int(experience.lengths.max()))
    count = min(MAX_SEQUENCES, len(experience))
    start = np.linspace(0, len(experience) - 1, count).astype(int)
    real = sequences_from(experience, start, horizon)
    predicted = world.imagination.roll(
        tf.repeat(real.observation[:, 0], num_samples, axis=0),
        tf.cast(tf.repeat(real.action, num_samples, axis=0), world.action.dtype),
        seed=0,
    )

    def standardised(x):
        flat = tf.reshape(x, (-1, *world.observation_shape))
        rows = np.reshape(world.statistics.encode(flat), (*x.shape[:2], -1))
        return rows.astype("float64")

    shape = count, num_samples, horizon
    samples = standardised(predicted.observation)[:, 1:].reshape(*shape, -1)
    observed = standardised(real.observation)
    first, observed = observed[:, :1], observed[:, 1:]
    mask = real.mask.numpy().astype(bool)
    mean = samples.mean(axis=1)
    low, high = np.quantile(
        samples, [(1.0 - INTERVAL) / 2.0, (1.0 + INTERVAL) / 2.0], axis=1
    )
    within = (low <= observed) & (observed <= high)
    reward = predicted.reward.numpy().reshape(shape).mean(axis=1)
    ends = real.terminated.numpy()[:, 0]
    probability = predicted.terminated.numpy().reshape(shape)[:, :, 0].mean(axis=1)
    element_error = _root_mean_square(mean - observed, mask)
    return KStepReport(
        error=np.sqrt(np.mean(np.square(element_error), axis=1)),
        element_error=element_error,
        unchanged_error=_over_elements(first - observed, mask),
        spread=_over_elements(samples.std(axis=1), mask),
        coverage=_mean(within.mean(axis=2), mask),
        reward_error=np.sqrt(_mean(np.square(reward - real.reward.numpy()), mask)),
        end_rate=float(ends.mean()),
        end_rate_predicted=float(probability.mean()),
        end_auc=area_under_curve(ends, probability),
        end_calibration=expected_calibration_error(ends, probability),
    )


def _mean(values, mask):
    """Returns the mean over valid sequences of values `(B, K, ...)`."""
    weights = mask.reshape(*mask.shape, *[1] * (values.ndim - 2))
    return (values * weights).sum(axis=0) / weights.sum(axis=0)


def _root_mean_square(values, mask):
    return np.sqrt(_mean(np.square(values), mask))


def _over_elements(values, mask):
    return np.sqrt(np.mean(np.square(_root_mean_square(values, mask)), axis=1))
