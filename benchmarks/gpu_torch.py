"""The training steps of `benchmarks.gpu` by PyTorch, in an environment of its own.

Reads a request a line from the standard input, the size of a model and the number of
steps, and answers a line each: `{"seconds": ...}` of the steps, or `{"error": ...}`.
"""

import functools
import itertools
import json
import sys
import time

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, softplus

PIXELS, LATENT_DIM = 784, 64


def dense(inputs, outputs, width, depth):
    sizes = [inputs, *[width] * depth]
    hidden = [
        nn.Sequential(nn.Linear(*pair), nn.ReLU()) for pair in itertools.pairwise(sizes)
    ]
    return nn.Sequential(*hidden, nn.Linear(width, outputs))


class Training:
    """Steps of a VAE or a GAN of perceptrons.

    Args:
        device: `"cuda"` or `"cpu"`.
        dtype: Name of the type to compute in; weights are float32.
    """

    def __init__(self, name, batch, width, depth, device, dtype, compiled):
        self.device, self.batch = torch.device(device), batch
        # As in TensorFlow, which multiplies float32 matrices in TensorFloat-32.
        torch.set_float32_matmul_precision("high")
        outputs = 2 * LATENT_DIM if name == "vae" else 1
        networks = [
            dense(LATENT_DIM, PIXELS, width, depth).to(self.device),
            dense(PIXELS, outputs, width, depth).to(self.device),
        ]
        self.scaler = torch.amp.GradScaler(device, enabled=dtype == "float16")
        self.cast = functools.partial(
            torch.autocast,
            device_type=device,
            dtype=getattr(torch, dtype),
            enabled=dtype != "float32",
        )
        weights = [list(network.parameters()) for network in networks]
        if name == "vae":
            weights = [weights[0] + weights[1]]
        self.optimizers = [torch.optim.Adam(x, lr=1e-4) for x in weights]
        self.discriminator_weights = weights[-1]
        if compiled:
            networks = [torch.compile(network) for network in networks]
        self.generator, self.discriminator = networks
        self.step = self.vae_step if name == "vae" else self.gan_step
        self.real = torch.rand(batch, PIXELS).round()
        if device == "cuda":
            self.real = self.real.pin_memory()

    def noise(self):
        return torch.randn(self.batch, LATENT_DIM, device=self.device)

    def apply(self, optimizer, loss):
        optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        self.scaler.step(optimizer)
        self.scaler.update()

    def vae_step(self, real):
        with self.cast():
            mean, log_variance = self.discriminator(real).float().chunk(2, 1)
            latents = mean + (0.5 * log_variance).exp() * self.noise()
            logits = self.generator(latents).float()
        nll = binary_cross_entropy_with_logits(logits, real, reduction="sum")
        kl = 0.5 * (log_variance.exp() + mean**2 - 1.0 - log_variance).sum()
        self.apply(self.optimizers[0], (nll + kl) / self.batch)

    def gan_step(self, real):
        with self.cast():
            with torch.no_grad():
                generated = torch.sigmoid(self.generator(self.noise()))
            real_logits = self.discriminator(real).float()
            logits = self.discriminator(generated).float()
        loss = softplus(-real_logits).mean() + softplus(logits).mean()
        self.apply(self.optimizers[1], loss)
        # The generator's update needs no gradient of the discriminator's weights.
        for weight in self.discriminator_weights:
            weight.requires_grad_(False)
        with self.cast():
            generated = torch.sigmoid(self.generator(self.noise()))
            logits = self.discriminator(generated).float()
        self.apply(self.optimizers[0], softplus(-logits).mean())
        for weight in self.discriminator_weights:
            weight.requires_grad_(True)

    def seconds(self, steps):
        began = time.perf_counter()
        for _ in range(steps):
            self.step(self.real.to(self.device, non_blocking=True))
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - began


@functools.cache
def training(**arguments):
    return Training(**arguments)


def answer(request):
    steps = request.pop("steps")
    if request["device"] == "cuda" and not torch.cuda.is_available():
        return {"error": "PyTorch sees no GPU"}
    try:
        return {"seconds": training(**request).seconds(steps)}
    except Exception as error:
        if not request["compiled"]:
            raise
        return {"error": f"torch.compile does not work here: {type(error).__name__}"}


def main():
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
