"""The transformer of `benchmarks.tiny_shakespeare` in PyTorch, in its environment.

Reads a request a line from the standard input, and answers a line each: first
`{"load": {...}}` with the file of weights and windows, then `{"train": STEPS}` with the
seconds, and `{"evaluate": true}` with the bits per character.
"""

import json
import math
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional

torch.set_num_threads(1)


class Transformer(nn.Module):
    """Pre-normalised, with learned positions, as `TransformerBackbone`."""

    def __init__(self, vocabulary, length, width, layers, heads):
        super().__init__()
        self.heads = heads
        self.places = nn.Parameter(torch.zeros(length, width))
        self.table = nn.Parameter(torch.zeros(vocabulary + 1, width))
        self.blocks = nn.ModuleList(
            nn.ModuleDict(
                {
                    "inputs": nn.Linear(width, 3 * width),
                    "output": nn.Linear(width, width),
                    "wide": nn.Linear(width, 4 * width),
                    "narrow": nn.Linear(4 * width, width),
                    "first": nn.LayerNorm(width),
                    "second": nn.LayerNorm(width),
                }
            )
            for _ in range(layers)
        )
        self.last = nn.LayerNorm(width)
        self.logits = nn.Linear(width, vocabulary)

    def forward(self, tokens):
        batch, steps = tokens.shape
        x = functional.embedding(tokens, self.table) + self.places[:steps]
        for block in self.blocks:
            query, key, value = (
                y.view(batch, steps, self.heads, -1).transpose(1, 2)
                for y in block["inputs"](block["first"](x)).chunk(3, dim=-1)
            )
            y = functional.scaled_dot_product_attention(
                query, key, value, is_causal=True
            )
            x = x + block["output"](y.transpose(1, 2).reshape(batch, steps, -1))
            y = functional.gelu(block["wide"](block["second"](x)))
            x = x + block["narrow"](y)
        return self.logits(self.last(x))


class Peer:
    def load(self, path, heads, layers, batch_size, schedule):
        data = np.load(path)
        weights = {
            str(name): data[f"w{i}"] for i, name in enumerate(data["names"].tolist())
        }
        values = list(weights.values())
        self.batches, self.windows = (
            torch.tensor(data[key], dtype=torch.long) for key in ("batches", "windows")
        )
        table = next(v for k, v in weights.items() if k.endswith("table"))
        places = next(v for k, v in weights.items() if k.endswith("places"))
        length, width = places.shape
        self.network = Transformer(len(table) - 1, length, width, layers, heads)
        self._copy(values, table, places)
        self.batch_size, self.schedule, self.step = batch_size, schedule, 0
        self.optimizer = torch.optim.Adam(
            self.network.parameters(), lr=0.0, betas=(0.9, 0.99), eps=1e-8
        )
        return {"parameters": sum(p.numel() for p in self.network.parameters())}

    def _copy(self, values, table, places):
        """Copies weights, matched by their order within each kind of shape."""
        network, width = self.network, places.shape[1]
        matrices = {}
        for value in values:
            if value is not table and value is not places and value.ndim == 2:
                matrices.setdefault(value.shape, []).append(value)
        targets = {
            (width, 3 * width): [b["inputs"] for b in network.blocks],
            (width, width): [b["output"] for b in network.blocks],
            (width, 4 * width): [b["wide"] for b in network.blocks],
            (4 * width, width): [b["narrow"] for b in network.blocks],
            (width, len(table) - 1): [network.logits],
        }
        with torch.no_grad():
            network.table.copy_(torch.tensor(table))
            network.places.copy_(torch.tensor(places))
            for shape, layers in targets.items():
                for layer, matrix in zip(layers, matrices.pop(shape), strict=True):
                    layer.weight.copy_(torch.tensor(matrix).T)
                    layer.bias.zero_()
        if matrices:
            raise ValueError(f"Weights without a place: {list(matrices)}")

    def rate(self):
        warm_up, highest, lowest, steps = self.schedule
        if self.step < warm_up:
            return highest * self.step / warm_up
        done = min((self.step - warm_up) / max(steps - warm_up, 1), 1.0)
        return lowest + (highest - lowest) * 0.5 * (1.0 + math.cos(math.pi * done))

    def loss(self, windows):
        """Returns the negative log-likelihood of each character."""
        start = torch.full((len(windows), 1), self.network.table.shape[0] - 1)
        logits = self.network(torch.cat([start, windows[:, :-1]], dim=1))
        return functional.cross_entropy(
            logits.transpose(1, 2), windows, reduction="none"
        )

    def train(self, steps):
        start, losses = time.time(), []
        for index in range(steps):
            place = index * self.batch_size % len(self.batches)
            windows = self.batches[place : place + self.batch_size]
            self.optimizer.param_groups[0]["lr"] = self.rate()
            self.optimizer.zero_grad()
            loss = self.loss(windows).mean()
            loss.backward()
            nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
            self.optimizer.step()
            self.step += 1
            losses.append(loss.detach())
        return {
            "seconds": time.time() - start,
            "train_loss": float(torch.stack(losses).mean()),
        }

    def evaluate(self, _):
        with torch.no_grad():
            parts = [
                self.loss(self.windows[i : i + 256])
                for i in range(0, len(self.windows), 256)
            ]
        nats = torch.cat(parts)
        return {
            "bits": float(nats.mean()) / math.log(2.0),
            "bits_with_context": float(nats[:, 1:].mean()) / math.log(2.0),
        }


def main():
    peer = Peer()
    for line in sys.stdin:
        ((name, value),) = json.loads(line).items()
        if name == "load":
            answer = peer.load(**value)
        else:
            answer = {"train": peer.train, "evaluate": peer.evaluate}[name](value)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
