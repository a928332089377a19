"""Base class of the generators of an environment's transitions."""

import numpy as np
import tensorflow as tf

from keras_rlgen.export import write_endpoints
from keras_rlgen.models.experience.generator_checks import (
    check_experience,
    generate_inputs,
)
from keras_rlgen.models.experience.model_errors import ModelErrors
from keras_rlgen.models.experience.transition_endpoint import transition_endpoint
from keras_rlgen.training.whole_saving import WholeSaving


class TransitionModel(WholeSaving):
    """Base class of what generates transitions: generation, evaluation and export.

    A subclass sets `codec`, `given` and `is_fitted`, calls `_attach` at the end of its
    constructor, and implements `specs`, `sample` and `sample_joint`.

    Attributes:
        codec: `TransitionCodec` of the training data.
        given: `("observation", "action")`, or `()` for a model without condition.
        is_fitted: Boolean variable.
    """

    def _attach(self):
        """Makes what the methods of this class need."""
        self._generate = tf.function(
            self.sample if self.given else self.sample_joint,
            autograph=False,
            reduce_retracing=True,
        )
        self._errors = ModelErrors(self)
        self.built = True

    @property
    def specs(self):
        """Pair of nests of `ArraySpec`: one observation and one action."""
        raise NotImplementedError

    def sample(self, observation, action, key):
        """Generates what follows observations and actions, inside a graph.

        Args:
            observation: Nest of tensors `(B, ...)`.
            action: Nest of tensors `(B, ...)`.
            key: Int32 tensor `(2,)`.

        Returns:
            `Transition` of tensors `(B, ...)`.
        """
        raise NotImplementedError

    def sample_joint(self, count, key):
        """Generates whole transitions by a model without condition, inside a graph.

        Args:
            count: Integer or int32 scalar tensor.
            key: Int32 tensor `(2,)`.

        Returns:
            `Transition` of tensors `(count, ...)`.
        """
        raise NotImplementedError

    def evaluate(self, experience, horizon=5, num_samples=16):
        """Measures how the model differs from held-out episodes.

        Numbers are compared in standard deviations of the training data, so that 1 is
        the error of a model that always predicts the mean.

        Args:
            experience: `Experience` of episodes that were not trained on.
            horizon: Integer, the steps of an open-loop prediction.
            num_samples: Integer, samples for each probability of an end.

        Returns:
            Dict of floats. For a model with a condition: `error`, the mean of the
            errors of the fields; `error_<field>` of each, the root mean squared error
            of a sample, of discrete fields and `terminated` the fraction that is wrong;
            `end_rate` and `end_rate_predicted`, the fraction of ends; `end_calibration`
            (expected calibration error) and `end_auc` of their probability;
            `error_after_<horizon>_steps`, of the observation, in standard deviations of
            observations. For a joint model: `end_rate`, `end_rate_predicted`, and
            `two_sample_accuracy` of a classifier that tells real from generated
            transitions, 0.5 at best.

        Raises:
            ValueError: If the experience does not fit the specs, or the model was not
                trained.
        """
        self._require_fitted("evaluate")
        check_experience(experience, self.specs, "experience")
        if not self.given:
            return self._errors.of_joint(experience)
        return self._errors.of_conditional(experience, horizon, num_samples)

    def error(self, experience):
        """Returns the `error` of `evaluate`, without what else it measures.

        Args:
            experience: `Experience`, as in `evaluate`.
        """
        return self._errors.of_fields(experience)["error"]

    def generate(self, observation=None, action=None, seed=None, num_samples=None):
        """Generates transitions, compiled and in one batch.

        Args:
            observation: Nest of arrays `(B, ...)`.
            action: Nest of arrays `(B, ...)`.
            seed: Integer: the same seed and weights give the same transitions. By
                default a new one each time.
            num_samples: Integer, the number of transitions of a joint model, in place
                of observation and action.

        Returns:
            `Transition` of NumPy arrays.

        Raises:
            ValueError: If the model was not trained, or the arguments do not fit its
                condition.
        """
        self._require_fitted("generate")
        inputs = generate_inputs(self, observation, action, num_samples)
        if seed is None:
            seed = np.random.randint(2**31)
        transition = self._generate(*inputs, tf.constant([seed, 0]))
        return tf.nest.map_structure(lambda x: x.numpy(), transition)

    def export(self, filepath, verbose=True):
        """Writes a SavedModel that generates with TensorFlow alone.

        Its endpoint is `generate(observation, action, seed)`, or of a joint model
        `generate(num_samples, seed)`; `seed` and `num_samples` are int32 scalars. It
        returns a dict with the fields of a `Transition`.

        Args:
            filepath: Folder to write.
            verbose: Whether to print the path and the endpoint.
        """
        self._require_fitted("export")
        endpoints = {"generate": transition_endpoint(self)}
        write_endpoints(endpoints, filepath, parts=[self], verbose=verbose)

    def _require_fitted(self, method):
        if not self.is_fitted.numpy():
            raise ValueError(f"Call `fit(experience)` before `{method}()`.")

    def _require_condition(self, what):
        if not self.given:
            raise ValueError(
                f"`{what}` compares what follows given observations and actions. "
                "Received: a joint model (given=()). Use `evaluate(experience)`."
            )
