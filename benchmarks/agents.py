"""Environment steps per second, learning included, compared with other libraries.

    python -m benchmarks.agents       # needs torch==2.13.0 stable-baselines3==2.9.2

The same task (CartPole-v1), networks (two hidden layers of 64), batch sizes and number
of updates per step, trained by

- `gymnasium`: our agent on Gymnasium's environments, `--environments` of them for DQN
  and eight for PPO;
- `tensor`: our agent on the tensor version of the environment, `--tensor_environments`;
- `sb3`: Stable-Baselines3, with one environment for DQN and eight for PPO;
- `stock`: TF-Agents alone as its tutorials use it (`TFPyEnvironment`,
  `DynamicStepDriver`, `TFUniformReplayBuffer`, `tf.function(agent.train)`, Keras 2),
  with one environment for DQN and eight for PPO;
- `stock_minibatches`, for PPO: the same with minibatches, as many updates as ours.

Algorithms: `dqn` (one-step targets, a target network copied every 100 updates, one
update per step; ours takes eight steps in every environment, then all pending updates),
`dqn_4` (one per four steps), `ppo` (8 x 128 steps, 4 epochs, minibatches of 256: 16
updates). TF-Agents' PPO has no minibatches: `stock` makes its 4 epochs on whole
rollouts, 4 updates; `stock_minibatches` computes advantages and returns of the rollout
as the agent does, and trains it on shuffled minibatches from outside.

Every implementation warms up first, which includes compilation; then rounds alternate
between them, since the machine may be shared: compare the ratios, which pair figures of
one round.
"""

import json
import pathlib
import platform
import statistics
import time
import warnings

import recipes  # noqa: F401  (quiet start-up)

# isort: split
import keras
import tensorflow as tf
from absl import app, flags
from keras import layers

from keras_rlgen import agents, environments
from keras_rlgen.agents import environments as agent_environments

FLAGS = flags.FLAGS
flags.DEFINE_list("algorithms", "dqn,dqn_4,ppo", "Algorithms to measure.")
flags.DEFINE_integer("rounds", 5, "Rounds, each implementation once per round.")
flags.DEFINE_float("seconds", 4.0, "Approximate time of an implementation per round.")
flags.DEFINE_integer("environments", 32, "Gymnasium environments of our DQN.")
flags.DEFINE_integer("tensor_environments", 64, "Tensor environments of our agents.")
flags.DEFINE_string("output", "outputs/agents_speed.json", "File to write.")

TASK = "CartPole-v1"
HIDDEN = (64, 64)
UPDATES_PER_STEP = {"dqn": 1.0, "dqn_4": 0.25}
PPO_ENVIRONMENTS = 8
PPO_STEPS = 128
PPO_EPOCHS = 4
PPO_MINIBATCH = 256


def mlp(outputs, activation):
    hidden = [layers.Dense(units, activation) for units in HIDDEN]
    return keras.Sequential([keras.Input((4,)), *hidden, layers.Dense(outputs)])


def ours(algorithm, environment, num_environments):
    """Returns a function that trains for about a given number of steps."""
    if algorithm == "ppo":
        agent = agents.PPO(
            mlp(2, "tanh"),
            mlp(1, "tanh"),
            environment=environment,
            num_environments=num_environments,
            steps_per_update=PPO_STEPS * PPO_ENVIRONMENTS // num_environments,
            epochs=PPO_EPOCHS,
            minibatch_size=PPO_MINIBATCH,
        )
    else:
        agent = agents.DQN(
            mlp(2, "relu"),
            environment=environment,
            num_environments=num_environments,
            double=False,
            n_step=1,
            loss="huber",
            target_update_period=100,
            batch_size=64,
            updates_per_step=UPDATES_PER_STEP[algorithm],
            collect_steps=8,
        )
    agent.compile(keras.optimizers.Adam(1e-3))

    def run(num_steps):
        before = int(agent.environment_steps)
        steps = max(1, num_steps // num_environments)
        agent.fit(steps_per_epoch=steps, verbose=0)
        return int(agent.environment_steps) - before

    return run


def stable_baselines3(algorithm):
    import stable_baselines3
    import torch
    from stable_baselines3.common.env_util import make_vec_env

    torch.set_num_threads(1)
    network = {"net_arch": list(HIDDEN)}
    if algorithm == "ppo":
        model = stable_baselines3.PPO(
            "MlpPolicy",
            make_vec_env(TASK, PPO_ENVIRONMENTS),
            n_steps=PPO_STEPS,
            batch_size=PPO_MINIBATCH,
            n_epochs=PPO_EPOCHS,
            policy_kwargs=network,
            device="cpu",
        )
    else:
        model = stable_baselines3.DQN(
            "MlpPolicy",
            TASK,
            learning_rate=1e-3,
            batch_size=64,
            buffer_size=100_000,
            learning_starts=100,
            train_freq=round(1 / UPDATES_PER_STEP[algorithm]),
            gradient_steps=1,
            target_update_interval=100,
            policy_kwargs=network,
            device="cpu",
        )

    def run(num_steps):
        before = model.num_timesteps
        model.learn(num_steps, reset_num_timesteps=False)
        return model.num_timesteps - before

    return run


def stock_dqn(algorithm):
    import tf_keras

    tf_agents = agents.tf_agents
    environment = tf_agents.environments.tf_py_environment.TFPyEnvironment(
        agent_environments.GymnasiumPyEnvironment(TASK)
    )
    counter = tf.Variable(0, dtype=tf.int64)
    agent = tf_agents.agents.dqn.dqn_agent.DqnAgent(
        environment.time_step_spec(),
        environment.action_spec(),
        q_network=tf_agents.networks.q_network.QNetwork(
            environment.observation_spec(),
            environment.action_spec(),
            fc_layer_params=HIDDEN,
        ),
        optimizer=tf_keras.optimizers.Adam(1e-3),
        td_errors_loss_fn=tf_agents.utils.common.element_wise_huber_loss,
        target_update_period=100,
        train_step_counter=counter,
    )
    agent.initialize()
    buffers = tf_agents.replay_buffers.tf_uniform_replay_buffer
    buffer = buffers.TFUniformReplayBuffer(agent.collect_data_spec, 1, 100_000)
    steps_a_call = round(1 / UPDATES_PER_STEP[algorithm])
    driver = tf_agents.drivers.dynamic_step_driver.DynamicStepDriver(
        environment, agent.collect_policy, [buffer.add_batch], num_steps=steps_a_call
    )
    collect, train = tf.function(driver.run), tf.function(agent.train)
    for _ in range(100):
        collect()
    batches = iter(buffer.as_dataset(sample_batch_size=64, num_steps=2).prefetch(3))

    def run(num_steps):
        calls = num_steps // steps_a_call
        for _ in range(calls):
            collect()
            experience, _ = next(batches)
            train(experience)
        return calls * steps_a_call

    return run


def stock_ppo(minibatches=False):
    """Returns the function that trains TF-Agents' PPO.

    Args:
        minibatches: Whether an update takes 256 of the steps, of which it is given the
            advantages; otherwise all.
    """
    import tf_keras
    from tensorflow_probability import distributions as tfd

    tf_agents = agents.tf_agents
    environment = tf_agents.environments.tf_py_environment.TFPyEnvironment(
        agent_environments.GymnasiumPyEnvironment(TASK, PPO_ENVIRONMENTS)
    )
    hidden = [tf_keras.layers.Dense(units, "tanh") for units in HIDDEN]
    # `ActorDistributionNetwork` does not work with NumPy 2.
    actor = tf_agents.networks.sequential.Sequential(
        [
            *hidden,
            tf_keras.layers.Dense(2),
            tf_keras.layers.Lambda(lambda logits: tfd.Categorical(logits=logits)),
        ],
        input_spec=environment.observation_spec(),
    )
    counter = tf.Variable(0, dtype=tf.int64)
    observation_spec = environment.observation_spec()
    agent = tf_agents.agents.ppo.ppo_clip_agent.PPOClipAgent(
        environment.time_step_spec(),
        environment.action_spec(),
        optimizer=tf_keras.optimizers.Adam(1e-3),
        actor_net=actor,
        value_net=tf_agents.networks.value_network.ValueNetwork(
            observation_spec, fc_layer_params=HIDDEN
        ),
        num_epochs=1 if minibatches else PPO_EPOCHS,
        compute_value_and_advantage_in_train=not minibatches,
        update_normalizers_in_train=not minibatches,
        train_step_counter=counter,
    )
    agent.initialize()
    buffers = tf_agents.replay_buffers.tf_uniform_replay_buffer
    buffer = buffers.TFUniformReplayBuffer(
        agent.collect_data_spec, PPO_ENVIRONMENTS, PPO_STEPS
    )
    steps_a_call = PPO_ENVIRONMENTS * PPO_STEPS
    driver = tf_agents.drivers.dynamic_step_driver.DynamicStepDriver(
        environment, agent.collect_policy, [buffer.add_batch], num_steps=steps_a_call
    )
    collect, train = tf.function(driver.run), tf.function(agent.train)

    @tf.function
    def prepare(experience):
        # The last step has no successor.
        experience = agent.preprocess_sequence(experience)
        agent.update_observation_normalizer(experience.observation)
        return tf.nest.map_structure(
            lambda x: tf.reshape(x, (-1, 1, *x.shape[2:])), experience
        )

    @tf.function
    def choose(steps, indices):
        return tf.nest.map_structure(lambda x: tf.gather(x, indices), steps)

    def train_on_minibatches(experience):
        steps = prepare(experience)
        for _ in range(PPO_EPOCHS):
            order = tf.random.shuffle(tf.range(len(steps.reward)))
            for start in range(0, len(order), PPO_MINIBATCH):
                train(choose(steps, order[start : start + PPO_MINIBATCH]))

    learn = train_on_minibatches if minibatches else train

    def run(num_steps):
        calls = max(1, num_steps // steps_a_call)
        for _ in range(calls):
            buffer.clear()
            collect()
            learn(buffer.gather_all())
        return calls * steps_a_call

    return run


def contestants(algorithm):
    if algorithm == "ppo":
        stock = {"stock": stock_ppo(), "stock_minibatches": stock_ppo(minibatches=True)}
    else:
        stock = {"stock": stock_dqn(algorithm)}
    return {
        "gymnasium": ours(
            algorithm,
            TASK,
            PPO_ENVIRONMENTS if algorithm == "ppo" else FLAGS.environments,
        ),
        "tensor": ours(algorithm, environments.CartPole(), FLAGS.tensor_environments),
        "sb3": stable_baselines3(algorithm),
        **stock,
    }


def measure(algorithm):
    """Returns the figures of one algorithm."""
    runs, steps, first = contestants(algorithm), {}, {}
    for name, run in runs.items():
        start = time.perf_counter()
        run(2048)
        first[name] = time.perf_counter() - start
        start = time.perf_counter()
        rate = run(2048) / (time.perf_counter() - start)
        steps[name] = max(2048, int(rate * FLAGS.seconds))
    rates = {name: [] for name in runs}
    for number in range(FLAGS.rounds):
        for name in list(runs)[:: 1 if number % 2 == 0 else -1]:
            start = time.perf_counter()
            done = runs[name](steps[name])
            rates[name].append(done / (time.perf_counter() - start))
    print(f"\n{algorithm}, environment steps per second: median (min - max);")
    print("seconds of the first 2,048 steps, compilation included")
    for name, values in rates.items():
        print(f"  {name:18s} {summary(values, '7.0f')}   {first[name]:5.1f} s")
    ratios = {}
    for name in ("gymnasium", "tensor"):
        for other in [other for other in rates if other not in ("gymnasium", "tensor")]:
            pairs = zip(rates[name], rates[other], strict=True)
            ratios[f"{name} / {other}"] = [a / b for a, b in pairs]
    for name, values in ratios.items():
        print(f"  {name:18s} {summary(values, '.1f')}")
    return {
        "steps_per_second": rates,
        "ratios": ratios,
        "first_2048_steps_seconds": first,
    }


def summary(values, form):
    median = statistics.median(values)
    return f"{median:{form}} ({min(values):{form}} - {max(values):{form}})"


def main(argv):
    del argv
    warnings.filterwarnings("ignore")
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    figures = {algorithm: measure(algorithm) for algorithm in FLAGS.algorithms}
    figures["machine"] = platform.processor() or platform.machine()
    path = pathlib.Path(FLAGS.output)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=1) + "\n")
    print(f"\nEvery round's figures are in {path}")


if __name__ == "__main__":
    app.run(main)
