from keras_rlgen.planning import PlanningProblem


def test_actions_are_continuous_unless_they_are_counted():
    discrete = PlanningProblem(step=max, prior_and_value=min, num_actions=3)
    assert discrete.num_actions == 3 and not discrete.has_value
    continuous = PlanningProblem(max, min, action_shape=(2,), low=-1.0, high=1.0)
    assert continuous.num_actions is None and continuous.action_shape == (2,)
