"""The words of a check's answer.

Who calls it: the checks, with what they found out.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable

import keras

from resnets.checks.attempt import Attempt, State, called_with
from resnets.checks.errors import own_line, short_text, unfinished_lines
from resnets.checks.explanations import explanation
from resnets.checks.graph import given_name
from resnets.checks.locate import Difference
from resnets.checks.result import CheckResult
from resnets.checks.signature import about_the_edition, changed_defaults
from resnets.exercises import EXERCISES, Kind
from resnets.words import words


def passed(exercise: str, remarks: list[str], mistake: str | None = None) -> CheckResult:
    """The function is right; a mistake that costs nothing may be named."""
    title = EXERCISES[exercise].passed
    return CheckResult(exercise, True, mistake, title, remarks=remarks, status="passed")


def finding(
    exercise: str, mistake: str, details: Iterable[tuple[str, str]] = (), hint: str = ""
) -> CheckResult:
    """A mistake by its id, with the words that the student's page has for it, too.

    Args:
        details: what this case adds, as (heading, text).
        hint: a better one than the usual, for this case.
    """
    said = words(exercise, mistake)
    lines = [*details, ("Why it matters", said.why), ("Try", hint or said.hint)]
    told = [(heading, text) for heading, text in lines if text]
    return CheckResult(exercise, False, mistake, said.title, told)


def unexplained(exercise: str, details: list[tuple[str, str]]) -> CheckResult:
    """Wrong, and no known mistake."""
    return CheckResult(exercise, False, None, words(exercise, "unknown").title, details)


def known_mistake(exercise: str, mistakes: list[dict]) -> CheckResult:
    """A mistake of the catalogue; where several fit, the first is the simplest."""
    first, *others = mistakes
    details = [("Why it matters", first["why"]), ("Try", first["hint"])]
    if others:
        titles = " / ".join(other["title"] for other in others)
        details.append(("It could also be", titles))
    return CheckResult(exercise, False, first["id"], first["title"], details)


def unfinished(exercise: str, function: Callable, attempt: Attempt) -> CheckResult | None:
    """A friendly line if the function is still the empty exercise, wholly or in part."""
    lines = unfinished_lines(function)
    if isinstance(attempt.error, NotImplementedError):
        if "NotImplementedError" in " ".join(lines) or not str(attempt.error):
            return _unfinished(exercise, ["raise NotImplementedError()"])
    if attempt.state not in (State.NOTHING, State.ERROR, State.FOREIGN):
        return None
    return _unfinished(exercise, lines) if lines or _is_empty(function) else None


def _unfinished(exercise: str, lines: list[str]) -> CheckResult:
    where = ", ".join(f"`{line}`" for line in lines[:3])
    result = finding(exercise, "unfinished", [("Still to do", where)])
    result.status = "unfinished"
    return result


def _is_empty(function: Callable) -> bool:
    """Whether the function does nothing but return None (`pass`, a docstring, `...`)."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code is not None and not code.co_names and code.co_consts[-1:] == (None,)


def broken(
    exercise: str,
    function: Callable,
    attempt: Attempt,
    arguments: dict,
    difference: Difference | None,
) -> CheckResult:
    """The call raised, or gave something that is no result."""
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
    title = f"Your code raised {kind} before it was done."
    if attempt.state == State.CANNOT_RUN:
        title = f"It can be built, but not run: with numbers it raised {kind}."
        details.append(("Try", _ONE_PLACE))
    result = CheckResult(exercise, False, None, title, details)
    return _with_difference(result, difference, raised=True)


_ONE_PLACE = (
    "Look for a layer object that is called at two places (it keeps the sizes of the first one), "
    "and at layers with code of your own."
)


def _not_a_result(exercise: str, attempt: Attempt, call: tuple[str, str]) -> CheckResult:
    kind = type(attempt.returned).__name__
    hints = {
        "Functional": "Return the tensor X itself, not a Model around it.",
        "KerasTensor": "Make a Model from the input and the last tensor, and return that.",
        "tuple": "Return one thing only: what the last layer gives.",
        "list": "Return one thing only: what the last layer gives.",
    }
    details = [("It returns", f"{_article(kind)} `{kind}`"), call]
    return finding(exercise, "wrong_return", details, hints.get(kind, ""))


def _article(word: str) -> str:
    return "an" if word[:1].lower() in "aeiou" else "a"


def unknown_mistake(
    exercise: str, arguments: dict, difference: Difference | None, attempt: Attempt
) -> CheckResult:
    """Neither right nor a known mistake: where it first differs, with shapes and numbers."""
    result = unexplained(exercise, [("It was called with", call_text(exercise, arguments))])
    if attempt.state == State.NOTHING:
        result.details.insert(0, ("It returns", "nothing: a `return` is missing, too"))
    return _with_difference(result, difference, raised=False)


def _with_difference(
    result: CheckResult, difference: Difference | None, raised: bool
) -> CheckResult:
    if difference is None:
        if raised:
            return result
        result.details.append(
            ("Where", "Every step of the exercise is there with the right values, in inference "
             "mode. Look at what happens after the last one, and at anything that acts in "
             "training only.")
        )  # fmt: skip
        return result
    if raised and not difference.found:  # nothing is wrong but the line that raised
        where = f"Your build agrees up to this step: {difference.after}."
        if not difference.after:
            where = f"Your build has no such step so far: {difference.label}."
        result.details += [("Where", where)] if difference.begun else []
        return result
    where = f"The first step differs already. The exercise asks for: {difference.label}."
    if difference.after:
        where = f"Your build agrees up to this step: {difference.after}. Then the exercise asks "
        where += f"for: {difference.label}."
    result.details.append(("Where", where))
    found = [("expected", difference.label, difference.shape, difference.numbers)]
    found += [("yours", *one) for one in difference.found]
    rows = [["", "layer", "shape", "first values"]]
    rows += [[who, name, _shape(shape), _list(numbers[-3:])] for who, name, shape, numbers in found]
    if any(row[2:] == rows[1][2:] for row in rows[2:]):  # then they differ elsewhere
        rows[0].append("root mean square")
        for row, (*_, numbers) in zip(rows[1:], found, strict=True):
            row.append(_list(numbers[:1]))
    if not difference.found:
        rows.append(["yours", "nothing follows here", "", ""])
    result.table = rows
    return result


def _shape(shape: list[int]) -> str:
    return "(" + ", ".join(map(str, shape)) + ")"


def _list(numbers: list[float]) -> str:
    return ", ".join(f"{number:.4f}" for number in numbers)


def call_text(exercise: str, arguments: dict) -> str:
    """The call as a learner would write it, with the input's shape."""
    kind = EXERCISES[exercise].kind
    if kind is Kind.NUMBERS:
        return f"`{EXERCISES[exercise].signature}` with {arguments['title']}"
    given = ", ".join(f"{key}={value!r}" for key, value in called_with(arguments).items())
    if kind is Kind.NETWORK:
        return f"`{exercise}({given})`"
    shape = ", ".join(map(str, arguments["input"]))
    return f"`{exercise}(X, {given})` with X of shape `(None, {shape})`"


def signature_text(function: Callable) -> str:
    """The learner's own first line, or what it is instead of a function."""
    if not callable(function):
        return f"{type(function).__name__}, not a function"
    try:
        return f"{getattr(function, '__name__', 'function')}{inspect.signature(function)}"
    except (TypeError, ValueError):
        return repr(function)


def cannot_look_into(exercise: str, kinds: list[str], so_far: str) -> CheckResult:
    """The function may well be right, but holds code that nobody can look into.

    Args:
        kinds: the classes of such layers.
        so_far: what its numbers show, in a sentence; empty where they show nothing.
    """
    details = [("Where", ", ".join(f"`{kind}`" for kind in kinds))]
    if so_far:
        details.append(("As far as its numbers show", so_far))
    return finding(exercise, "closed", details)


def default_remarks(exercise: str, function: Callable) -> tuple[list[str], str | None]:
    """A remark on a changed default of a right function, and the id of that mistake."""
    changed = changed_defaults(exercise, function)
    if not changed:
        return [], None
    said = words(exercise, "changed_default")
    expected = [f"`{name}={EXERCISES[exercise].defaults[name]!r}`" for name in changed]
    remark = f"{said.title} Expected: {', '.join(expected)}. {said.why} {said.hint}"
    return [remark], "changed_default"


def double_remarks(layers: Iterable[keras.Layer]) -> list[str]:
    """A remark where two of a right build's layers share a name."""
    doubled = [layer for layer in layers if given_name(layer) != layer.name]
    return [
        f"Two layers are called `{given_name(layer)}`. The function is right all the same, but "
        "Keras needs unique layer names, so no network can be built with it."
        for layer in doubled[:1]
    ]


def name_remarks(layers: dict[keras.Layer, str], expected: list[dict]) -> list[str]:
    """Remarks about layer names; `layers` maps each of the learner's layers to its role."""
    by_role = {entry["role"]: entry["name"] for entry in expected if "role" in entry}
    pairs = [(given_name(layer), by_role[role]) for layer, role in layers.items()
             if role in by_role]  # fmt: skip
    wrong = [(name, right) for name, right in pairs if name != right]
    if not wrong:
        return []
    if all(is_automatic(name) for name, _ in wrong):
        return [
            f"{'The' if len(wrong) == len(pairs) else 'Some'} layers have no names of their own. "
            f"The function is right all the same; names such as `{wrong[0][1]}` make a summary "
            "readable and let weights be loaded by name."
        ]
    name, right = next((n, r) for n, r in wrong if not is_automatic(n))
    return [
        f"A layer is called `{name}` where this course says `{right}`. The function is right all "
        "the same; with the usual names a summary is readable and weights load by name."
    ]


def is_automatic(name: str) -> bool:
    """Whether Keras made the name up, such as conv2d_12."""
    return name.rstrip("0123456789").rstrip("_") in ("conv2d", "batch_normalization", "dense")
