import keras
import tensorflow as tf

from keras_rlgen.arguments import is_integer
from keras_rlgen.identifiers import with_objects
from keras_rlgen.rewards.refuse_transition import refuse_transition
from keras_rlgen.rewards.reward import Reward


@keras.saving.register_keras_serializable("keras_rlgen")
class ClassifierConfidence(Reward):
    """Log-probability of a class under a classifier, in nats.

    Args:
        classifier: Keras model from samples to logits `(batch, num_classes)`.
        label: The class whose log-probability is the reward: an integer, or
            `"condition"` for the class that each sample was generated for. Defaults to
            the most likely class of each sample.
        from_logits: Whether the classifier gives logits (`True`, the default) or
            probabilities.

    Raises:
        ValueError: If the classifier's output is not `(batch, num_classes)`, if
            `label` is not one of its classes; or, with `label="condition"`, if there is
            no condition of integers `(batch,)` or `(batch, 1)`.
    """

    def __init__(self, classifier, label=None, from_logits=True, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        if label not in (None, "condition") and not is_integer(label):
            raise ValueError(
                "Expected `label` to be an integer, None or 'condition'. "
                f"Received: {label!r}"
            )
        self.classifier = classifier
        self.label = label
        self.from_logits = from_logits

    def call(self, samples, condition=None, training=None):
        refuse_transition(self, samples)
        outputs = tf.cast(self.classifier(samples, training=False), tf.float32)
        if outputs.shape.rank != 2:
            raise ValueError(
                f"Reward '{self.name}' expected a classifier output of shape (batch, "
                f"num_classes). Received: {tuple(outputs.shape)}"
            )
        if self.from_logits:
            log_probs = tf.nn.log_softmax(outputs)
        else:
            log_probs = tf.math.log(tf.maximum(outputs, keras.config.epsilon()))
        if self.label is None:
            return tf.reduce_max(log_probs, axis=-1)
        if self.label == "condition":
            return tf.gather(log_probs, self._classes(condition), batch_dims=1)
        if not 0 <= self.label < outputs.shape[-1]:
            raise ValueError(
                f"Reward '{self.name}' expected `label` in [0, {outputs.shape[-1]}). "
                f"Received: label={self.label}"
            )
        return log_probs[:, self.label]

    def _classes(self, condition):
        if tf.is_tensor(condition) and condition.dtype.is_integer:
            if condition.shape.rank == 1 or condition.shape[1:] == (1,):
                return tf.reshape(tf.cast(condition, tf.int32), [-1])
        received = "None"
        if tf.is_tensor(condition):
            received = f"{condition.dtype.name} of shape {tuple(condition.shape)}"
        elif condition is not None:
            received = type(condition).__name__
        raise ValueError(
            f"Reward '{self.name}' scores the class that each sample is generated for, "
            "and expected a condition of integers, (batch,) or (batch, 1). Received: "
            f"{received}. Compile a model that is conditioned on classes, pass "
            "`reward(samples, labels)`, or name a class, `label=3`."
        )

    def get_config(self):
        return {
            **super().get_config(),
            "classifier": keras.saving.serialize_keras_object(self.classifier),
            "label": self.label,
            "from_logits": self.from_logits,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "classifier"))
