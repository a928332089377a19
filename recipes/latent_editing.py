"""Edit digits along directions of a VAE's latent space, found and then learned.

Directions are found in three ways: from an attribute of the images (the amount of ink),
from their labels (what makes a digit a three), and unsupervised, by principal
components. The recipe measures how much each changes its attribute and others, compared
with random directions. Then an agent learns to edit: PPO moves latents along these
directions, rewarded by a classifier's log-probability of one class.

    python -m recipes.latent_editing

Writes to --output: a picture of traversals for each direction (`ink.png`, ...; a row
for each digit, with the original in the middle column), `edited.png` (before and after
the agent's edits), `scores.json` and `agent.keras`.
"""

import json
import pathlib

import keras
import numpy as np
import tensorflow as tf
from absl import app, flags
from keras import layers

import keras_rlgen as rlgen

FLAGS = flags.FLAGS
flags.DEFINE_integer("epochs", 100, "Epochs of the VAE over the 1,437 digits.")
flags.DEFINE_integer("agent_epochs", 10, "Epochs of the agent; 0 for none.")
flags.DEFINE_integer("classifier_steps", 600, "Training steps of the classifier.")
flags.DEFINE_integer("label", 3, "The class to edit towards.")
flags.DEFINE_integer("seed", 0, "Random seed.")
flags.DEFINE_string("output", "outputs/latent_editing", "Folder to write to.")

LATENT_DIM = 8
DISTANCES = np.linspace(-3.0, 3.0, 9)
NUM_ENVIRONMENTS = 32
NUM_ROWS = 8


def dense(inputs, outputs, shape=None, activation=None):
    network = [
        layers.Input(inputs),
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
        layers.Dense(128, activation="relu"),
        layers.Dense(outputs, activation),
    ]
    return keras.Sequential(network + ([layers.Reshape(shape)] if shape else []))


def make_vae():
    vae = rlgen.VAE(
        dense((8, 8, 1), 2 * LATENT_DIM),
        dense((LATENT_DIM,), 64, (8, 8, 1), "tanh"),
        LATENT_DIM,
        distribution=rlgen.distributions.Normal(0.3),
        seed=FLAGS.seed,
    )
    vae.compile(keras.optimizers.Adam(2e-3), steps_per_execution=22)
    return vae


def find_directions(latents, images, labels):
    """Returns a dict from names to directions of length 1."""
    ink = images.mean(axis=(1, 2, 3))
    of_ink = rlgen.models.attribute_direction(latents, ink > np.median(ink))
    of_label = rlgen.models.attribute_direction(latents, labels == FLAGS.label)
    principal = rlgen.models.principal_directions(latents, images, count=2)
    return {
        "ink": of_ink,
        f"class {FLAGS.label}": of_label,
        f"class {FLAGS.label}, ink kept": rlgen.models.orthogonalized(of_label, of_ink),
        "principal 1": principal[0],
        "principal 2": principal[1],
    }


def effects(vae, classifier, latents, direction):
    """Measures the changes by a step of length 2 along a direction."""

    def measured(z):
        images = vae.decode(z)
        probabilities = keras.ops.softmax(classifier(images))
        return np.mean(images, axis=(1, 2, 3)), np.array(probabilities)

    (ink, classes), (new_ink, new_classes) = (
        measured(z) for z in (latents, latents + 2.0 * direction)
    )
    kept = np.argmax(classes, axis=1) == np.argmax(new_classes, axis=1)
    gain = new_classes[:, FLAGS.label] - classes[:, FLAGS.label]
    return {
        "ink": float(np.mean(new_ink - ink)),
        "probability_of_class": float(np.mean(gain)),
        "class_kept": float(np.mean(kept)),
    }


def write_traversal(path, vae, latents, direction):
    path_of_latents = rlgen.models.traverse(latents[:NUM_ROWS], direction, DISTANCES)
    images = vae.decode(path_of_latents.reshape(-1, LATENT_DIM))
    rlgen.callbacks.write_image_grid(
        path, images, columns=len(DISTANCES), value_range=(-1.0, 1.0)
    )


def make_agent(vae, classifier, directions):
    environment = rlgen.environments.LatentEditing(
        vae.decode,
        LATENT_DIM,
        rlgen.rewards.Clipped(
            rlgen.rewards.ClassifierConfidence(classifier, label=FLAGS.label),
            -10.0,
            0.0,
        ),
        directions=np.stack(directions),
        step_size=0.75,
    )
    agent = rlgen.agents.PPO(
        actor=dense((LATENT_DIM,), environment.action.count),
        critic=dense((LATENT_DIM,), 1),
        environment=environment,
        num_environments=NUM_ENVIRONMENTS,
        seed=FLAGS.seed,
    )
    agent.compile(keras.optimizers.Adam(1e-3, global_clipnorm=0.5))
    return agent, environment


def write_edits(path, agent, environment):
    """Draws digits before (above) and after the agent edited them."""
    state = environment.reset(seed=(FLAGS.seed, 1), num_environments=16)
    before, observation = environment.samples(state), state.inner_state.latents
    after, running = before, np.ones((16, 1, 1, 1), bool)
    for _ in range(environment.max_episode_steps):
        action = tf.constant(agent.predict(observation))
        state, result = environment.step(state, action, (FLAGS.seed, 2))
        after = np.where(running, environment.samples(state), after)
        running = running & ~np.reshape(result.terminated, (16, 1, 1, 1))
        observation = result.observation
    rlgen.callbacks.write_image_grid(
        path, np.concatenate([before, after]), columns=16, value_range=(-1.0, 1.0)
    )


def learn_to_edit(vae, classifier, directions, output):
    """Trains an agent; returns the gain of its edits before and after."""
    agent, environment = make_agent(vae, classifier, list(directions.values()))
    returns = {"untrained": agent.evaluate(episodes=200, seed=1, verbose=0)}
    agent.fit(epochs=FLAGS.agent_epochs, steps_per_epoch=64, verbose=0)
    returns["trained"] = agent.evaluate(episodes=200, seed=1, verbose=0)
    write_edits(output / "edited.png", agent, environment)
    agent.save(output / "agent.keras")
    return {row: {"gain": values["mean_return"]} for row, values in returns.items()}


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    keras.utils.set_random_seed(FLAGS.seed)
    output = pathlib.Path(FLAGS.output)
    output.mkdir(parents=True, exist_ok=True)
    (images, labels), (held_out, _) = rlgen.datasets.digits()
    classifier, _ = rlgen.metrics.train_classifier(
        images, labels, training_steps=FLAGS.classifier_steps
    )
    vae = make_vae()
    vae.fit(images, epochs=FLAGS.epochs, batch_size=64, verbose=0)
    directions = find_directions(vae.encode(images), images, labels)
    latents = np.array(vae.encode(held_out))
    scores = {}
    for name, direction in directions.items():
        scores[name] = effects(vae, classifier, latents, direction)
        file = name.replace(", ", "_").replace(" ", "_")
        write_traversal(output / f"{file}.png", vae, latents, direction)
    random = np.random.default_rng(FLAGS.seed).normal(size=(50, LATENT_DIM))
    random /= np.linalg.norm(random, axis=1, keepdims=True)
    drawn = [effects(vae, classifier, latents, d.astype("float32")) for d in random]
    # A direction and its opposite are equally likely: take the size of changes.
    scores["random, mean size"] = {
        key: float(np.mean(np.abs([row[key] for row in drawn]))) for key in drawn[0]
    }
    print("\nChanges of held-out digits, two along each direction:\n")
    print(rlgen.callbacks.format_table(scores))

    results = {"directions": scores}
    if FLAGS.agent_epochs:
        results["agent"] = learn_to_edit(vae, classifier, directions, output)
        print(f"\nGain of log p(class {FLAGS.label}) by the agent's edits, nats:\n")
        print(rlgen.callbacks.format_table(results["agent"]))
    (output / "scores.json").write_text(json.dumps(results, indent=2) + "\n")
    print(f"\nPictures, scores and agent are in {output}/")


if __name__ == "__main__":
    app.run(main)
