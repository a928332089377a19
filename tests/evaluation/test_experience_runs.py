import numpy as np

from keras_rlgen.evaluation.experience_runs import changed, made
from keras_rlgen.replay import Synthetic
from tests.evaluation.test_compare_experience import dynamics, make_dqn, make_ppo


def test_a_source_is_made_with_new_weights():
    specs = make_dqn(0).specs
    model = dynamics(specs, 0)
    again = made(model, specs, 1)
    assert again is not model and again.compiled and again.specs[0].shape == (4,)
    mixture = made(lambda specs, seed: Synthetic(model, ratio=seed / 10), specs, 5)
    assert mixture.ratio == 0.5


def test_an_agent_with_other_arguments():
    agent = make_ppo(3)
    assert changed(agent, {}) is agent
    again = changed(agent, {"num_environments": 3, "steps_per_update": 4})
    assert (again.num_environments, again.steps_per_update) == (3, 4)
    assert again.compiled and again.run_eagerly and again.seed == 3
    assert again.environment is agent.environment
    assert np.isclose(again.optimizer.learning_rate, agent.optimizer.learning_rate)
