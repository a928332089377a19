"""What a generative model may be conditioned on."""
