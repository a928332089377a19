"""The training loop of agents, what it counts, and what a file holds of an agent."""
