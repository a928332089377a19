"""Balance a pole within a thousand real steps, by tree search in a learned model.

    python -m recipes.world_model_mcts
    python -m recipes.world_model_mcts --environment=gymnasium

In rounds of 128 real steps: a Gumbel search in a world model acts; the model is trained
on all steps so far; and PPO, whose actor and critic guide the search, is trained in
what the model imagines. Trains until 20 evaluation episodes have a mean return of 475
of 500, or for --epochs rounds. Then prints the errors of the model in episodes of the
search, and the returns of the search, of PPO alone, and of PPO in the model.

Writes to --output: `curve.png` (returns against real steps), `dreams/` (a real episode
beside the imagined one, and quantiles of what is imagined), `learner.keras` to resume
from, and `policy/`, a SavedModel of the model, the networks and the search.
"""

import pathlib
import time

import keras
import tensorflow as tf
from absl import app, flags
from keras import layers

import keras_rlgen as rlgen

FLAGS = flags.FLAGS
flags.DEFINE_enum(
    "environment", "tensor", ["tensor", "gymnasium"], "Which CartPole-v1."
)
flags.DEFINE_integer("epochs", 16, "Maximum rounds, of 128 real steps.")
flags.DEFINE_integer("simulations", 32, "Simulations of the search for each action.")
flags.DEFINE_integer("imagined_steps", 49_152, "Steps of PPO in a round.")
flags.DEFINE_integer("model_steps", 300, "Updates of the world model in a round.")
flags.DEFINE_integer("episodes", 20, "Episodes of an evaluation.")
flags.DEFINE_integer("seed", 0, "Random seed.")
flags.DEFINE_string("output", "outputs/world_model_mcts", "Folder to write to.")


def perceptron(outputs, scale):
    """Returns a network of two hidden layers."""
    return keras.Sequential(
        [
            layers.Input((4,)),
            layers.Dense(64, "tanh", kernel_initializer="orthogonal"),
            layers.Dense(64, "tanh", kernel_initializer="orthogonal"),
            layers.Dense(
                outputs, kernel_initializer=keras.initializers.Orthogonal(scale)
            ),
        ]
    )


def make_learner():
    """Returns the world model, PPO and the search, as one compiled agent."""
    environment = "CartPole-v1"
    if FLAGS.environment == "tensor":
        environment = rlgen.environments.CartPole()
    agent = rlgen.agents.PPO(
        actor=perceptron(2, 0.01),
        critic=perceptron(1, 1.0),
        environment=environment,
        num_environments=64,
        steps_per_update=16,
        gamma=0.99,
        seed=FLAGS.seed,
    )
    world = rlgen.WorldModel(
        agent.specs,
        dynamics=rlgen.world_models.Ensemble(hidden=(64, 64)),
        hidden=(64, 64),
        seed=FLAGS.seed,
    )
    planner = rlgen.agents.Planner(
        world,
        rlgen.planning.GumbelSearch(num_simulations=FLAGS.simulations),
        policy=agent.actor,
        value=agent.critic,
        environment=environment,
        gamma=0.99,
        seed=FLAGS.seed,
    )
    learner = rlgen.ModelBasedAgent(world, agent, planner, num_environments=4)
    learner.compile(
        keras.optimizers.Adam(1e-3),
        keras.optimizers.Adam(1e-3),
        imagined_steps=FLAGS.imagined_steps,
        model_steps=FLAGS.model_steps,
    )
    return learner


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    keras.utils.set_random_seed(FLAGS.seed)
    output = pathlib.Path(FLAGS.output)
    learner = make_learner()
    dreams = rlgen.callbacks.DreamMonitor(
        output / "dreams",
        environment=rlgen.environments.CartPole(),
        names=["position", "velocity", "angle", "angular velocity"],
        every=4,
        horizon=100,
    )
    start = time.time()
    history = learner.fit(
        epochs=FLAGS.epochs,
        validation_freq=1,
        validation_episodes=FLAGS.episodes,
        verbose=2,
        callbacks=[rlgen.callbacks.StopAtReturn(475.0), dreams],
    )
    steps = history.history["environment_steps"]
    print(f"{steps[-1]:.0f} real steps in {time.time() - start:.0f} s")
    output.mkdir(parents=True, exist_ok=True)
    rlgen.pictures.write_curves(
        output / "curve.png",
        {"tree search in the model": history.curve("val_mean_return")},
        "real steps",
        "mean return",
    )
    print(learner.world.report(learner.planner.record(episodes=4, seed=1)).table())
    options = {"episodes": FLAGS.episodes, "seed": 2, "verbose": 0}
    for name, results in {
        "search": learner.evaluate(**options),
        "PPO alone": learner.agent.evaluate(**options),
        "PPO in the model": learner.agent.evaluate(
            environment=learner.world, **options
        ),
    }.items():
        print(f"{name}: mean return {results['mean_return']:.1f}")
    learner.save(output / "learner.keras")
    learner.export(output / "policy")
    print(f"Curve, dreams, agent and SavedModel are in {output}/")


if __name__ == "__main__":
    app.run(main)
