"""What holds in every test."""

import os
import pathlib

import pytest

if "PYTEST_XDIST_WORKER" in os.environ:
    # There is a worker for each core: threads of their own would wait for each other.
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")


@pytest.fixture(scope="session", autouse=True)
def no_tuning_of_data_sets():
    """Lets a data set end when it has been read.

    tf.data's tuner is not told of the end but waited for, so that a short `fit` takes
    up to twice its time. What a data set holds does not depend on the tuner.
    """
    # Imported here, as the parent of the workers of pytest-xdist does not need it.
    import tensorflow as tf

    options = tf.data.Options()
    options.autotune.enabled = False
    iterate = tf.data.Dataset.__iter__
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            tf.data.Dataset,
            "__iter__",
            lambda self: iterate(self.with_options(options)),
        )
        yield


@pytest.fixture(scope="session")
def ray_of_two():
    """Ray with two processors, shared by all tests that need it."""
    ray = pytest.importorskip("ray", reason="needs the extra `distributed`")
    ray.init(
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="error",
        object_store_memory=100 * 2**20,
    )
    with pytest.MonkeyPatch.context() as patch:
        # A thread prints of workers that died into the output of any later test.
        patch.setattr(
            ray._private.worker, "print_to_stdstream", lambda *args, **kw: None
        )
        yield ray
        ray.shutdown()


TESTS = pathlib.Path(__file__).parent
# What a user runs, from start to end; sweeps over all models; and what needs a process
# of its own, with TensorFlow alone or on several replicas: each takes seconds.
THOROUGH = (
    "agents/bridge/test_policy_export.py::test_it_acts_with_tensorflow_alone",
    "agents/bridge/test_tf_agents_import.py",
    "agents/drivers/test_ray_driver.py::test_dqn_learns_although",
    "agents/drivers/test_ray_driver.py::test_ppo_learns",
    "agents/drivers/test_ray_driver.py::test_sac_pipelined",
    "agents/networks/test_imports.py::test_without_tf_agents",
    "agents/networks/test_training.py::test_saved_policies_act",
    "callbacks/test_keras_callbacks.py",
    "callbacks/test_reward_controls.py::test_controls_of_every_model",
    "export/test_generator.py",
    "export/test_parity.py",
    "recipes/",
    "rl_models/test_every_combination.py",
    "rl_models/test_sequence_gan.py::test_it_goes_on_from_a_file",
    "test_docs.py::test_examples_run",
    "test_first_hour.py",
    "test_gpu_benchmark.py",
    "test_lazy_names.py::test_modules_are_imported",
    "test_notebooks.py",
    "test_quiet_start.py::test_no_message",
    "test_saved_files.py::test_keras_finds",
    "training/test_adversarial_trainer.py::test_a_file_is_loaded",
    "training/test_replicas.py::test_an_agent",
    "training/test_replicas.py::test_every_family",
    "training/test_replicas.py::test_machines",
    "training/test_replicas.py::test_two_machines",
    "tuning/test_run_pools.py::test_jobs_by_ray",
    "tuning/test_sweep.py::test_a_killed_sweep",
    "tuning/test_sweep.py::test_runs_",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Marks the thorough tests, and puts the longest first.

    At the end they would leave other workers idle.
    """
    for item in items:
        path = item.path.relative_to(TESTS).as_posix()
        if f"{path}::{item.name}".startswith(THOROUGH):
            item.add_marker("thorough")
    items.sort(key=lambda item: item.path.name != "test_notebooks.py")
