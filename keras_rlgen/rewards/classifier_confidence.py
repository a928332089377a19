import keras
import tensorflow as tf

from keras_rlgen.identifiers import with_objects
from keras_rlgen.rewards.reward import Reward


@keras.saving.register_keras_serializable("keras_rlgen")
class ClassifierConfidence(Reward):
    """How sure a classifier is of a sample: its largest log-probability, in nats.

    Args:
        classifier: Keras model from samples to logits `(batch, num_classes)`.
        label: Integer class whose log-probability is the reward. Defaults to the
            likeliest class of each sample.
        from_logits: Whether the classifier gives logits (`True`, the default) or
            probabilities.

    Raises:
        ValueError: If the classifier's output is not `(batch, num_classes)`, or
            `label` is not one of its classes.
    """

    def __init__(self, classifier, label=None, from_logits=True, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.classifier = classifier
        self.label = label
        self.from_logits = from_logits

    def call(self, samples, training=None):
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
        if not 0 <= self.label < outputs.shape[-1]:
            raise ValueError(
                f"Reward '{self.name}' expected `label` in [0, {outputs.shape[-1]}). "
                f"Received: label={self.label}"
            )
        return log_probs[:, self.label]

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
