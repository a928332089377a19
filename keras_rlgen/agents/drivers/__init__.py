"""What lets a policy act in environments, and hands over what happened."""
