import keras


def default_q_network(environment, seed):
    """Returns a Q-network of two hidden layers of 128 units.

    Args:
        environment: `TensorEnvironment` with observations `(size,)` and discrete
            actions.
        seed: Integer or `None`, of the initial weights.
    """
    initializers = [
        keras.initializers.GlorotUniform(None if seed is None else seed + i)
        for i in range(3)
    ]
    sizes = (128, "relu"), (128, "relu"), (environment.action.count, None)
    return keras.Sequential(
        [
            keras.layers.Input(environment.observation_shape),
            *(
                keras.layers.Dense(size, activation, kernel_initializer=initializer)
                for (size, activation), initializer in zip(
                    sizes, initializers, strict=True
                )
            ),
        ]
    )
