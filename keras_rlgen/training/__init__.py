"""Parts of every trained model: guarded updates, optimizers, random streams."""
