"""Memories of frames, in tensors."""
