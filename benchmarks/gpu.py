"""Training, agents and sampling on a GPU, or small on a CPU: one Markdown table.

    python -m benchmarks.gpu                                # on a GPU
    python -m benchmarks.gpu --dtype_policy=mixed_float16
    python -m benchmarks.gpu --device=cpu --small

A step is a batch of `fit` with its copy to the device, a round of acting and updates of
an agent on tensor CartPole, or a call of `generate` with the copy of the samples back.
Columns:

- step: milliseconds, median (minimum - maximum) of `--rounds` rounds;
- a second: samples of training and of `generate`, environment steps of an agent;
- GFLOP: floating-point operations of a step, counted by TensorFlow's profiler in the
  graph of the training step, or of one pass of the network over the samples; of an
  agent by a formula, in `benchmarks/gpu_cases.py`;
- share: of the device's limit, which is `--peak_tflops`, or measured as the fastest
  product of two large matrices in the type that the policy computes in;
- memory: peak, of a GPU that of the case, of a CPU that of the process so far;
- first: seconds until a step is done for the first time, with making the model,
  tracing and compilation;
- PyTorch: milliseconds of the same step, eager or compiled, the faster; and how many
  times as long it takes, the median over rounds that alternate. Where torch is
  installed, or with the interpreter of `--torch`.
"""

import gc
import importlib.util
import platform
import resource
import statistics
import sys
import time

import recipes  # noqa: F401  (quiet start-up)

# isort: split
import keras
import tensorflow as tf
from absl import app, flags

from benchmarks import gpu_cases
from benchmarks.peer_process import PeerProcess

FLAGS = flags.FLAGS
flags.DEFINE_enum("device", "auto", ["auto", "gpu", "cpu"], "Falls back to the CPU.")
flags.DEFINE_bool("small", False, "Sizes that a CPU manages.")
flags.DEFINE_list("cases", list(gpu_cases.MAKERS), "What to measure.")
flags.DEFINE_integer("rounds", 5, "Measurements of each.")
flags.DEFINE_float("seconds", 2.0, "Approximate time of a measurement.")
flags.DEFINE_enum(
    "dtype_policy",
    "float32",
    ["float32", "mixed_float16", "mixed_bfloat16"],
    "Keras' global policy; in PyTorch autocast.",
)
flags.DEFINE_float("peak_tflops", None, "The device's limit; measured by default.")
flags.DEFINE_string("torch", None, "Interpreter with torch; by default this one.")

COLUMNS = "step (ms)", "a second", "GFLOP", "share", "memory (GB)", "first (s)"
TORCH_COLUMNS = "PyTorch (ms)", "PyTorch / ours"
IN_TORCH = "vae", "gan"


def choose_device():
    """Returns the GPU to use, or `None` for the CPU."""
    gpus = tf.config.list_physical_devices("GPU")
    if FLAGS.device == "cpu":
        if gpus:
            tf.config.set_visible_devices([], "GPU")
        return None
    if not gpus:
        print("TensorFlow sees no GPU: this is a run on the CPU.")
        return None
    tf.config.set_visible_devices(gpus[:1], "GPU")
    # Otherwise TensorFlow takes all memory, and leaves PyTorch none.
    tf.config.experimental.set_memory_growth(gpus[0], True)
    return gpus[0]


def name_of(gpu):
    if gpu is None:
        return platform.processor() or platform.machine()
    return tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name)


def compute_dtype():
    return keras.config.dtype_policy().compute_dtype


def measured_peak():
    """Returns floating-point operations a second of the product of large matrices."""
    size, repeats = (512 if FLAGS.small else 8192), 4
    matrix = tf.random.normal((size, size), stddev=size**-0.5)
    matrix = tf.cast(matrix, compute_dtype())

    @tf.function
    def products(x):
        for _ in range(repeats):
            x = tf.matmul(x, matrix)
        return tf.reduce_sum(x)

    products(matrix).numpy()
    taken = []
    for _ in range(2 * FLAGS.rounds):
        began = time.perf_counter()
        products(matrix).numpy()
        taken.append(time.perf_counter() - began)
    return repeats * 2 * size**3 / min(taken)


def peak_memory(gpu):
    """Returns bytes."""
    if gpu is None:
        return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return tf.config.experimental.get_memory_info("GPU:0")["peak"]


def seconds(run, steps):
    began = time.perf_counter()
    run(steps)
    return time.perf_counter() - began


def steps_of_a_round(run):
    """Returns how many steps take `--seconds`, after two runs that warm up."""
    steps = 1
    for share in (0.3, 1.0):
        step = seconds(run, steps) / steps
        steps = max(1, round(share * FLAGS.seconds / step))
    return steps


class TorchSteps:
    """The steps of one case in PyTorch, eager and compiled."""

    def __init__(self, process, name, size, gpu):
        request = {"name": name, **size, "dtype": compute_dtype()}
        request["device"] = "cpu" if gpu is None else "cuda"
        self.process, self.requests, self.taken = process, [], []
        for compiled in (False, True):
            made = {**request, "compiled": compiled}
            answers = [process.ask(**made, steps=steps) for steps in (1, 3)]
            if "error" in answers[-1]:
                print(answers[-1]["error"], file=sys.stderr)
            else:
                self.requests.append(made)
                self.taken.append([])

    def measure(self, steps):
        for request, taken in zip(self.requests, self.taken, strict=True):
            answer = self.process.ask(**request, steps=steps)
            taken.append(answer["seconds"] / steps)

    def cells(self, ours):
        if not self.taken:
            return ["", ""]
        faster = min(self.taken, key=statistics.median)
        ratios = [a / b for a, b in zip(faster, ours, strict=True)]
        return [milliseconds(faster), f"{statistics.median(ratios):.2f}"]


def milliseconds(values):
    low, middle, high = (
        f"{1e3 * x:.2f}" for x in (min(values), statistics.median(values), max(values))
    )
    return f"{middle} ({low} - {high})"


def measure(name, peak, gpu, process):
    """Returns the cells of a line of the table."""
    size = gpu_cases.SIZES[name][FLAGS.small]
    gc.collect()
    if gpu is not None:
        tf.config.experimental.reset_memory_stats("GPU:0")
    began = time.perf_counter()
    case = gpu_cases.MAKERS[name](**size)
    case.run(1)
    first = time.perf_counter() - began
    steps, taken = steps_of_a_round(case.run), []
    in_torch = None
    if process and name in IN_TORCH:
        in_torch = TorchSteps(process, name, size, gpu)
    for _ in range(FLAGS.rounds):
        taken.append(seconds(case.run, steps) / steps)
        if in_torch:
            in_torch.measure(steps)
    memory, step, flops = peak_memory(gpu), statistics.median(taken), case.flops()
    cells = [
        *(name, ", ".join(f"{key} {value}" for key, value in size.items())),
        *(milliseconds(taken), f"{case.items / step:,.0f} {case.unit}"),
        *(f"{flops / 1e9:,.3g}", f"{flops / step / peak:.2%}"),
        *(f"{memory / 1e9:.2f}", f"{first:.1f}"),
    ]
    if process:
        cells += in_torch.cells(taken) if in_torch else ["", ""]
    return cells


def torch_process():
    interpreter = FLAGS.torch
    if interpreter is None and importlib.util.find_spec("torch"):
        interpreter = sys.executable
    return PeerProcess(interpreter, "gpu_torch.py") if interpreter else None


def main(argv):
    del argv
    unknown = set(FLAGS.cases) - set(gpu_cases.MAKERS)
    if unknown:
        raise app.UsageError(
            f"Expected --cases among {', '.join(gpu_cases.MAKERS)}. Received: "
            f"{', '.join(sorted(unknown))}"
        )
    gpu = choose_device()
    keras.config.set_dtype_policy(FLAGS.dtype_policy)
    keras.utils.set_random_seed(0)
    peak = 1e12 * FLAGS.peak_tflops if FLAGS.peak_tflops else measured_peak()
    source = "given" if FLAGS.peak_tflops else "measured"
    print(
        f"{name_of(gpu)}, TensorFlow {tf.__version__}, {FLAGS.dtype_policy}, limit "
        f"{peak / 1e12:.3g} TFLOP/s ({source})\n"
    )
    process = torch_process()
    heads = ["case", "size", *COLUMNS, *(TORCH_COLUMNS if process else ())]
    print("| " + " | ".join(heads) + " |\n|" + " --- |" * len(heads))
    for name in FLAGS.cases:
        cells = measure(name, peak, gpu, process)
        print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    app.run(main)
