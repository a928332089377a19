"""The sampling of `benchmarks.sequence_speed` by PyTorch, in an environment of its own.

Reads a request a line from the standard input, `{"name": "recurrent" or
"transformer"}`, and answers a line each, with the seconds of a sampling.
"""

import json
import sys
import time

import torch
from torch import nn

BATCH, LENGTH, VOCABULARY, UNITS = 64, 20, 5000, 32
TOKENS, CHARACTERS, WIDTH, LAYERS, HEADS = 128, 65, 128, 4, 4


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY + 1, UNITS)
        self.cell = nn.LSTMCell(UNITS, UNITS)
        self.logits = nn.Linear(UNITS, VOCABULARY)

    def generate(self):
        token = torch.full((BATCH,), VOCABULARY)
        state = torch.zeros(BATCH, UNITS), torch.zeros(BATCH, UNITS)
        tokens = torch.empty(BATCH, LENGTH, dtype=torch.long)
        for step in range(LENGTH):
            state = self.cell(self.embedding(token), state)
            weights = torch.softmax(self.logits(state[0]), dim=-1)
            token = torch.multinomial(weights, 1)[:, 0]
            tokens[:, step] = token
        return tokens


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norms = nn.ModuleList([nn.LayerNorm(WIDTH) for _ in range(2)])
        self.inputs = nn.Linear(WIDTH, 3 * WIDTH)
        self.output = nn.Linear(WIDTH, WIDTH)
        self.dense = nn.Sequential(
            nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH)
        )

    def forward(self, x, keys, values, step):
        joined = self.inputs(self.norms[0](x)).view(BATCH, 3, HEADS, WIDTH // HEADS)
        keys[:, :, step], values[:, :, step] = joined[:, 1], joined[:, 2]
        y = nn.functional.scaled_dot_product_attention(
            joined[:, 0, :, None], keys[:, :, : step + 1], values[:, :, : step + 1]
        )
        x = x + self.output(y.reshape(BATCH, WIDTH))
        return x + self.dense(self.norms[1](x))


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(CHARACTERS + 1, WIDTH)
        self.places = nn.Embedding(TOKENS, WIDTH)
        self.blocks = nn.ModuleList([Block() for _ in range(LAYERS)])
        self.norm = nn.LayerNorm(WIDTH)
        self.logits = nn.Linear(WIDTH, CHARACTERS)

    def generate(self):
        shape = LAYERS, BATCH, HEADS, TOKENS, WIDTH // HEADS
        keys, values = torch.zeros(shape), torch.zeros(shape)
        token = torch.full((BATCH,), CHARACTERS)
        tokens = torch.empty(BATCH, TOKENS, dtype=torch.long)
        for step in range(TOKENS):
            x = self.embedding(token) + self.places.weight[step]
            for layer, block in enumerate(self.blocks):
                x = block(x, keys[layer], values[layer], step)
            weights = torch.softmax(self.logits(self.norm(x)), dim=-1)
            token = torch.multinomial(weights, 1)[:, 0]
            tokens[:, step] = token
        return tokens


def main():
    models = {"recurrent": Recurrent().eval(), "transformer": Transformer().eval()}
    with torch.inference_mode():
        for line in sys.stdin:
            model = models[json.loads(line)["name"]]
            began = time.perf_counter()
            model.generate()
            print(json.dumps(time.perf_counter() - began), flush=True)


if __name__ == "__main__":
    main()
