"""Put a check's outcome into words.

Who calls it: the checks. The words for each mistake come from `resnets.words`, which the student's
page reads too; only the details of the present case are written here.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable

import keras

from resnets.checks.attempt import Attempt, State, called_with
from resnets.checks.compare import KnownMistake
from resnets.checks.errors import own_line, short_text
from resnets.checks.explanations import explanation
from resnets.checks.graph import given_name
from resnets.checks.locate import Difference
from resnets.checks.result import CheckResult
from resnets.checks.signature import about_the_edition, changed_defaults
from resnets.exercises import EXERCISES, Kind
from resnets.initializers import glorot_uniform
from resnets.words import words


def passed(exercise: str, remarks: list[str], mistake: str | None = None) -> CheckResult:
    """Return the result for a right function.

    Args:
        mistake: the id of a mistake that the result names although it costs no points.
    """
    title = EXERCISES[exercise].passed
    return CheckResult(exercise, True, mistake, title, remarks=remarks, status="passed")


def finding(
    exercise: str, mistake: str, details: Iterable[tuple[str, str]] = (), hint: str = ""
) -> CheckResult:
    """Return the result for a mistake, in the same words as on the student's page.

    Args:
        details: (heading, text) pairs about this case.
        hint: replaces the usual hint in this case.
    """
    usual = words(exercise, mistake)
    lines = [*details, ("Why it matters", usual.why), ("Try", hint or usual.hint)]
    filled = [(heading, text) for heading, text in lines if text]
    return CheckResult(exercise, False, mistake, usual.title, filled)


def unexplained(exercise: str, details: list[tuple[str, str]]) -> CheckResult:
    """Return the result for a wrong function that no known mistake explains."""
    return CheckResult(exercise, False, None, words(exercise, "unknown").title, details)


def known_mistake(exercise: str, mistakes: list[KnownMistake]) -> CheckResult:
    """Return the result for a mistake of the catalogue.

    Args:
        mistakes: all that fit, the simplest first; this one is named, the others are mentioned.
    """
    first, *others = mistakes
    details = [("Why it matters", first.why), ("Try", first.hint)]
    if others:
        titles = " / ".join(other.title for other in others)
        details.append(("It could also be", titles))
    return CheckResult(exercise, False, first.id, first.title, details)


def broken(
    exercise: str,
    function: Callable,
    attempt: Attempt,
    arguments: dict,
    difference: Difference | None,
) -> CheckResult:
    """Return the result for a call that raised an exception or returned the wrong kind of value."""
    call = ("It was called with", call_text(exercise, arguments))
    if attempt.state == State.SIGNATURE:
        lines = [
            ("Expected", f"`{EXERCISES[exercise].signature}`"),
            ("Yours", f"`{signature_text(function)}`"),
        ]
        return finding(exercise, "signature", lines, about_the_edition(function))
    if attempt.state == State.FOREIGN:
        return finding(exercise, "not_from_input", [call])
    if attempt.state == State.OTHER:
        return _not_a_result(exercise, attempt, call)
    error = attempt.error
    details = []
    line = own_line(error, function)
    if line is not None:
        number, text = line
        details.append(("Your line", f"line {number}: `{text}`" if text else f"line {number}"))
    details.append(("Python says", f"`{type(error).__name__}`: {short_text(error)}"))
    meaning = explanation(error)
    if meaning:
        details.append(("What that means", meaning))
    details.append(call)
    kind = type(error).__name__
    title = f"Your code raised {kind} before it finished."
    if attempt.state == State.CANNOT_RUN:
        title = f"It can be built, but not run: with real numbers it raised {kind}."
        details.append(("Try", _AXES if re.search("shape|broadcast", str(error)) else _ONE_PLACE))
    result = CheckResult(exercise, False, None, title, details)
    return _with_difference(result, difference, raised=True)


_AXES = (
    "Two tensors do not fit together. Print their shapes inside the function: often an axis of "
    "size 1 is missing, which `keepdims=True` or a `Reshape` layer adds, or a layer object is "
    "called at two places."
)
_ONE_PLACE = (
    "Look for a layer object that is called at two places (it keeps the sizes of the first call), "
    "and for layers with code of your own."
)


def _not_a_result(exercise: str, attempt: Attempt, call: tuple[str, str]) -> CheckResult:
    kind = type(attempt.returned).__name__
    hints = {
        "Functional": "Return the output tensor itself, not a Model around it.",
        "KerasTensor": "Make a Model from the input and the last tensor, and return that.",
        "tuple": "Return one thing only: the output of the last layer.",
        "list": "Return one thing only: the output of the last layer.",
    }
    details = [("It returns", f"{_article(kind)} `{kind}`"), call]
    return finding(exercise, "wrong_return", details, hints.get(kind, ""))


def _article(word: str) -> str:
    return "an" if word[:1].lower() in "aeiou" else "a"


def unknown_mistake(
    exercise: str, arguments: dict, difference: Difference | None, attempt: Attempt
) -> CheckResult:
    """Return the result for an unknown mistake: where the build first differs, and how."""
    result = unexplained(exercise, [("It was called with", call_text(exercise, arguments))])
    if attempt.state == State.NOTHING:
        result.details.insert(0, ("It returns", "nothing: the `return` is missing, too"))
    return _with_difference(result, difference, raised=False)


def _with_difference(
    result: CheckResult, difference: Difference | None, raised: bool
) -> CheckResult:
    if difference is None:
        if raised:
            return result
        result.details.append(
            ("Where", "In inference mode, every step of the exercise is there with the right "
             "values. Look at what happens after the last step, and at anything that only acts "
             "during training.")
        )  # fmt: skip
        return result
    if raised and not difference.found:  # the line that raised is the only thing wrong
        where = f"Your build agrees up to this step: {difference.after}."
        if not difference.after:
            where = f"Your build does not have this step yet: {difference.label}."
        result.details += [("Where", where)] if difference.begun else []
        return result
    where = f"The very first step differs. The exercise asks for: {difference.label}."
    if difference.after:
        where = f"Your build agrees up to this step: {difference.after}. Then the exercise asks "
        where += f"for: {difference.label}."
    result.details.append(("Where", where))
    columns = [("expected", difference.label, difference.shape, difference.numbers)]
    columns += [("yours", *other_layer) for other_layer in difference.found]
    rows = [["", "layer", "shape", "first values"]]
    rows += [
        [who, name, _shape(shape), _list(numbers[-3:])] for who, name, shape, numbers in columns
    ]
    if any(row[2:] == rows[1][2:] for row in rows[2:]):  # the shown numbers are equal: add one more
        rows[0].append("root mean square")
        for row, (*_, numbers) in zip(rows[1:], columns, strict=True):
            row.append(_list(numbers[:1]))
    if not difference.found:
        rows.append(["yours", "no layer follows", "", ""])
    result.table = rows
    return result


def _shape(shape: list[int]) -> str:
    return "(" + ", ".join(map(str, shape)) + ")"


def _list(numbers: list[float]) -> str:
    return ", ".join(f"{number:.4f}" for number in numbers)


def call_text(exercise: str, arguments: dict) -> str:
    """Return the call as a learner would write it, with the shape of its input."""
    kind = EXERCISES[exercise].kind
    if kind is Kind.NUMBERS:
        return f"`{EXERCISES[exercise].signature}` with {arguments['title']}"
    arguments_text = ", ".join(f"{key}={value!r}" for key, value in called_with(arguments).items())
    if kind is Kind.NETWORK:
        return f"`{exercise}({arguments_text})`"
    tensor = EXERCISES[exercise].signature.partition("(")[2].partition(",")[0]  # X or x
    shape = ", ".join(map(str, arguments["input"]))
    return f"`{exercise}({tensor}, {arguments_text})` with {tensor} of shape `(None, {shape})`"


def signature_text(function: Callable) -> str:
    """Return the first line of the learner's function, or what the object is instead."""
    if not callable(function):
        return f"{type(function).__name__}, not a function"
    try:
        return f"{getattr(function, '__name__', 'function')}{inspect.signature(function)}"
    except (TypeError, ValueError):
        return repr(function)


def cannot_look_into(exercise: str, kinds: list[str], so_far: str) -> CheckResult:
    """Return the result for a function with layers whose code the check cannot look into.

    Args:
        kinds: the class names of these layers.
        so_far: what the outputs show, in a sentence; may be empty.
    """
    details = [("Where", ", ".join(f"`{kind}`" for kind in kinds))]
    if so_far:
        details.append(("As far as its numbers show", so_far))
    return finding(exercise, "closed", details)


def default_remarks(exercise: str, function: Callable) -> tuple[list[str], str | None]:
    """Return remarks on the changed defaults of a right function, and the id of that mistake."""
    changed = changed_defaults(exercise, function)
    if not changed:
        return [], None
    text = words(exercise, "changed_default")
    expected = [f"`{name}={EXERCISES[exercise].defaults[name]!r}`" for name in changed]
    remark = f"{text.title} Expected: {', '.join(expected)}. {text.why} {text.hint}"
    return [remark], "changed_default"


def initializer_remarks(layers: Iterable[keras.Layer]) -> list[str]:
    """Return a remark if a convolution's kernel is not drawn by the course's initialiser."""
    drawn = [getattr(layer, "kernel_initializer", None) for layer in layers]
    ours = [isinstance(one, glorot_uniform) and one.seed == 0 for one in drawn if one is not None]
    if all(ours):
        return []
    return [
        "A kernel does not start from `glorot_uniform(seed=0)`. The function is right; only the "
        "numbers that the lesson prints with the first weights will differ from yours."
    ]


_NAMES_COUNT = "In a graded course they count a little."


def name_remarks(layers: dict[keras.Layer, str], expected: list[dict]) -> list[str]:
    """Return remarks about layer names that differ from the course's; at most one.

    Args:
        layers: the role of each of the learner's layers.
        expected: the reference's steps; those with weights have "role" and "name".
    """
    by_role = {entry["role"]: entry["name"] for entry in expected if "role" in entry}
    pairs = [(given_name(layer), by_role[role]) for layer, role in layers.items()
             if role in by_role]  # fmt: skip
    wrong = [(name, right) for name, right in pairs if name != right]
    if not wrong:
        return []
    if all(is_automatic(name) for name, _ in wrong):
        return [
            f"{'The' if len(wrong) == len(pairs) else 'Some'} layers have no names of their own. "
            f"The function is right; names such as `{wrong[0][1]}` make the summary readable "
            f"and let you load weights by name. {_NAMES_COUNT}"
        ]
    name, right = next((n, r) for n, r in wrong if not is_automatic(n))
    return [
        f"A layer is called `{name}`; this course calls it `{right}`. The function is right; the "
        f"course's names make the summary readable and let you load weights by name. {_NAMES_COUNT}"
    ]


def is_automatic(name: str) -> bool:
    """Return whether Keras chose the name itself, such as conv2d_12."""
    return name.rstrip("0123456789").rstrip("_") in ("conv2d", "batch_normalization", "dense")
