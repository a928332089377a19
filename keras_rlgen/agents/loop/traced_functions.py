import tensorflow as tf


class TracedFunctions:
    """Caches the methods of an agent as `tf.function`s.

    Example:

    >>> functions = TracedFunctions()
    >>> functions.get(tf.square, jit_compile=False)(tf.constant(3.0)).numpy()
    np.float32(9.0)
    >>> functions.get(tf.square, False) is functions.get(tf.square, False)
    True
    """

    def __init__(self):
        self._functions = {}

    def get(self, function, jit_compile):
        """Returns the `tf.function` of a function.

        Args:
            function: Function, identified by its name.
            jit_compile: Whether XLA compiles it.
        """
        key = function.__name__, jit_compile
        if key not in self._functions:
            self._functions[key] = tf.function(
                function, autograph=False, jit_compile=jit_compile
            )
        return self._functions[key]

    def clear(self):
        """Drops all functions, so that they are traced again."""
        self._functions.clear()
