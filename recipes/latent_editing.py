"""Edit digits along directions of a VAE's latent space, found and then learned.

Directions are found in three ways: from an attribute of the images (the amount of ink),
from their labels (what makes a digit a three), and unsupervised, by principal
components. The recipe measures how much each changes its attribute and others, compared
with random directions. Then an agent learns to edit: PPO moves latents along these
directions, rewarded by a classifier's log-probability of one class.

    python -m recipes.latent_editing
    python -m recipes.latent_editing --data=mnist

Held-out digits of other classes are then edited by the agent, by the class's direction,
and, as controls, by random directions, by random steps and by the agent before its
training. A classifier of another seed than the reward's says which became the class;
the distance to the digit before says what that cost.

Writes to --output: a picture of traversals for each direction (`ink.png`, ...; a row
for each digit, with the original in the middle column), `edited.png` (before and after
each kind of edit), `scores.json` and `agent.keras`.
"""

import json
import pathlib

import keras
import numpy as np
import tensorflow as tf
from absl import app, flags
from keras import layers

import keras_rlgen as rlgen
from keras_rlgen import pictures

FLAGS = flags.FLAGS
flags.DEFINE_enum("data", "digits", ["digits", "mnist"], "Which digits.")
flags.DEFINE_string("mnist", None, "Local file or folder; downloaded by default.")
flags.DEFINE_integer("epochs", None, "Passes of the VAE; by default 100, of MNIST 8.")
flags.DEFINE_integer("agent_epochs", 10, "Epochs of the agent; 0 for none.")
flags.DEFINE_integer("classifier_steps", 600, "Training steps of the classifier.")
flags.DEFINE_integer("label", 3, "The class to edit towards.")
flags.DEFINE_integer("seed", 0, "Random seed.")
flags.DEFINE_string("output", "outputs/latent_editing", "Folder to write to.")

FILTERS = 8  # Of convolutions at full size, for MNIST.
STEP_SIZE = 0.75
DISTANCES = np.linspace(-3.0, 3.0, 9)
NUM_ENVIRONMENTS = 32
NUM_ROWS = 8
NUM_PICTURED = 16
NUM_EDITED = 400  # At most.


def dense(inputs, outputs, shape=None, activation=None):
    network = [
        layers.Input(inputs),
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
        layers.Dense(128, activation="relu"),
        layers.Dense(outputs, activation),
    ]
    return keras.Sequential(network + ([layers.Reshape(shape)] if shape else []))


def convolutional(shape, latent_dim):
    """Returns an encoder and a decoder of images whose sides are multiples of 4."""
    small = shape[0] // 4, shape[1] // 4, 4 * FILTERS
    encoder = [
        layers.Input(shape),
        layers.Conv2D(2 * FILTERS, 4, 2, "same", activation="relu"),
        layers.Conv2D(4 * FILTERS, 4, 2, "same", activation="relu"),
        layers.Flatten(),
        layers.Dense(2 * latent_dim),
    ]
    decoder = [
        layers.Input((latent_dim,)),
        layers.Dense(int(np.prod(small)), activation="relu"),
        layers.Reshape(small),
        layers.Conv2DTranspose(2 * FILTERS, 4, 2, "same", activation="relu"),
        layers.Conv2DTranspose(FILTERS, 4, 2, "same", activation="relu"),
        layers.Conv2D(shape[-1], 3, padding="same", activation="tanh"),
    ]
    return keras.Sequential(encoder), keras.Sequential(decoder)


def make_vae(shape):
    if FLAGS.data == "mnist":
        latent_dim, scale = 16, 0.5
        networks = convolutional(shape, latent_dim)
    else:
        latent_dim, scale = 8, 0.3
        decoder = dense((latent_dim,), int(np.prod(shape)), shape, "tanh")
        networks = dense(shape, 2 * latent_dim), decoder
    normal = rlgen.distributions.Normal(scale)
    vae = rlgen.VAE(*networks, latent_dim, distribution=normal, seed=FLAGS.seed)
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
        class_name(): of_label,
        f"{class_name()}, ink kept": rlgen.models.orthogonalized(of_label, of_ink),
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
    images = vae.decode(path_of_latents.reshape(-1, latents.shape[1]))
    rlgen.callbacks.write_image_grid(
        path, images, columns=len(DISTANCES), value_range=(-1.0, 1.0)
    )


def make_agent(vae, classifier, directions):
    environment = rlgen.environments.LatentEditing(
        vae.decode,
        vae.latent_dim,
        rlgen.rewards.Clipped(
            rlgen.rewards.ClassifierConfidence(classifier, label=FLAGS.label),
            -10.0,
            0.0,
        ),
        directions=np.stack(directions),
        step_size=STEP_SIZE,
    )
    agent = rlgen.agents.PPO(
        actor=dense((vae.latent_dim,), environment.action.count),
        critic=dense((vae.latent_dim,), 1),
        environment=environment,
        num_environments=NUM_ENVIRONMENTS,
        seed=FLAGS.seed,
    )
    agent.compile(keras.optimizers.Adam(1e-3, global_clipnorm=0.5))
    return agent, environment


def edited(environment, latents, choose):
    """Returns latents after an episode of edits from there, chosen by a function."""
    running = np.ones(len(latents), bool)
    for _ in range(environment.max_episode_steps):
        moved, stopped = environment.moved(latents, tf.constant(choose(latents)))
        latents = np.where(running[:, None], moved, latents)
        running = running & ~stopped.numpy()
    return latents.astype("float32")


def learn_to_edit(vae, classifier, directions, latents, output):
    """Trains an agent; returns its gains, and latents after each kind of edit."""
    agent, environment = make_agent(vae, classifier, list(directions.values()))
    random = np.random.default_rng(FLAGS.seed)
    count = environment.action.count - 1  # Without the one that stops.
    kinds = {
        "nothing": latents,
        "random steps": edited(
            environment, latents, lambda z: random.integers(count, size=len(z))
        ),
        "agent, untrained": edited(environment, latents, agent.predict),
    }
    returns = {"untrained": agent.evaluate(episodes=200, seed=1, verbose=0)}
    agent.fit(epochs=FLAGS.agent_epochs, steps_per_epoch=64, verbose=0)
    returns["trained"] = agent.evaluate(episodes=200, seed=1, verbose=0)
    agent.save(output / "agent.keras")
    kinds["agent"] = edited(environment, latents, agent.predict)
    # As far as the agent went, on average.
    length = np.mean(np.linalg.norm(kinds["agent"] - latents, axis=1))
    one_way = random.normal(size=latents.shape)
    one_way /= np.linalg.norm(one_way, axis=1, keepdims=True)
    kinds["direction of the class"] = latents + length * directions[class_name()]
    kinds["random direction"] = latents + length * one_way.astype("float32")
    return {row: {"gain": v["mean_return"]} for row, v in returns.items()}, kinds


def compare_edits(vae, kinds, judge, output):
    """Scores edits of the same digits, and draws them."""
    decoded = {name: vae.decode(latents).numpy() for name, latents in kinds.items()}
    before = kinds["nothing"]
    scores = {}
    for name, images in decoded.items():
        moved = np.linalg.norm(kinds[name] - before, axis=1)
        classes = np.argmax(judge(images), axis=1)
        scores[name] = {
            "on_target": float(np.mean(classes == FLAGS.label)),
            "pixel_error": float(np.mean(np.square(images - decoded["nothing"]))),
            "latent_distance": float(np.mean(moved)),
        }
    shown = {name: images[:NUM_PICTURED] for name, images in decoded.items()}
    pictures.write_labelled_rows(output / "edited.png", shown, value_range=(-1.0, 1.0))
    return scores


def class_name():
    return f"class {FLAGS.label}"


def show(title, scores):
    print(f"\n{title}:\n\n{rlgen.callbacks.format_table(scores)}")


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    keras.utils.set_random_seed(FLAGS.seed)
    output = pathlib.Path(FLAGS.output)
    output.mkdir(parents=True, exist_ok=True)
    if FLAGS.data == "mnist":
        data, epochs = rlgen.datasets.mnist(FLAGS.mnist), 8
    else:
        data, epochs = rlgen.datasets.digits(), 100
    (images, labels), (held_out, held_out_labels) = data
    (classifier, _), (judge, _) = (
        rlgen.metrics.train_classifier(
            images, labels, training_steps=FLAGS.classifier_steps, seed=seed
        )
        for seed in range(2)
    )
    vae = make_vae(images.shape[1:])
    vae.fit(images, epochs=FLAGS.epochs or epochs, batch_size=64, verbose=0)
    directions = find_directions(vae.encode(images), images, labels)
    latents = np.array(vae.encode(held_out[: 2 * NUM_EDITED]))
    scores = {}
    for name, direction in directions.items():
        scores[name] = effects(vae, classifier, latents, direction)
        file = name.replace(", ", "_").replace(" ", "_")
        write_traversal(output / f"{file}.png", vae, latents, direction)
    random = np.random.default_rng(FLAGS.seed).normal(size=(20, vae.latent_dim))
    random /= np.linalg.norm(random, axis=1, keepdims=True)
    drawn = [effects(vae, classifier, latents, d.astype("float32")) for d in random]
    # A direction and its opposite are equally likely: take the size of changes.
    scores["random, mean size"] = {
        key: float(np.mean(np.abs([row[key] for row in drawn]))) for key in drawn[0]
    }
    show("Changes of held-out digits, two along each direction", scores)
    results = {"directions": scores}
    if FLAGS.agent_epochs:
        others = latents[held_out_labels[: len(latents)] != FLAGS.label][:NUM_EDITED]
        learned = learn_to_edit(vae, classifier, directions, others, output)
        results["agent"], kinds = learned
        show(f"Gain of log p({class_name()}) by edits, nats", results["agent"])
        results["edits"] = compare_edits(vae, kinds, judge, output)
        show(f"Edits of {len(others)} digits of other classes", results["edits"])
    (output / "scores.json").write_text(json.dumps(results, indent=2) + "\n")
    print(f"\nPictures, scores and agent are in {output}/")


if __name__ == "__main__":
    app.run(main)
