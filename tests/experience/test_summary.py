from tests.experience.test_experience import make_experience


def test_summary():
    lines = make_experience().summary().splitlines()
    assert lines[0] == "8 steps in 3 episodes"
    assert lines[1] == "terminated: 1, truncated: 2"
    assert lines[2] == "mean length: 2.6667 (from 1.0 to 4.0)"
    assert "float32 (2, 3)" in lines[4] and "int64 ()" in lines[5]
