import datetime
import importlib.metadata
import pathlib
import platform
import subprocess

import keras
import numpy as np

from keras_rlgen.training.guarded_model import serialize
from keras_rlgen.version import __version__
from keras_rlgen.whole_files import write_text

NOT_STATED = "Not stated."
_PACKAGES = "tensorflow", "keras", "tensorflow-probability", "tf-agents", "numpy"


def model_card(
    model,
    filepath=None,
    title=None,
    description=None,
    data=None,
    scores=None,
    controls=None,
    seeds=None,
    limits=None,
    licence=None,
):
    """Writes what a reader has to know of a trained model, in Markdown.

    The model's class, networks, reward, optimizers and counters are read from it, the
    versions and the commit from the installation. What was not given is said to be not
    stated.

    Args:
        model: A trained model or agent of this package.
        filepath: File to write, such as `"digits_vae.md"` beside the model; or `None`.
        title: String. Defaults to the model's name.
        description: String: what it is for.
        data: String: what it was trained on, and what was held out.
        scores: Dict from names to numbers, such as what `evaluate` or
            `evaluate_generator` return. The latter brings the scores of real samples.
        controls: Dict from names of controls to dicts as `scores`: the model without
            training, under a shuffled reward, a random policy.
        seeds: Integer or list of integers, the seeds of the runs that `scores` are of.
        limits: String: what it cannot do.
        licence: String, of the model.

    Returns:
        The card, a string.

    Raises:
        TypeError: If `model` is no model, or scores are no numbers by name.

    Example:

    ```python
    table = evaluate_generator(vae, train, held_out)
    model_card(vae, "digits_vae.md", data="UCI digits, 8 x 8", scores=table, seeds=0)
    ```

    Reference:
        [Mitchell et al., 2019](https://arxiv.org/abs/1810.03993), in short.
    """
    if not isinstance(model, keras.Model):
        raise TypeError(
            "Expected a model or an agent of this package. Received: "
            f"{model!r} of type {type(model).__name__}"
        )
    columns = {"model": _numbers("scores", scores or {})}
    for name, column in {**_references(scores), **(controls or {})}.items():
        columns[name] = _numbers(f"controls[{name!r}]", column)
    sections = {
        "Model": _list(_model(model)),
        "Data": data or NOT_STATED,
        "Reward": _reward(model),
        "Training": _list(_training(model, seeds)),
        "Scores": _scores(columns),
        "Limits": limits or NOT_STATED,
        "Versions": _list(_versions()),
        "Licence": licence or NOT_STATED,
    }
    parts = [f"# {title or model.name}", description or "Purpose: not stated."]
    parts += [f"## {name}\n\n{text}" for name, text in sections.items()]
    card = "\n\n".join(parts) + "\n"
    if filepath is not None:
        write_text(filepath, card)
    return card


def _numbers(name, scores):
    try:
        return {str(key): float(value) for key, value in dict(scores).items()}
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"Expected `{name}` to be a dict from names to numbers. Received: "
            f"{scores!r}"
        ) from error


def _references(scores):
    """Returns the scores of real samples, which an `EvaluationTable` has."""
    real = getattr(scores, "real", None)
    return {} if real is None else {"real samples": real}


def _model(model):
    facts = {"class": f"`{type(model).__name__}`"}
    for name, part in vars(model).items():
        if isinstance(part, keras.Model) and not name.startswith("_"):
            facts[name] = f"`{type(part).__name__}`, {part.count_params():,} parameters"
    if hasattr(model, "sample_shape"):
        facts["samples"] = f"{model.sample_dtype} {tuple(model.sample_shape)}"
        if model.value_range is not None:
            low, high = model.value_range
            facts["samples"] += f", from {low:g} to {high:g}"
        conditions = model.conditions
        facts["condition"] = "none" if conditions is None else _config(conditions)
    if hasattr(model, "specs"):
        environment = getattr(model, "environment", None)
        named = isinstance(environment, str)
        facts["environment"] = environment if named else type(environment).__name__
        facts["observation"] = _specs(model.specs.observation)
        facts["action"] = _specs(model.specs.action)
    return facts


def _specs(nest):
    """Returns dtypes, shapes and bounds of a nest of specs, in words."""
    words = []
    for path, spec in keras.tree.flatten_with_path(nest):
        text = f"{spec.dtype.name} {tuple(spec.shape)}"
        if hasattr(spec, "minimum"):
            low, high = np.min(spec.minimum), np.max(spec.maximum)
            text += f" from {low:g} to {high:g}"
        words.append("".join(f"{key}: " for key in path) + text)
    return ", ".join(words)


def _reward(model):
    reward = getattr(model, "reward", None)
    if reward is not None:
        return _config(reward)
    if hasattr(model, "specs"):
        return "The environment's own."
    return "None: the model is not trained by a reward."


def _config(part):
    """Returns the name and the arguments of an object, networks left out."""
    return f"`{_call(serialize(part))}`"


def _call(config):
    if isinstance(config, dict) and "class_name" in config:
        inner = config.get("config") or {}
        if not isinstance(inner, dict):
            return str(inner)
        left_out = "name", "dtype", "trainable", "layers", "build_config"
        given = [f"{k}={_call(v)}" for k, v in inner.items() if k not in left_out]
        is_network = "layers" in inner
        return f"{config['class_name']}({'...' if is_network else ', '.join(given)})"
    if isinstance(config, (list, tuple)):
        return f"[{', '.join(map(_call, config))}]"
    return repr(config)


def _training(model, seeds):
    facts = {}
    for name in "optimizer", "generator_optimizer", "discriminator_optimizer":
        optimizer = getattr(model, name, None)
        if isinstance(optimizer, keras.optimizers.Optimizer):
            rate = float(np.asarray(optimizer.learning_rate))
            facts[name.replace("_", " ")] = (
                f"`{type(optimizer).__name__}`, learning rate {rate:.3g}, "
                f"{int(np.asarray(optimizer.iterations)):,} updates"
            )
    counters = getattr(model, "counters", {})
    for name in "environment_steps", "imagined_steps":
        if int(counters.get(name, 0)):
            facts[name.replace("_", " ")] = f"{int(counters[name]):,}"
    given = getattr(model, "seed", None) if seeds is None else seeds
    facts["seeds"] = NOT_STATED if given is None else str(given)
    return facts


def _scores(columns):
    if not columns["model"]:
        return "Not measured."
    lines = [
        f"| score | {' | '.join(columns)} |",
        "| --- |" + " ---: |" * len(columns),
    ]
    for name in columns["model"]:
        cells = [f"{c[name]:.4g}" if name in c else "" for c in columns.values()]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    table = "\n".join(lines)
    if len(columns) == 1:
        table += "\n\nNo control was measured beside it."
    return table


def _versions():
    facts = {"keras_rlgen": __version__}
    for package in _PACKAGES:
        try:
            facts[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    facts["Python"] = platform.python_version()
    clone = pathlib.Path(__file__).resolve().parents[2]
    facts["commit"] = _commit(clone) if (clone / "setup.cfg").exists() else NOT_STATED
    facts["date"] = datetime.date.today().isoformat()
    return facts


def _commit(folder):
    """Returns the commit of a checkout, and whether Python files differ from it."""
    git = ["git", "-C", str(folder)]
    options = {"capture_output": True, "text": True, "timeout": 10, "check": True}
    try:
        commit = subprocess.run([*git, "rev-parse", "HEAD"], **options).stdout.strip()
        differing = [*git, "diff", "--name-only", "HEAD", "--", "*.py"]
        changed = subprocess.run(differing, **options).stdout
    except (OSError, subprocess.SubprocessError):
        return NOT_STATED
    return f"`{commit[:12]}`" + (", with uncommitted changes" if changed else "")


def _list(facts):
    return "\n".join(f"- {name}: {value}" for name, value in facts.items())
