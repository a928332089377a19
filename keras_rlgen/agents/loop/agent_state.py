"""An agent's state in a `.keras` file, beside its networks and its optimizer."""

import numpy as np

# Variables that files of earlier versions lack; they stay at zero.
ADDED_LATER = frozenset({"imagined_steps"})


def save_agent_state(agent, store):
    """Writes counters, environments and replay buffer.

    Args:
        agent: `Agent`.
        store: Mapping from names to arrays, as Keras gives it to
            `save_own_variables`.
    """
    for name, variable in _variables(agent).items():
        store[name] = variable.numpy()
    if agent.saves_experience:
        for name, value in agent.experience_state().items():
            store[f"experience_{name}"] = value


def load_agent_state(agent, store):
    """Loads what `save_agent_state` wrote.

    Args:
        agent: `Agent` of the same class and configuration.
        store: Mapping from names to arrays.

    Raises:
        ValueError: If the stored state does not fit the agent.
    """
    stored = {name: np.asarray(store[name]) for name in store.keys()}
    resumes = any(name.startswith("driver_") for name in stored)
    for name, variable in _variables(agent).items():
        if name.startswith("driver_") and not resumes:
            continue
        if name not in stored and name in ADDED_LATER:
            continue
        if name not in stored or stored[name].shape != variable.shape:
            shape = stored[name].shape if name in stored else "nothing"
            raise ValueError(
                f"Expected the state of a `{type(agent).__name__}`, with {name!r} of "
                f"shape {tuple(variable.shape)}. Received: {shape}. It is that of "
                "another agent, or of one with other arguments."
            )
        variable.assign(stored[name])
    if agent.driver is not None:
        agent.driver.in_progress = resumes and bool(agent.driver.variables)
    prefix = "experience_"
    experience = {
        n.removeprefix(prefix): v for n, v in stored.items() if n.startswith(prefix)
    }
    if experience:
        agent.load_experience_state(experience)


def _variables(agent):
    """Returns a dict from names to variables, without those of Keras."""
    keras_variables = list(agent.variables)
    if agent.compiled:
        keras_variables += agent.optimizer.variables
    known = {v.value.ref() for v in keras_variables}
    of_agent = [] if agent.tf_agent is None else agent.tf_agent.variables
    own = [v for v in of_agent if v.ref() not in known]
    named = {**agent.counters, **{f"tf_agent_{i}": v for i, v in enumerate(own)}}
    if agent.driver is not None:
        named |= agent.driver.variables
    return named
