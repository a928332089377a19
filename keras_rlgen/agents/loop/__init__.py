"""The training loop of agents, its statistics, and an agent's state in files."""
