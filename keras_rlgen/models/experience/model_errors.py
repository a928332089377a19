import numpy as np
import tensorflow as tf

from keras_rlgen.metrics.classifier_two_sample_test import classifier_two_sample_test
from keras_rlgen.models.experience.end_scores import (
    area_under_curve,
    expected_calibration_error,
)

MAX_COMPARED = 1000


class ModelErrors:
    """Compares the transitions of an `ExperienceGenerator` with recorded ones.

    Args:
        generator: `ExperienceGenerator`.
    """

    def __init__(self, generator):
        self._generator = generator
        options = {"autograph": False, "reduce_retracing": True}
        self._predict = tf.function(self._predicted, **options)
        self._roll = tf.function(self._rolled, **options)

    def of_fields(self, experience):
        """Returns `error`, the mean over the fields, and `error_<field>` of each.

        Args:
            experience: `Experience`.
        """
        transition = experience.transitions()
        predicted, _ = self._predict(transition, tf.constant(1))
        _, targets = self._generator.codec.encode(transition)
        difference = (predicted - targets).numpy()
        errors = {}
        for name, part in self._generator.codec.output_parts.items():
            columns = difference[:, part.columns]
            if part.kind == "continuous":
                error = np.sqrt(np.mean(np.square(columns)))
            else:
                error = np.mean(np.abs(columns).max(axis=1) > 0.0)
            errors[f"error_{name}"] = float(error)
        return {"error": float(np.mean(list(errors.values()))), **errors}

    def of_conditional(self, experience, horizon, num_samples):
        """Returns what `ExperienceGenerator.evaluate` does for given observations.

        Args:
            experience: `Experience`.
            horizon: Integer.
            num_samples: Integer.
        """
        transition = experience.transitions()
        _, probability = self._predict(transition, tf.constant(num_samples))
        probability, is_end = probability.numpy(), transition.terminated
        horizon = min(horizon, int(experience.lengths.max()))
        return {
            **self.of_fields(experience),
            "end_rate": float(np.mean(is_end)),
            "end_rate_predicted": float(np.mean(probability)),
            "end_calibration": expected_calibration_error(is_end, probability),
            "end_auc": area_under_curve(is_end, probability),
            f"error_after_{horizon}_steps": self._error_after(experience, horizon),
        }

    def of_joint(self, experience):
        """Returns what `ExperienceGenerator.evaluate` does for a joint model.

        Args:
            experience: `Experience`.
        """
        generator, transition = self._generator, experience.transitions()
        generated = generator.generate(num_samples=len(experience), seed=0)
        real, made = (
            np.concatenate(generator.codec.encode(x), axis=1)
            for x in (transition, generated)
        )
        accuracy = float("nan")
        if len(real) >= 4:
            accuracy, _ = classifier_two_sample_test(
                real[:MAX_COMPARED], made[:MAX_COMPARED]
            )
        return {
            "end_rate": float(np.mean(transition.terminated)),
            "end_rate_predicted": float(np.mean(generated.terminated)),
            "two_sample_accuracy": accuracy,
        }

    def _error_after(self, experience, horizon):
        windows = experience.windows(horizon)
        first, last = (
            tf.nest.map_structure(lambda x, t=t: x[:, t], windows.observation)
            for t in (0, horizon)
        )
        predicted = self._roll(first, windows.action)
        action = tf.nest.map_structure(lambda x: x[:, 0], windows.action)
        size = sum(
            part.size
            for name, part in self._generator.codec.input_parts.items()
            if name.startswith("observation")
        )
        received, expected = (
            self._generator.codec.encode_inputs(x, action)[:, :size].numpy()
            for x in (predicted, last)
        )
        return float(np.sqrt(np.mean(np.square(received - expected))))

    def _predicted(self, transition, num_samples):
        """Returns encoded predictions, and the part of the samples that are ends."""
        observation, action = transition.observation, transition.action

        def body(index, ends, _):
            sample = self._generator.sample(observation, action, tf.stack([0, index]))
            ends += tf.cast(sample.terminated, tf.float32)
            return index + 1, ends, self._generator.codec.encode(sample)[1]

        ends = tf.zeros_like(tf.cast(transition.reward, tf.float32))
        targets = tf.zeros((tf.shape(ends)[0], self._generator.codec.output_dim))
        _, ends, targets = tf.while_loop(
            lambda index, *_: index < num_samples, body, (0, ends, targets)
        )
        return targets, ends / tf.cast(num_samples, tf.float32)

    def _rolled(self, observation, actions):
        """Returns the observations that recorded actions lead to."""
        observation = tf.nest.map_structure(tf.convert_to_tensor, observation)
        horizon = tf.shape(tf.nest.flatten(actions)[0])[1]

        def body(index, observation):
            action = tf.nest.map_structure(
                lambda x: tf.gather(x, index, axis=1), actions
            )
            step = self._generator.sample(observation, action, tf.stack([1, index]))
            return index + 1, step.next_observation

        _, observation = tf.while_loop(
            lambda index, _: index < horizon, body, (0, observation)
        )
        return observation
