"""A model of tokens with the interface of a `SequenceGenerator`."""

import numpy as np

END = 0


class StepModel:
    """Independent tokens from logits; token 0 ends a sequence."""

    end_token = END

    def __init__(self, logits, length=5):
        self.logits, self.length = np.asarray(logits, float), length

    def probabilities(self, temperature):
        weights = np.exp(self.logits / temperature)
        return weights / weights.sum()

    def generate(self, num_samples, seed=None, temperature=1.0):
        random = np.random.default_rng(seed)
        tokens = random.choice(
            len(self.logits),
            (num_samples, self.length),
            p=self.probabilities(temperature),
        )
        return np.where(self.valid_steps(tokens), tokens, END).astype("int32")

    def step_log_probs(self, tokens, temperature=1.0):
        log_probs = np.log(self.probabilities(temperature))[tokens]
        return np.where(self.valid_steps(tokens), log_probs, 0.0)

    def valid_steps(self, tokens):
        ends = np.asarray(tokens) == END
        return np.cumsum(ends, axis=1) - ends == 0


class Trainer:
    """What trains a generator, and generates by it."""

    def __init__(self, generator):
        self.generator = generator
