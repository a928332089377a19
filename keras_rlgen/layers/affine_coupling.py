import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import check_flag
from keras_rlgen.identifiers import with_objects
from keras_rlgen.layers.flow_layer import FlowLayer, sum_over_sample
from keras_rlgen.training.check_network import check_network


@keras.saving.register_keras_serializable("keras_rlgen")
class AffineCoupling(FlowLayer):
    """Scales and shifts one part of a sample by a network of the other part.

    With the kept part `a` and the other part `b`, forward is

        z_a = a
        z_b = b * exp(s(a)) + t(a)
        log |det| = sum s(a)

    and the inverse is equally cheap, since the network is never inverted. The scale is
    bounded, `s = scale_bound * tanh(raw)` with a learned `scale_bound` for each feature
    or channel, so that samples do not explode.

    Args:
        network: Keras model from the kept part to twice the features of the changed
            part, the first half `raw`, the second half `t`. With `mask="checkerboard"`
            its input is the whole image, zero at changed pixels, and its output has
            twice the channels; with `mask="half"` its input is half of the features. A
            zero-initialised last layer makes the coupling start as the identity.
        mask: `"half"`: the first half of the last axis is kept, features of vectors or
            channels of images (the larger part of an odd number); `"checkerboard"`: of
            images, pixels whose row and column have an even sum.
        flip: Boolean, whether the kept part and the changed part swap. Defaults to
            `False`.
        conditional: Boolean, whether the network takes `[kept, condition]`. Defaults
            to `False`.

    Call arguments:
        samples: Float32 tensor.
        condition: The second input of a conditional network, such as int32 labels
            `(batch,)`.

    Input shape:
        `(batch, features)` or `(batch, height, width, channels)`.

    Output shape:
        The same.

    Raises:
        ValueError: If the mask is unknown, does not fit the samples, or the network's
            output has the wrong number of features; if a conditional network has no
            second input, or gets no condition.

    Example:

    ```python
    network = keras.Sequential(
        [
            keras.layers.Input((1,)),
            keras.layers.Dense(16, "relu"),
            keras.layers.Dense(2, kernel_initializer="zeros"),
        ]
    )
    layer = AffineCoupling(network)
    latents, log_det = layer.forward_and_log_det(tf.ones((3, 2)))
    ```

    Reference:
        [Dinh et al., 2017](https://arxiv.org/abs/1605.08803), sections 3.2 to 3.4,
        equations 4 to 9.
    """

    def __init__(
        self,
        network,
        mask="half",
        flip=False,
        conditional=False,
        name=None,
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        if mask not in ("half", "checkerboard"):
            raise ValueError(
                f"Expected `mask` to be 'half' or 'checkerboard'. Received: {mask!r}"
            )
        check_network("network", network)
        self.network = network
        self.mask = mask
        check_flag("flip", flip)
        self.flip = bool(flip)
        check_flag("conditional", conditional)
        self.conditional = bool(conditional)

    def build(self, input_shape):
        features = input_shape[-1]
        if self.mask == "checkerboard":
            self._check(len(input_shape) == 4, "images for a checkerboard", input_shape)
            rows, columns = np.indices(input_shape[1:3])
            kept = (rows + columns) % 2 == int(self.flip)
            self.kept = kept[None, ..., None].astype("float32")
            self.sizes = None
            changed, seen = features, tuple(input_shape[1:])
        else:
            self._check(features > 1, "two features or more for halves", input_shape)
            self.sizes = [features - features // 2, features // 2]
            kept, changed = self.sizes[::-1] if self.flip else self.sizes
            seen = (*input_shape[1:-1], kept)
        self.scale_bound = self.add_weight(
            shape=(changed,), initializer="ones", name="scale_bound"
        )
        output = self._network_output(tf.zeros((1, *seen)), self._example())
        if tuple(output.shape[1:]) != (*seen[:-1], 2 * changed):
            raise ValueError(
                "Expected the network of a coupling to give scale and shift, shape "
                f"{('batch', *seen[:-1], 2 * changed)}, for inputs "
                f"{('batch', *seen)}. Received: {('batch', *output.shape[1:])}"
            )

    def _check(self, fits, wanted, input_shape):
        if not fits:
            raise ValueError(
                f"`AffineCoupling` expected {wanted}. Received samples of shape "
                f"{('batch', *input_shape[1:])}."
            )

    def _example(self):
        """Returns an example condition, to check the network."""
        if not self.conditional:
            return None
        inputs = self.network.inputs
        if len(inputs) != 2:
            raise ValueError(
                "A conditional `AffineCoupling` expected a network of two inputs, "
                f"`[kept, condition]`. Received one of {len(inputs)}."
            )
        return tf.zeros((1, *inputs[1].shape[1:]), inputs[1].dtype)

    def _network_output(self, kept, condition):
        if not self.conditional:
            return self.network(kept)
        if condition is None:
            raise ValueError(
                "A conditional `AffineCoupling` expected samples and a condition. "
                "Received: None"
            )
        return self.network([kept, condition])

    def _forward(self, samples, condition):
        def change(part, log_scale, shift):
            return part * tf.exp(log_scale) + shift

        outputs, log_scale = self._changed(samples, condition, change)
        return outputs, sum_over_sample(log_scale)

    def _inverse(self, latents, condition):
        def change(part, log_scale, shift):
            return (part - shift) * tf.exp(-log_scale)

        outputs, log_scale = self._changed(latents, condition, change)
        return outputs, -sum_over_sample(log_scale)

    def _changed(self, inputs, condition, change):
        """Returns the inputs with one part changed, and its log scale."""
        if self.mask == "checkerboard":
            changed = 1.0 - self.kept
            log_scale, shift = self._scale_and_shift(inputs * self.kept, condition)
            log_scale, shift = log_scale * changed, shift * changed
            return change(inputs, log_scale, shift), log_scale
        parts = tf.split(inputs, self.sizes, axis=-1)
        kept, part = parts[::-1] if self.flip else parts
        log_scale, shift = self._scale_and_shift(kept, condition)
        part = change(part, log_scale, shift)
        parts = [part, kept] if self.flip else [kept, part]
        return tf.concat(parts, axis=-1), log_scale

    def _scale_and_shift(self, kept, condition):
        outputs = tf.cast(self._network_output(kept, condition), tf.float32)
        raw, shift = tf.split(outputs, 2, axis=-1)
        return self.scale_bound * tf.tanh(raw), shift

    def get_config(self):
        return {
            **super().get_config(),
            "network": keras.saving.serialize_keras_object(self.network),
            "mask": self.mask,
            "flip": self.flip,
            "conditional": self.conditional,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**with_objects(config, "network", custom_objects=custom_objects))
