"""Gives wrong values to every kind of argument, and counts what comes of it.

    python -m benchmarks.bad_inputs

Each call in `CALLS` is valid; then one argument at a time takes values of a wrong kind:
strings for numbers, fractions for counts, NaN, numbers beyond the range, numbers for
networks. Calls in `OTHERS` and `WHOLES` are wrong as a whole. An outcome is

- `clear`: an error that this package raises itself, and no accident of Python such as
  an `AttributeError`;
- `obscure`: an error from further down;
- `silent`: none;
- `endless`: nothing after a minute.
"""

import collections
import json
import os
import signal
import traceback

import recipes  # noqa: F401  (quiet start-up)

# isort: split
from absl import app, flags

import keras_rlgen as rlgen
from benchmarks.bad_input_calls import CALLS, OTHERS
from benchmarks.bad_input_wholes import WHOLES
from keras_rlgen.whole_files import write_text

FLAGS = flags.FLAGS
flags.DEFINE_string("only", "", "Word that a call has to contain, for a part.")
flags.DEFINE_string("output", "outputs/bad_inputs.json", "File to write.")

ACCIDENTS = (AttributeError, KeyError, IndexError, AssertionError, NameError)
PACKAGE = os.path.dirname(rlgen.__file__)


class Endless(BaseException):
    pass


def ring(*_):
    raise Endless


def outcome(call):
    """Returns what comes of a call, and what was said."""
    signal.alarm(60)
    try:
        said = repr(call())[:80]
    except Endless:
        return "endless", ""
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        last = traceback.extract_tb(error.__traceback__)[-1].filename
        accident = isinstance(error, ACCIDENTS) or "not supported between" in str(error)
        kind = "clear" if last.startswith(PACKAGE) and not accident else "obscure"
        return kind, f"{type(error).__name__}: {str(error)[:120]}"
    finally:
        signal.alarm(0)
    return "silent", said


def calls():
    """Yields names and wrong calls."""
    for name, (call, arguments) in CALLS.items():
        for argument, values in arguments.items():
            for value in values:
                shown = repr(value)[:40].replace("\n", " ")
                yield (
                    f"{name}({argument}={shown})",
                    lambda call=call, name=argument, value=value: call(**{name: value}),
                )
    yield from {**OTHERS, **WHOLES}.items()


def main(argv):
    del argv
    signal.signal(signal.SIGALRM, ring)
    counts, others = collections.Counter(), []
    for name, call in calls():
        if FLAGS.only not in name:
            continue
        kind, said = outcome(call)
        counts[kind] += 1
        if kind != "clear":
            others.append((kind, name, said))
            print(f"{kind}\t{name}\t{said}", flush=True)
    total = sum(counts.values())
    print(f"{counts['clear']} of {total} clear: {dict(counts)}")
    results = {"total": total, **counts, "not clear": others}
    write_text(FLAGS.output, json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    app.run(main)
