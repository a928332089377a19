"""Training of the model of a `Synthetic` replay, between rounds of an agent."""

from keras_rlgen.agents.replay_buffers.replayed_experience import (
    replayed_experience,
    split_stably,
)


def train_with_model(agent, train, num_steps):
    """Acts and learns, and trains the model whenever that is due.

    Args:
        agent: `OffPolicyAgent` with a `replay`.
        train: Function of a number of steps of every environment, which acts and learns
            for at least that many, and returns the number.
        num_steps: Integer >= 1.

    Returns:
        Integer, the number of steps taken.
    """
    done = 0
    while done < num_steps:
        steps = num_steps - done
        until_fit = agent.replay.steps_until_fit(int(agent.environment_steps))
        if until_fit is not None and until_fit > 0:
            steps = min(steps, -(-until_fit // agent.num_environments))
        done += train(steps)
        until_fit = agent.replay.steps_until_fit(int(agent.environment_steps))
        if until_fit is not None and until_fit <= 0:
            fit_model(agent)
    return done


def fit_model(agent):
    """Trains the model on the replay buffer, if that holds two episodes or more.

    Args:
        agent: `OffPolicyAgent` with a `Synthetic` replay.
    """
    experience = replayed_experience(agent.replay_buffer)
    parts = experience and split_stably(experience, agent.replay.held_out)
    if parts is not None:
        agent.replay.fit(*parts, int(agent.environment_steps))
