"""GANs that a DQN is trained together with."""
