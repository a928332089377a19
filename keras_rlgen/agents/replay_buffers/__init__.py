"""Replay buffers and other sources of experience for off-policy agents."""
