from keras_rlgen.experience.columns import structure


def summary(experience):
    """Returns a text: sizes, returns, and the shape and dtype of each column.

    Args:
        experience: `Experience`.
    """
    terminated = int(experience.terminated.sum())
    statistics = (
        ("mean length", experience.lengths.astype("float64")),
        ("mean return", experience.returns),
    )
    lines = [
        f"{len(experience)} steps in {experience.num_episodes} episodes",
        f"terminated: {terminated}, truncated: {experience.num_episodes - terminated}",
        *(
            f"{name}: {x.mean():.5} (from {x.min():.5} to {x.max():.5})"
            for name, x in statistics
        ),
        f"observations: {structure(experience.observations)}",
        f"actions: {structure(experience.actions)}",
    ]
    return "\n".join(lines)
