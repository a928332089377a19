"""Pictures of samples, observations and curves, as arrays of pixels and as files."""
