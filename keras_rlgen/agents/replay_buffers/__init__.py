"""What keeps experience for agents that learn from the past."""
