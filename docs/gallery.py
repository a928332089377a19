"""Writes docs/gallery.md and its pictures from what the recipes write.

    python docs/gallery.py dqn_cartpole gan_modes   # runs these two recipes
    python docs/gallery.py                          # runs all of them, in hours
    python docs/gallery.py --page                   # runs none, writes the page

A recipe runs with the flags of `RECIPES` and writes to outputs/gallery/<recipe>. Its
picture goes to docs/pictures, its flags and the time it took to runs.json beside it,
and the page is written from these.
"""

import ast
import json
import pathlib
import subprocess
import sys
import time

import numpy as np
from PIL import Image

ROOT = pathlib.Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
OUTPUTS = ROOT / "outputs" / "gallery"
MAX_BYTES = 60_000
FRAMES = 3  # Of an animation, in each of two rows.

# Group: recipe: (its picture's files, its flags). Without files it has no picture.
RECIPES = {
    "Generators trained by reward": {
        "reinforce_gan_digits": ("result.png", ""),
        "reinforce_gan_mnist": (
            "result.png",
            "--data=digits --epochs=80 --batch_size=64",
        ),
        "gan_modes": ("*/*.png", ""),
        "generative_families": ("samples.png scores.png", ""),
        "rl_vae_digits": ("samples.png", "--seeds=1 --epochs=60 --repeats=16"),
        "reward_tuning": (
            "vae_before.png vae_tuned.png",
            "--families=vae --controls=shuffled",
        ),
        "tune_vae": ("trials.png", ""),
        "inpainting": ("restored.png", "--epochs=40"),
        "latent_editing": ("edited.png", ""),
    },
    "A DQN and a GAN": {
        "dqn_gan_creative": ("make_it_an_8.png", "--epochs=60 --warm_up_epochs=30"),
        "dqn_digits": ("real_generated.png", "--epochs=3"),
        "dqn_gan_control": ("losses.png", "--epochs=8 --episodes=20"),
    },
    "Sequences, text and music": {
        "seqgan_oracle": ("frontier.png", "--updates=20"),
        "text_captions": ("frontier.png", "--updates=50"),
        "music_bach": ("before.png after.png", ""),
    },
    "Agents": {
        "dqn_cartpole": ("curve.png episodes/*.gif", "--environment=tensor"),
        "ppo_cartpole": ("curve.png episodes/*.gif", "--environment=tensor"),
        "ppo_continuous_control": ("curve.png episodes/*.gif", "--steps=100000"),
        "dqn_game": ("curve.png episodes/*.gif", ""),
        "tune_dqn": ("trials.png", ""),
        "gail_cartpole": ("curves.png", ""),
        "novelty_exploration": ("curves.png", "--novelty=none,counts"),
    },
    "World models and planning": {
        "world_model_mcts": ("curve.png", ""),
        "cem_control": ("curve.png dream/*.gif", ""),
        "vae_experience_dqn": ("phase_portrait.png", "--agents=ppo --seeds=1"),
        "play_in_model": (None, ""),
    },
    "Applications": {
        "finance_series": ("wealth.png", ""),
        "decision_support": ("outcomes.png", "--episodes=300"),
    },
    "After training": {
        "serve": (None, "--model=digits=digits_generator"),
    },
}


def main(arguments):
    """Runs the chosen recipes, and writes the page."""
    chosen = [name for names in RECIPES.values() for name in names]
    if arguments == ["--page"]:
        chosen = []
    elif arguments:
        unknown = sorted(set(arguments) - set(chosen))
        if unknown:
            sys.exit(f"Unknown recipes: {unknown}. Expected some of {sorted(chosen)}.")
        chosen = arguments
    for name in chosen:
        run(name)
    (ROOT / "docs" / "gallery.md").write_text(page(), "utf-8")
    print("Wrote docs/gallery.md")


def run(name):
    """Runs a recipe, and keeps its picture and its time."""
    files, recipe_flags = next(r[name] for r in RECIPES.values() if name in r)
    if files is None:
        return
    folder = OUTPUTS / name
    command = [sys.executable, "-m", f"recipes.{name}", *recipe_flags.split()]
    print(f"{name}: running ...", flush=True)
    start = time.time()
    subprocess.run([*command, f"--output={folder}"], cwd=ROOT, check=True)
    minutes = (time.time() - start) / 60
    # Of an animation's folder the last, of a learned agent.
    paths = [sorted(folder.glob(pattern))[-1] for pattern in files.split()]
    PICTURES.mkdir(exist_ok=True)
    write_small(PICTURES / f"{name}.png", beside_each_other(paths))
    runs = read_runs()
    runs[name] = {"flags": recipe_flags, "minutes": round(minutes, 1)}
    text = json.dumps(runs, indent=2, sort_keys=True)
    (PICTURES / "runs.json").write_text(text + "\n", "utf-8")


def read_runs():
    """Returns a dict from recipe to its last run."""
    path = PICTURES / "runs.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def beside_each_other(paths):
    """Joins pictures of one height, with white between them."""
    images = [filmstrip(path) for path in paths]
    height = min(image.height for image in images)
    images = [im.resize((im.width * height // im.height, height)) for im in images]
    gap = Image.new("RGB", (12, height), "white")
    parts = [images[0], *(part for image in images[1:] for part in (gap, image))]
    return Image.fromarray(np.concatenate([np.asarray(part) for part in parts], axis=1))


def filmstrip(path):
    """Opens a picture; of an animation, frames of it in two rows."""
    image = Image.open(path)
    count = getattr(image, "n_frames", 1)
    if count == 1:
        return image.convert("RGB")
    frames = []
    for index in np.linspace(0, count - 1, 2 * FRAMES).astype(int):
        image.seek(index)
        frames.append(np.asarray(image.convert("RGB")))
    rows = [np.concatenate(frames[i : i + FRAMES], axis=1) for i in (0, FRAMES)]
    return Image.fromarray(np.concatenate(rows))


def write_small(path, image):
    """Writes a PNG of at most `MAX_BYTES`, by fewer colours, then fewer pixels."""
    width = min(1200, image.width)
    while True:
        small = image.resize((width, image.height * width // image.width))
        for colours in (128, 64, 32):
            small.quantize(colours).save(path, optimize=True)
            if path.stat().st_size <= MAX_BYTES:
                return
        width = int(0.85 * width)


def page():
    """Returns the text of docs/gallery.md."""
    runs = read_runs()
    lines = [
        "# Gallery",
        "",
        "All recipes: what they do, the command, and the picture they write.",
        "`python docs/gallery.py RECIPE` runs a recipe as the page says, and updates",
        "its picture and its time. Times are those of two cores without a GPU, shared",
        "with other work: expect less. Where flags shorten a run, the recipe's own",
        "defaults take longer and give better results; [Benchmarks](benchmarks.md) has",
        "those figures.",
    ]
    for group, names in RECIPES.items():
        lines += ["", f"## {group}"]
        for name, (files, recipe_flags) in names.items():
            source = (ROOT / "recipes" / f"{name}.py").read_text("utf-8")
            summary = ast.get_docstring(ast.parse(source)).splitlines()[0]
            kept = runs.get(name)
            shown = recipe_flags if kept is None else kept["flags"]
            command = f"python -m recipes.{name} {shown}".strip()
            lines += ["", f"### {name}", "", summary, ""]
            if kept is None:
                why = "in a terminal, no picture" if files is None else "no picture yet"
                lines += [f"`{command}` ({why})"]
                continue
            minutes = max(1, round(kept["minutes"]))
            unit = "minute" if minutes == 1 else "minutes"
            lines += [
                f"`{command}` ({minutes} {unit})",
                "",
                f"![{summary}](pictures/{name}.png)",
            ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main(sys.argv[1:])
