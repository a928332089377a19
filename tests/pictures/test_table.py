from keras_rlgen.pictures import format_table


def test_table_by_hand():
    results = {
        "reward": {"reward": 0.5, "distance": 12.25, "reward_mine": 3.0},
        "constant": {"reward": 1.0, "distance": 100.0, "reward_constant": 1.0},
    }
    assert format_table(results) == "\n".join(
        [
            "             reward   distance",
            "reward       0.5000    12.2500",
            "constant     1.0000   100.0000",
        ]
    )
