"""Generators of sequences against SeqGAN's oracle.

python -m recipes.seqgan_oracle
"""

import numpy as np
from absl import flags

import keras_rlgen as rlgen

FLAGS = flags.FLAGS
flags.DEFINE_string("oracle", None, "File of the oracle's weights; random by default.")
flags.DEFINE_string("output", "outputs/seqgan_oracle", "Folder to write to.")

LENGTH, UNITS = 20, 32


def make_oracle(path=None, vocabulary_size=5000, seed=0):
    """Returns the oracle: an LSTM whose weights are standard normal numbers.

    Args:
        path: Path of an `.npz` file with the weights of SeqGAN's oracle, or `None` for
            random ones.
        vocabulary_size: Integer, of random weights.
        seed: Integer, of random weights and of sampling.
    """
    random = np.random.default_rng(seed)
    if path is None:
        shapes = {
            f"{w}{g}": (UNITS, UNITS) for w in "WU" for g in ("i", "f", "og", "c")
        }
        shapes |= {f"b{g}": (UNITS,) for g in ("i", "f", "og", "c")}
        shapes |= {"embeddings": (vocabulary_size, UNITS)}
        shapes |= {"Wo": (UNITS, vocabulary_size), "bo": (vocabulary_size,)}
        weights = {name: random.normal(size=shape) for name, shape in shapes.items()}
    else:
        with np.load(path, allow_pickle=False) as file:
            weights = dict(file)
    # Keras' order of the gates: input, forget, candidate, output.
    gates = {
        kind: np.concatenate([weights[f"{kind}{g}"] for g in ("i", "f", "c", "og")], -1)
        for kind in "WUb"
    }
    embeddings = np.pad(weights["embeddings"], [[0, 1], [0, 0]])
    oracle = make_generator(seed, len(weights["bo"]), "oracle")
    oracle.backbone.set_weights(
        [embeddings, gates["W"], gates["U"], gates["b"], weights["Wo"], weights["bo"]]
    )
    return oracle


def make_generator(seed, vocabulary_size=5000, name="generator"):
    """Returns a generator of the oracle's size, with weights from N(0, 0.1)."""
    random = np.random.default_rng(seed)
    backbone = rlgen.models.RecurrentBackbone(vocabulary_size, UNITS)
    backbone.set_weights(
        [random.normal(0.0, 0.1, w.shape) for w in backbone.get_weights()]
    )
    return rlgen.SequenceGenerator(
        backbone, LENGTH, start_token=0, seed=seed, name=name
    )
