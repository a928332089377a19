"""What an agent collects in a round, for tests of its parts."""


def collected(agent):
    """Returns the `Collected` of the next round in the agent's own environment."""
    return agent.collect(agent._stream)
