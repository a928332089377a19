"""What imitation is compared with: agents that know less."""

import copy

import keras

from keras_rlgen import rewards
from keras_rlgen.agents import Reinforce
from keras_rlgen.agents.on_policy_agent import OnPolicyAgent
from keras_rlgen.training.keras_internals import copying_in_process


def imitation_controls(model, epochs, steps_per_epoch, cloning_updates, episodes):
    """Trains and evaluates a clone, and agents under rewards that know nothing.

    Args:
        model: `AdversarialImitation` that is compiled. It does not change.
        epochs: Integer, of the agents that act.
        steps_per_epoch: Integer, likewise.
        cloning_updates: Integer >= 1.
        episodes: Integer, episodes of each evaluation.

    Returns:
        Dict from `"imitation"`, `"cloning"` (if the network is a policy's),
        `"constant"` and `"random_network"` to the results of `evaluate`.
    """
    results = {"imitation": model.evaluate(episodes, verbose=0)}
    cloned = cloning_agent(model.agent)
    if cloned is not None:
        clone(cloned, model.experts, cloning_updates)
        results["cloning"] = cloned.evaluate(episodes, verbose=0)
    random_network = model.make_reward(
        _fresh(model.discriminator),
        None if model.shaping is None else _fresh(model.shaping),
        optimizer=keras.optimizers.SGD(0.0),
        updates=1,
    )
    for name, reward in (
        ("constant", rewards.Constant(1.0)),
        ("random_network", random_network),
    ):
        agent = fresh_agent(model.agent, reward)
        agent.fit(epochs, steps_per_epoch, verbose=0)
        results[name] = agent.evaluate(episodes, verbose=0)
    return results


def clone(agent, experts, num_updates):
    """Trains the policy of an on-policy agent on the actions of experts as labels.

    Args:
        agent: `OnPolicyAgent` that is compiled.
        experts: `Experience`.
        num_updates: Integer >= 1.
    """
    agent.fit(
        experience=experts, loss="cloning", steps_per_epoch=num_updates, verbose=0
    )


def fresh_agent(agent, reward):
    """Returns an agent as a given one, with new weights and another reward.

    Args:
        agent: `Agent` that is compiled.
        reward: `Reward`, or `None` for that of the environment.
    """
    with copying_in_process():
        fresh = type(agent).from_config(agent.get_config())
    fresh.environment = agent.environment
    config = {**copy.deepcopy(agent.get_compile_config()), "reward": None}
    arguments = {
        key: keras.saving.deserialize_keras_object(value)
        for key, value in config.items()
    }
    fresh.compile(**{**arguments, "reward": reward})
    return fresh


def cloning_agent(agent):
    """Returns an agent that can be cloned, with networks as a given one has.

    The values of actions become the logits of a policy, and the squashed actor of `SAC`
    stays as it is.

    Args:
        agent: `Agent` that is compiled.

    Returns:
        `OnPolicyAgent`, compiled, with new weights; `None` if the network is no
        policy's.
    """
    if isinstance(agent, OnPolicyAgent):
        return fresh_agent(agent, None)
    is_actor = hasattr(agent, "actor")
    network = agent.actor if is_actor else getattr(agent, "q_network", None)
    if network is None or len(network.output_shape) != 2:
        return None
    cloned = Reinforce(
        _fresh(network),
        environment=agent.environment or agent.specs,
        num_environments=agent.num_environments,
        squash=is_actor,
        seed=agent.seed,
    )
    cloned.compile("adam", run_eagerly=agent.run_eagerly, jit_compile=agent.jit_compile)
    return cloned


def _fresh(network):
    with copying_in_process():
        return keras.models.clone_model(network)
