"""The searches of `benchmarks.search` by `mctx`, in an environment that has it.

Reads a request a line from the standard input, and answers a line each: first
`{"weights": [...]}`, then `{"name": "gumbel" or "puct", "batch": ..., "simulations":
...}` with the seconds of a search.
"""

import functools
import json
import sys
import time

import jax
import jax.numpy as jnp
import mctx

NUM_ACTIONS, STATE_SIZE = 4, 8


def make_search(matrices, name, batch, simulations):
    states = jax.random.normal(jax.random.PRNGKey(1), (batch, STATE_SIZE))

    def network(state, action):
        x = jnp.concatenate([state, jax.nn.one_hot(action, NUM_ACTIONS)], axis=-1)
        for matrix in matrices[:-1]:
            x = jax.nn.relu(x @ matrix)
        x = x @ matrices[-1]
        following = jnp.tanh(state + x[:, :STATE_SIZE])
        return following, x[:, STATE_SIZE:-2], x[:, -2], x[:, -1]

    def recurrent(params, key, action, state):
        following, logits, reward, value = network(state, action)
        discount = jnp.full_like(reward, 0.97)
        output = mctx.RecurrentFnOutput(
            reward=reward, discount=discount, prior_logits=logits, value=value
        )
        return output, following

    def search(key):
        _, logits, _, value = network(states, jnp.zeros((batch,), int))
        root = mctx.RootFnOutput(prior_logits=logits, value=value, embedding=states)
        policy = {"gumbel": mctx.gumbel_muzero_policy, "puct": mctx.muzero_policy}
        return policy[name](None, key, root, recurrent, simulations).action

    return jax.jit(search)


def main():
    matrices, answer = [], {}

    @functools.lru_cache
    def compiled(name, batch, simulations):
        return make_search(matrices, name, batch, simulations)

    for line in sys.stdin:
        request = json.loads(line)
        if "weights" in request:
            matrices += [jnp.asarray(matrix) for matrix in request["weights"]]
        else:
            search, key = compiled(**request), jax.random.PRNGKey(0)
            search(key).block_until_ready()
            count, start = 0, time.perf_counter()
            while time.perf_counter() - start < 0.2:
                search(key).block_until_ready()
                count += 1
            answer = {"seconds": (time.perf_counter() - start) / count}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
