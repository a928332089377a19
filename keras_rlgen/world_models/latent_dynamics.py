import abc

import keras


class LatentDynamics(keras.layers.Layer, abc.ABC):
    """Base class of what a `WorldModel` learns of the changes of latent vectors.

    A latent is what the encoder makes of one observation. A state is what is known
    after several; what is predicted of it is computed from its features.

    Subclasses are given the sizes by `connect`, and create their networks there.

    Attributes:
        latent_dim: Integer, the size of a latent.
        action_dim: Integer, the size of an encoded action.
        feature_dim: Integer, the size of the features of a state.
        members: Integer, how many models there are; the rows of a batch are divided
            among them. Defaults to 1.
        reconstructs: Whether features are unlike latents, so that a decoder is needed
            for observations without an encoder, too.
        own_names: Tuple, the names of the losses.
        compiles_quickly: Whether XLA compiles training steps in little time.
    """

    members = 1
    reconstructs = False
    own_names = ("dynamics_loss",)
    compiles_quickly = True

    @abc.abstractmethod
    def connect(self, latent_dim, action_dim, seed):
        """Creates the networks.

        Args:
            latent_dim: Integer.
            action_dim: Integer.
            seed: Integer or `None`.
        """

    def adapt(self, mean, scale):
        """Sets by what changes of latents are standardised.

        Args:
            mean: Float32 array `(latent_dim,)`.
            scale: Float32 array `(latent_dim,)`.
        """

    @abc.abstractmethod
    def start(self, latent):
        """Returns the state of which one observation is known.

        Args:
            latent: Float32 tensor `(B, latent_dim)`.
        """

    @abc.abstractmethod
    def step(self, state, action, seed):
        """Returns the next state.

        Args:
            state: As `start` returns it.
            action: Float32 tensor `(B, action_dim)`.
            seed: Integer tensor `(2,)`.
        """

    @abc.abstractmethod
    def features(self, state):
        """Returns the features of a state, float32 `(B, feature_dim)`."""

    @abc.abstractmethod
    def train_on(self, latents, actions, seed):
        """Predicts sequences, and computes the losses of the predictions.

        Args:
            latents: Float32 tensor `(B, L + 1, latent_dim)`.
            actions: Float32 tensor `(B, L, action_dim)`.
            seed: Integer tensor `(2,)`.

        Returns:
            A pair: the features, float32 `(B, L + 1, feature_dim)`; and a dict from
            `own_names` to losses, float32 `(B, L)`, to be minimised.
        """
