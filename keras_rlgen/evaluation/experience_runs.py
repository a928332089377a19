"""Runs of an agent that learns from real and from generated steps."""

import math
import time

import keras

from keras_rlgen import agents
from keras_rlgen.environments import GeneratedEnvironment
from keras_rlgen.models.experience.transition_model import TransitionModel
from keras_rlgen.replay import Jitter, Mixture, Synthetic
from keras_rlgen.training.keras_internals import copying_in_process

REAL, SAME_UPDATES, JITTER = None, "same_updates", "jitter"
JITTER_SCALE = 0.05


def trained(agent, source, seed, settings):
    """Trains an agent until it reaches a target, and returns how that went.

    Args:
        agent: `Agent`, compiled and new.
        source: `None`, `"same_updates"`, `"jitter"`, an `ExperienceGenerator`, or a
            function of specs and seed that makes one, or a `Mixture`.
        seed: Integer.
        settings: Dict, the arguments of `compare_experience` that have numbers.

    Returns:
        Dict, a run of an `ExperienceTable`.
    """
    start = time.time()
    on_policy = not hasattr(agent, "replay_buffer")
    if source in (REAL, SAME_UPDATES, JITTER):
        prepare = _on_policy if on_policy else _off_policy
    else:
        prepare = _imagined if on_policy or settings["imagined"] else _off_policy
    agent, train = prepare(agent, source, seed, settings)
    curve, reached = [], False
    while agent.environment_steps < settings["steps"] and not reached:
        train()
        steps = int(agent.environment_steps)
        scores = agent.evaluate(settings["episodes"], seed=steps, verbose=0)
        curve.append([steps, round(scores["mean_return"], 3)])
        reached = curve[-1][1] >= settings["target"]
    return {
        "steps": min(curve[-1][0], settings["steps"]) if reached else settings["steps"],
        "reached": reached,
        "curve": curve,
        "updates": int(agent.optimizer.iterations),
        "imagined_steps": int(agent.imagined_steps),
        "seconds": round(time.time() - start, 1),
    }


def _off_policy(agent, source, seed, settings):
    """Returns the agent, and a function that trains it between two evaluations."""
    changes, replay = {}, None
    if source is not REAL:
        rate = agent.updates_per_step * settings["updates"]
        changes = {"updates_per_step": rate}
    if source == JITTER:
        replay = Mixture(Jitter(JITTER_SCALE), settings["ratio"])
    elif source not in (REAL, SAME_UPDATES):
        replay = made(source, agent.specs, seed)
        if isinstance(replay, TransitionModel):
            replay = Synthetic(
                replay,
                ratio=settings["ratio"],
                refit_every=settings["steps_between"],
                refit_steps=settings["refit_steps"],
                batch_size=settings["batch_size"],
            )
    agent = changed(agent, changes, {"replay": replay})
    count = -(-settings["steps_between"] // agent.num_environments)
    return agent, lambda: agent.run_steps(count)


def _on_policy(agent, source, seed, settings):
    """As `_off_policy`, on real steps alone."""
    if source == JITTER:
        raise ValueError(
            f"`{type(agent).__name__}` learns from the steps of its own policy, which "
            "noise would falsify. Received: the source 'jitter'. Leave it out, or use "
            "an agent with a replay buffer."
        )
    count = settings["real_environments"]
    steps = -(-settings["steps_between"] // count)
    changes = {"num_environments": count, "steps_per_update": steps}
    if source == SAME_UPDATES:
        changes["epochs"] = _epochs(agent, steps * count, settings)
    agent = changed(agent, changes)
    return agent, lambda: agent.run_steps(steps)


def _imagined(agent, source, seed, settings):
    """As `_off_policy`, on imagined steps alone."""
    model = made(source, agent.specs, seed)
    if not isinstance(model, TransitionModel):
        raise TypeError(
            "Expected a source of imagined steps to be an `ExperienceGenerator`. "
            f"Received: {model!r}"
        )
    count = settings["real_environments"]
    collector = agents.ExperienceCollector(agent, count, seed)
    environments = []

    def train():
        experience = collector.collect(settings["steps_between"])
        model.fit(
            experience,
            epochs=1,
            steps_per_epoch=settings["refit_steps"],
            batch_size=settings["batch_size"],
            verbose=0,
        )
        if not environments:
            environments.append(
                GeneratedEnvironment(model, experience, settings["horizon"])
            )
        environments[0].assign_starts(experience)
        agent.restart(environments[0])
        steps = -(-settings["imagined_steps"] // agent.num_environments)
        agent.run_steps(steps, environments[0])

    return agent, train


def _epochs(agent, frames, settings):
    """Returns the epochs by which PPO makes as many updates as on imagined steps."""
    epochs = getattr(agent, "epochs", None)
    if epochs is None:
        raise ValueError(
            "The source 'same_updates' needs an agent with `epochs`, such as `PPO`. "
            f"Received: `{type(agent).__name__}`. Leave it out."
        )
    per_round = agent.num_environments * agent.steps_per_update
    imagined_rounds = math.ceil(settings["imagined_steps"] / per_round)
    updates = imagined_rounds * epochs * math.ceil(per_round / agent.minibatch_size)
    return math.ceil(updates / math.ceil(frames / agent.minibatch_size))


def made(source, specs, seed):
    """Returns a new generator or mixture of a source.

    Args:
        source: `ExperienceGenerator` or `ExperienceEnsemble`, compiled, whose copy with
            new weights is returned; or a function of specs and seed.
        specs: Specs of the agent.
        seed: Integer.
    """
    if not isinstance(source, TransitionModel):
        return source(specs, seed)
    with copying_in_process():
        model = type(source).from_config(source.get_config())
    model.compile_from_config(source.get_compile_config())
    return model


def changed(agent, changes, compile_changes=None):
    """Returns an agent as a given one, with new weights and some other arguments.

    Args:
        agent: `Agent`, compiled.
        changes: Dict of arguments of its constructor.
        compile_changes: Dict of arguments of its `compile`.
    """
    if not changes and not any((compile_changes or {}).values()):
        return agent
    environment, config = agent.environment, agent.get_compile_config()
    agent = type(agent).from_config({**agent.get_config(), **changes})
    agent.environment = environment
    arguments = {
        key: keras.saving.deserialize_keras_object(value)
        for key, value in config.items()
    }
    agent.compile(**{**arguments, **(compile_changes or {})})
    return agent
