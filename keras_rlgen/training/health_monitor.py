"""Keeps non-finite values out of the weights of a model in training."""

import contextlib
import copy

import tensorflow as tf

from keras_rlgen.training import replicas
from keras_rlgen.training.conditional_update import run_if


class HealthMonitor:
    """Skips updates from the first non-finite value on, and raises it as an error.

    `check` and `guard` run inside a compiled training step, so they cannot raise:
    they record the first fault in a variable and skip every update after it, which
    leaves the weights unchanged. `raise_if_faulty` runs in Python between steps.

    A fault of one replica stops all: they agree before each update.
    """

    def __init__(self):
        self._fault = tf.Variable(-1, trainable=False, dtype=tf.int64)
        self._errors = []

    def check(self, error, passed):
        """Records `error` as the fault unless `passed`, or if there is one already.

        Args:
            error: The exception to raise.
            passed: Boolean scalar tensor.
        """
        self.check_all([error], [passed])

    def check_all(self, errors, passed):
        """Records the first error that is not passed, as `check` each of them in turn.

        Args:
            errors: List of exceptions, not empty.
            passed: List of as many boolean scalar tensors.
        """
        codes = [-1, *(self._code(error) for error in errors)]
        # The index of the first that is false, and zero if all are true.
        first = tf.argmin(tf.stack([True, *passed]))
        fault = self._fault.read_value()
        new = tf.gather(tf.constant(codes, tf.int64), first)
        self._fault.assign(tf.where(fault < 0, new, fault))

    def _code(self, error):
        """Returns the index of an error, which is added if it is a new one."""
        known = [(type(e), e.args) for e in self._errors]
        if (type(error), error.args) not in known:
            self._errors.append(error)
            known.append((type(error), error.args))
        return known.index((type(error), error.args))

    def guard(self, terms, update):
        """Runs `update` if all `terms` are finite and there is no fault.

        Args:
            terms: Dict from names for the error to tensors.
            update: Callable without arguments, which changes weights.
        """
        if terms:
            self.check_all(
                [_not_finite(name) for name in terms],
                [tf.reduce_all(tf.math.is_finite(value)) for value in terms.values()],
            )
        self.agree()
        run_if(self._fault < 0, update)

    def agree(self):
        """Gives all replicas the fault of any of them; ends each step."""
        if replicas.count() > 1:
            code = replicas.first_code(self._fault.read_value(), len(self._errors))
            self._fault.assign(code)

    @contextlib.contextmanager
    def keeping(self, variables):
        """Restores variables to their values before this context, if there is a fault.

        It costs little where there is none: in a graph, values are not copied, and
        nothing is written back. All replicas then hold their mean.

        Args:
            variables: List of Keras variables that change without `guard`.
        """
        values = [tf.identity(v.value) for v in variables]
        yield

        def give_back():
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)

        if variables:
            self.agree()
            run_if(self._fault >= 0, give_back)
            replicas.held_alike(variables)

    def fault(self):
        """Returns the number of the recorded fault, an int64 tensor; -1 if none."""
        return self._fault.read_value()

    def raise_if_faulty(self):
        """Raises the recorded fault, if any, and clears it."""
        self.raise_fault(int(self.fault()))

    def raise_fault(self, code):
        """Raises a fault, and clears it.

        Args:
            code: Integer, what `fault` returned; -1 raises nothing.
        """
        if code >= 0:
            self._fault.assign(-1)
            # A copy: raising adds a traceback to an exception.
            raise copy.copy(self._errors[code])


def _not_finite(name):
    return FloatingPointError(
        f"Training stopped: '{name}' is not finite (NaN or infinite). The weights are "
        "those before this update. Lower the learning rate, clip gradients, scale data "
        "to about [-1, 1], or find the inputs that cause it."
    )
