"""What to do about a GAN that has collapsed."""

REMEDIES = {
    "discriminator_saturated": (
        "Lower the discriminator's learning rate, raise the weight of its penalty "
        "(`loss=NonSaturating(penalty=R1Penalty(weight))`; `compile()` without `loss` "
        "chooses one by the size of the samples), wrap its layers in "
        "`keras.layers.SpectralNormalization`, or give it more real samples."
    ),
    "generator_collapsed": (
        "Lower the generator's learning rate, use `packing=2` or an R1 penalty, or "
        "raise the weight of the entropy."
    ),
    "rewards_without_spread": (
        "Use a reward that differs between samples: `Discriminator('logit')` in place "
        "of 'error'; or more noise or entropy in the generator."
    ),
}

# Of generators that fill in images, without packing or entropy.
RESTORING_REMEDIES = {
    **REMEDIES,
    "generator_collapsed": (
        "Raise the weight of the R1 penalty "
        "(`loss=NonSaturating(penalty=R1Penalty(weight))`), end the generator's hidden "
        "layers in `keras.layers.BatchNormalization`, which keeps its last activation "
        "from saturating, or lower the learning rates."
    ),
}
