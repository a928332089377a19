import json
import pathlib

import keras

from keras_rlgen.arguments import is_number
from keras_rlgen.evaluation.experience_runs import (
    JITTER,
    REAL,
    SAME_UPDATES,
    trained,
)
from keras_rlgen.evaluation.experience_table import ExperienceTable
from keras_rlgen.models.experience.transition_model import TransitionModel
from keras_rlgen.whole_files import write_text

NAMES = {REAL: "real only", SAME_UPDATES: "same updates", JITTER: "jitter"}


def compare_experience(
    make_agent,
    sources,
    target,
    seeds=10,
    steps=5000,
    steps_between=500,
    episodes=20,
    updates=4.0,
    ratio=0.5,
    refit_steps=300,
    batch_size=128,
    horizon=64,
    imagined_steps=40_000,
    real_environments=4,
    imagined=False,
    output=None,
    verbose=1,
):
    """Compares generated experience with the real steps that it is to save.

    Each source is one row, with one run for each seed: the agent is trained and
    evaluated every `steps_between` steps in its environment, until its mean return
    reaches the target.

    An agent with a replay buffer, such as `DQN` or `SAC`, learns from batches of which
    `ratio` are generated. An on-policy agent, such as `PPO`, and with `imagined=True`
    any agent, learns from imagined steps alone: its exploring policy collects real
    ones, on which the model is trained.

    Sources, with the names of their rows:

    - `None`, "real only": the agent as it is. One without a replay buffer gets
      `real_environments` environments and learns once every `steps_between` steps.
    - `"same_updates"`: real steps alone, with as many gradient steps as with generated
      ones. All rows but the first have equal numbers of them.
    - `"jitter"`: noise in place of a model, for agents with a replay buffer.
    - An `ExperienceGenerator` or `ExperienceEnsemble`, compiled: each run trains one
      like it, with new weights.
    - A function of the agent's specs and a seed that returns one, or that returns a
      `replay.Mixture`, such as a `Synthetic` with a gate.

    Args:
        make_agent: Function of a seed that returns a new agent, compiled.
        sources: List of sources; or dict from the names of rows to sources.
        target: Float, the mean return to reach.
        seeds: Integer, or list of integers.
        steps: Integer, environment steps after which a run ends.
        steps_between: Integer, environment steps between evaluations, and between two
            trainings of a model.
        episodes: Integer, of an evaluation. They are not counted as steps.
        updates: Float >= 1, the factor of `updates_per_step` of an agent with a replay
            buffer in all rows but "real only".
        ratio: Float in (0, 1), the generated part of its batches.
        refit_steps: Integer, batches in each training of a model.
        batch_size: Integer, steps in such a batch.
        horizon: Integer, steps of an imagined episode.
        imagined_steps: Integer, imagined steps after each training of a model.
        real_environments: Integer, environments in which real steps are collected where
            the agent learns from imagined ones, and those of an on-policy agent on real
            steps alone.
        imagined: Whether an agent with a replay buffer learns from imagined steps alone
            too, in place of a mixture. The factor `updates` is then that of the rows on
            real steps only.
        output: Folder of the runs, one file each, or `None`. Runs that are there
            already are not repeated.
        verbose: 0 for no output, else a line a run.

    Returns:
        `ExperienceTable`; `print(table)` shows it in Markdown.

    Raises:
        TypeError: If a source is something else.
        ValueError: If an argument is out of its range, or if `output` holds runs of
            other settings.

    Example:

    ```python
    def make_agent(seed):
        agent = rlgen.agents.DQN(
            q_network(), rlgen.environments.CartPole(), num_environments=4, seed=seed
        )
        agent.compile(keras.optimizers.Adam(1e-3))
        return agent


    def gan(specs, seed):
        model = rlgen.models.TransitionGAN(specs=specs, seed=seed)
        model.compile()
        return model


    table = compare_experience(
        make_agent, [None, "same_updates", "jitter", gan], target=475.0, seeds=10
    )
    print(table)
    ```
    """
    rows = _named(sources)
    settings = {
        "target": float(target),
        "steps": steps,
        "steps_between": steps_between,
        "episodes": episodes,
        "updates": float(updates),
        "ratio": float(ratio),
        "refit_steps": refit_steps,
        "batch_size": batch_size,
        "horizon": horizon,
        "imagined_steps": imagined_steps,
        "real_environments": real_environments,
        "imagined": bool(imagined),
    }
    _check(settings)
    seeds = range(seeds) if isinstance(seeds, int) else seeds
    if not len(seeds):
        raise ValueError("Expected at least one seed. Received: none")
    runs = {name: [] for name in rows}
    for seed in seeds:
        for name, source in rows.items():
            path = None
            if output is not None:
                file = f"{name.replace(' ', '_').replace('/', '_')}_{seed}.json"
                path = pathlib.Path(output, file)
            run = _stored(path, settings)
            if run is None:
                keras.utils.set_random_seed(seed)
                run = trained(make_agent(seed), source, seed, settings)
                _store(path, settings, run)
                if verbose:
                    outcome = "reached" if run["reached"] else "not reached"
                    print(
                        f"{name}, seed {seed}: {outcome} after {run['curve'][-1][0]:,} "
                        f"steps, {run['seconds']:.0f} s",
                        flush=True,
                    )
            runs[name].append(run)
    return ExperienceTable(runs, target)


def _named(sources):
    """Returns a dict from the names of rows to valid sources."""
    if not isinstance(sources, dict):
        named = {}
        for source in sources:
            name = getattr(source, "__name__", getattr(source, "name", None))
            if source is None or isinstance(source, str):
                name = NAMES.get(source, source)
            named.setdefault(name, []).append(source)
        repeated = [name for name, values in named.items() if len(values) > 1]
        if repeated:
            raise ValueError(
                f"Expected sources of different names. Received: {repeated} more than "
                "once. Pass a dict from names to sources."
            )
        sources = {name: values[0] for name, values in named.items()}
    if not sources:
        raise ValueError("Expected at least one source. Received: none")
    for name, source in sources.items():
        if isinstance(source, TransitionModel):
            if not source.compiled:
                raise ValueError(
                    f"Expected the source {name!r} to be compiled. Call `compile()`."
                )
        elif isinstance(source, str) or not (source is None or callable(source)):
            if source not in (SAME_UPDATES, JITTER):
                raise TypeError(
                    "Expected each source to be None, 'same_updates', 'jitter', an "
                    "`ExperienceGenerator`, or a function of specs and seed that makes "
                    f"one. Received: {source!r}"
                )
    return sources


def _check(settings):
    for name in settings:
        value = settings[name]
        least = 1.0 if name == "updates" else 0.0
        if name in ("target", "ratio", "imagined"):
            continue
        if not is_number(value) or value < max(least, 1):
            raise ValueError(f"Expected `{name}` >= 1. Received: {value!r}")
    if not 0.0 < settings["ratio"] < 1.0:
        raise ValueError(f"Expected `ratio` in (0, 1). Received: {settings['ratio']}")


def _stored(path, settings):
    """Returns the run in a file, or `None` if there is no file."""
    if path is None or not path.exists():
        return None
    stored = json.loads(path.read_text("utf-8"))
    if stored["settings"] != settings:
        other = [k for k, v in settings.items() if stored["settings"].get(k) != v]
        raise ValueError(
            f"Expected {path} to be a run of the same settings. Received: others of "
            f"{other}. Choose another `output`, or remove the file."
        )
    return stored["run"]


def _store(path, settings, run):
    if path is None:
        return
    write_text(path, json.dumps({"settings": settings, "run": run}) + "\n")
