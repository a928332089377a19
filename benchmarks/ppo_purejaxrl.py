"""The training of `benchmarks.ppo_speed` by PureJaxRL, in an environment that has it.

Its arguments are the folder `purejaxrl` of a clone and options in JSON. It reads a
request a line, `{"environments": ..., "steps": ..., "rounds": ...}`, and answers with
the seconds of a run, and of the first, which compiles.
"""

import functools
import json
import sys
import time
import types

import jax

# Imported by the clone's wrappers of other environments, not used here.
for name in "brax", "brax.envs", "brax.envs.wrappers", "navix":
    sys.modules[name] = types.ModuleType(name)
sys.modules["brax"].envs = sys.modules["brax.envs"]
training = types.ModuleType("brax.envs.wrappers.training")
training.EpisodeWrapper = training.AutoResetWrapper = object
sys.modules[training.__name__] = training
jax.tree_map = jax.tree_util.tree_map  # gymnax 0.0.8 was made for an older JAX.
sys.path.insert(0, sys.argv[1])
OPTIONS = json.loads(sys.argv[2])


@functools.lru_cache
def compiled(environments, steps, rounds):
    import ppo

    config = {
        **OPTIONS,
        "NUM_ENVS": environments,
        "NUM_STEPS": steps,
        "TOTAL_TIMESTEPS": environments * steps * rounds,
        "ENV_NAME": "CartPole-v1",
        "ACTIVATION": "tanh",
        "ANNEAL_LR": False,
        "DEBUG": False,
    }
    start = time.perf_counter()
    train = jax.jit(ppo.make_train(config))
    jax.block_until_ready(train(jax.random.PRNGKey(0)))
    return train, time.perf_counter() - start


for line in sys.stdin:
    train, first = compiled(**json.loads(line))
    start = time.perf_counter()
    jax.block_until_ready(train(jax.random.PRNGKey(1)))
    answer = {"seconds": time.perf_counter() - start, "first": first}
    print(json.dumps(answer), flush=True)
