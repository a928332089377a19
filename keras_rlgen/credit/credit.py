import keras


class Credit(keras.layers.Layer):
    """Base class of credit assignment: the advantage of each token of a sequence.

    Subclasses implement `advantages`, and `learn` if they have weights.

    Attributes:
        lag: Float in [0, 1): how slowly the policy of rollouts follows the generator; 0
            for the generator itself.
        needs_step_logits: Whether the discriminator must have a logit for each token.
    """

    lag = 0.0
    needs_step_logits = False

    def __init__(self, name=None, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(name=name, **kwargs)

    def prepare(self, sequences, num_tokens):
        """Creates the weights; called by `compile`.

        Args:
            sequences: `GeneratedSequences`, an example.
            num_tokens: Integer, the number of tokens, the start token included.
        """

    def advantages(self, sequences):
        """Computes the advantage of each token.

        Args:
            sequences: `GeneratedSequences`.

        Returns:
            Float32 tensor `(batch, steps)`. Values at padding have no meaning.
        """
        raise NotImplementedError

    def learn(self, sequences):
        """Learns from sequences, after their advantages are computed.

        Args:
            sequences: `GeneratedSequences`.
        """

    def call(self, sequences):
        return self.advantages(sequences)
