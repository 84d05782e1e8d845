"""Turn an exception in a learner's code into a message with the learner's own line.

Who calls it: the checks, when a call of the learner's function raised.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import re
import sysconfig
import textwrap
import traceback
from collections.abc import Callable
from pathlib import Path

_OURS = Path(__file__).resolve().parent
_LIBRARIES = tuple(
    {sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
)


def own_line(error: BaseException, function: Callable) -> tuple[int, str] | None:
    """Number and text of the learner's line in which `error` came up, innermost first."""
    if isinstance(error, SyntaxError) and error.text:
        return error.lineno or 0, error.text.strip()
    frames = traceback.extract_tb(error.__traceback__)
    code = getattr(inspect.unwrap(function), "__code__", None)
    own = [f for f in frames if code is not None and f.filename == code.co_filename]
    own = own or [f for f in frames if _is_learners(f.filename)]
    if not own:
        return None
    text = own[-1].line or linecache.getline(own[-1].filename, own[-1].lineno or 0)
    return own[-1].lineno or 0, text.strip()


def _is_learners(filename: str) -> bool:
    if filename.startswith(_LIBRARIES) or filename.startswith("<frozen"):
        return False
    return not (Path(filename).parent == _OURS and Path(filename).name.startswith("resnets_"))


def short_text(error: BaseException) -> str:
    """The exception's message without Keras's lists of arguments."""
    text = str(error).strip() or type(error).__name__
    text = re.split(r"\n\s*\n?Arguments received by|\n\nCall arguments received", text)[0]
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    text = " ".join(text.split())
    return textwrap.shorten(text, 300, placeholder=" ...")


# (pattern in "TypeName: text", what to say)
_EXPLANATIONS = [
    (
        r"AveragePooling2D.*missing 1 required positional argument: 'pool_size'",
        "In Keras 2 `AveragePooling2D()` meant a pool_size of 2; Keras 3 wants it said: "
        "`AveragePooling2D((2, 2))` or `AveragePooling2D(pool_size=2)`.",
    ),
    (
        r"MaxPooling2D.*missing 1 required positional argument: 'pool_size'",
        "In Keras 2 `MaxPooling2D()` meant a pool_size of 2; Keras 3 wants it said.",
    ),
    (
        r"KerasTensor cannot be used as input to a TensorFlow function",
        "X is symbolic here, and TensorFlow's own functions (`tf.nn...`) do not take it. Use a "
        "Keras layer or a function of `keras.ops` instead.",
    ),
    (
        r"All (operation|layer) names should be unique|used \d+ times in the model",
        "Two layers have the same name. In ResNet50 every block of a stage needs a letter of its "
        "own: 'a', 'b', 'c' ...",
    ),
    (
        r"^NameError",
        "Python does not know this name here. Is it spelled as where it was made, and was its "
        "cell (or its import) run?",
    ),
    (
        r"^SystemExit",
        "The function ends Python instead of returning. Take the exit call out.",
    ),
    (
        r"^RecursionError",
        "The function calls itself without end. Does it use its own name where another layer or "
        "block is meant?",
    ),
    (
        r"NoneType|None values|received.*None",
        "Something is None at this point: a line before it may still be unfinished (`X = None`), "
        "or a function that should return something does not.",
    ),
    (
        r"should be called on a list|called on a list of at least",
        "This layer takes one list: `Add()([X, X_shortcut])`.",
    ),
    (
        r"incompatible shapes|could not be broadcast|matching shapes|broadcastable",
        "Two tensors that do not have the same shape cannot be added.",
    ),
]


def explanation(error: BaseException) -> str | None:
    """What usually lies behind such an exception, or None."""
    text = f"{type(error).__name__}: {error}"
    for pattern, meaning in _EXPLANATIONS:
        if re.search(pattern, text, re.DOTALL):
            return meaning
    return None


def unfinished_lines(function: Callable) -> list[str]:
    """Lines of the function's source that are still the empty exercise."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError, ValueError):
        return []
    lines = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and _is_none(node.value):
            lines.append(ast.unparse(node))
        elif isinstance(node, ast.Call) and any(_is_none(a) for a in node.args):
            lines.append(ast.unparse(node))
        elif isinstance(node, ast.Raise) and "NotImplementedError" in ast.unparse(node):
            lines.append(ast.unparse(node))
    return lines


def _is_none(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and (node.value is None or node.value is ...)
