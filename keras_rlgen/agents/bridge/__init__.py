"""Between Keras 3 and TF-Agents: import, optimizers, specs, exported policies."""
