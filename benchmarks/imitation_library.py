"""GAIL of the library `imitation`, for the benchmark `imitation`.

    python -P benchmarks/imitation_library.py experts.npz --seed=0 --rollout=2048

It runs where that library is installed (imitation==1.0.1, seals==0.2.1) and imports
nothing of ours. The settings are those of its tutorial: PPO with 8 environments, a
learning rate of 4e-4, batches of 64, gamma 0.95 and 5 epochs; batches of 1,024
demonstrated steps, or all if there are fewer; 8 updates of the discriminator a round.
A round is --rollout steps of each environment: 2,048 in the tutorial. The file of
experts is one that `Experience.save` has written.

Every 16,384 steps the mean return of 20 episodes is measured, untimed. Prints a JSON
object: `steps`, `returns` and `seconds`, the CPU time of training until then.
"""

import argparse
import json
import time

import numpy as np
import torch
from imitation.algorithms.adversarial.gail import GAIL
from imitation.data.types import TrajectoryWithRew
from imitation.data.wrappers import RolloutInfoWrapper
from imitation.rewards.reward_nets import BasicRewardNet
from imitation.util.networks import RunningNorm
from imitation.util.util import make_vec_env
from stable_baselines3 import PPO
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.ppo import MlpPolicy

NUM_ENVIRONMENTS = 8
LARGEST_BATCH = 1024
STEPS_PER_EVALUATION = 16_384


def trajectories(path):
    """Returns the episodes of a file."""
    arrays = np.load(path)
    columns = {name.rpartition("_")[0]: arrays[name] for name in arrays.files}
    found, step = [], 0
    for episode, length in enumerate(columns["lengths"]):
        first = step + episode
        found.append(
            TrajectoryWithRew(
                obs=columns["observations"][first : first + length + 1],
                acts=columns["actions"][step : step + length],
                rews=columns["rewards"][step : step + length].astype(float),
                infos=None,
                terminal=bool(columns["terminated"][episode]),
            )
        )
        step += length
    return found


def environment(seed):
    return make_vec_env(
        "seals:seals/CartPole-v0",
        rng=np.random.default_rng(seed),
        n_envs=NUM_ENVIRONMENTS,
        post_wrappers=[lambda env, _: RolloutInfoWrapper(env)],
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("experts")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=200_000)
    parser.add_argument("--rollout", type=int, default=2048)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(1)
    demonstrations = trajectories(arguments.experts)
    count = sum(len(episode.acts) for episode in demonstrations)
    training, evaluation = environment(arguments.seed), environment(1000)
    learner = PPO(
        MlpPolicy,
        training,
        n_steps=arguments.rollout,
        batch_size=64,
        ent_coef=0.0,
        learning_rate=4e-4,
        gamma=0.95,
        n_epochs=5,
        seed=arguments.seed,
        device="cpu",
    )
    trainer = GAIL(
        demonstrations=demonstrations,
        demo_batch_size=min(LARGEST_BATCH, count),
        gen_replay_buffer_capacity=512,
        n_disc_updates_per_round=8,
        venv=training,
        gen_algo=learner,
        reward_net=BasicRewardNet(
            observation_space=training.observation_space,
            action_space=training.action_space,
            normalize_input_layer=RunningNorm,
        ),
        log_dir=None,
        allow_variable_horizon=False,
    )
    result = {"steps": [], "returns": [], "seconds": []}
    per_round = learner.n_steps * NUM_ENVIRONMENTS
    seconds, started = 0.0, time.process_time()

    def measure(round_index):
        nonlocal seconds, started
        steps = (round_index + 1) * per_round
        if steps % STEPS_PER_EVALUATION:
            return
        seconds += time.process_time() - started
        value, _ = evaluate_policy(learner, evaluation, 20, deterministic=True)
        result["steps"].append(steps)
        result["returns"].append(float(value))
        result["seconds"].append(seconds)
        started = time.process_time()

    trainer.train(arguments.steps, callback=measure)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
