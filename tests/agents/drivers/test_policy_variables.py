import keras

from keras_rlgen import agents
from keras_rlgen.agents.drivers.policy_variables import policy_variables
from keras_rlgen.environments import CartPole
from tests.agents.toys import mlp


def test_what_the_policies_of_a_dqn_read():
    epsilon = keras.optimizers.schedules.PolynomialDecay(1.0, 100, 0.1)
    agent = agents.DQN(mlp(2, inputs=4), CartPole(), epsilon=epsilon)
    weights = [w.value for w in agent.q_network.weights]
    greedy = policy_variables(agent.policy, takes_seed=False)
    assert [v.ref() for v in greedy] == [w.ref() for w in weights]
    explores = policy_variables(agent.collect_policy, takes_seed=True)
    assert [v.ref() for v in explores] == [
        *(w.ref() for w in weights),
        agent.environment_steps.ref(),
    ]
