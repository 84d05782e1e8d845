"""The kinds of question that a prediction can ask, and how a guess is judged.

Who calls it: `lesson1` and its like define the questions; `predictions` asks them. Each typical
wrong guess has a reason of its own, because the distance to the right value alone teaches little.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

CONFIDENCE = ("a hunch", "fairly sure", "certain")
CERTAIN = len(CONFIDENCE) - 1
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Reason:
    """Why a wrong guess seems right, and what happens instead.

    Attributes:
        text: one or two sentences.
        certain: what a learner who was certain reads in addition.
    """

    text: str
    certain: str


@dataclass(frozen=True)
class Observation:
    """An answer to "what does the plot show?"; `reply` says what is wrong, "" for the right one."""

    text: str
    reply: str = ""


@dataclass(frozen=True)
class Reading:
    """What a learner does after the measurement: first observe, then read the result.

    Attributes:
        question: what the plot shows, as a question.
        observations: the possible answers; exactly one has no reply.
        result: the reading of the result; a blank line separates paragraphs.
        holds: whether a measurement is as `result` describes it.
    """

    question: str
    observations: tuple[Observation, ...]
    result: str
    holds: Callable[[Any], bool]


@dataclass(frozen=True, kw_only=True)
class Question:
    """What every kind of question has.

    Attributes:
        name: its name in a lesson, such as "sigmoid-curve".
        lesson: the lesson's number.
        title: the question, short enough for a legend.
        reading: what follows the measurement.
        known: the names of the measured curves that the learner sees before the guess.
    """

    kind: ClassVar[str]
    name: str
    lesson: int
    title: str
    reading: Reading
    known: tuple[str, ...] = ()


@dataclass(frozen=True)
class Option:
    """One answer of a choice: its text, whether a measurement makes it right, and why it is not."""

    text: str
    when: Callable[[Any], bool]
    reason: Reason


@dataclass(frozen=True, kw_only=True)
class Choice(Question):
    """A choice among plausible rivals. A guess is the index of an option."""

    kind: ClassVar[str] = "choice"
    options: tuple[Option, ...]

    def accepts(self, guess: Any) -> bool:
        """Whether `guess` can be an answer."""
        return type(guess) is int and 0 <= guess < len(self.options)

    def words(self, guess: int) -> str:
        """The guess in words."""
        return self.options[guess].text

    def measured_words(self, measured: Any) -> str:
        """The right option in words; "" if no option fits the measurement."""
        return next((option.text for option in self.options if option.when(measured)), "")

    def why_wrong(self, guess: int, measured: Any, known: Mapping) -> Reason | None:
        """Why the guess is wrong; None if it is right."""
        option = self.options[guess]
        return None if option.when(measured) else option.reason


@dataclass(frozen=True)
class Below:
    """The reason for wrong guesses below a limit, down to the limit of the entry before."""

    limit: float
    reason: Reason


@dataclass(frozen=True, kw_only=True)
class Number(Question):
    """A number from a scale. A guess is a float.

    Attributes:
        unit: such as "layers".
        low, high: the ends of the scale.
        log: whether the scale is logarithmic.
        right: the factor (on a logarithmic scale) or the difference up to which a guess is right.
        wrong: the reasons, by rising limit; the last limit is `high` or more.
        axis: the axis of the plot on which the number lies, "x" or "y".
    """

    kind: ClassVar[str] = "number"
    unit: str
    low: float
    high: float
    log: bool
    right: float
    wrong: tuple[Below, ...]
    axis: str = "x"

    def accepts(self, guess: Any) -> bool:
        """Whether `guess` can be an answer."""
        return _is_number(guess) and self.low <= guess <= self.high

    def words(self, guess: float) -> str:
        """The guess in words."""
        return f"{short(guess)} {self.unit}"

    measured_words = words

    def why_wrong(self, guess: float, measured: float, known: Mapping) -> Reason | None:
        """Why the guess is wrong; None if it is right."""
        if self.log:
            is_right = 1 / self.right <= guess / measured <= self.right
        else:
            is_right = abs(guess - measured) <= self.right
        return None if is_right else next(b.reason for b in self.wrong if guess <= b.limit)


@dataclass(frozen=True)
class Shape:
    """A typical wrong curve, and why learners draw it.

    Attributes:
        values: the curve, from the x values and the known curves.
        reason: why it is wrong.
    """

    values: Callable[[np.ndarray, Mapping[str, np.ndarray]], np.ndarray]
    reason: Reason


@dataclass(frozen=True, kw_only=True)
class Curve(Question):
    """A curve dragged over empty axes. A guess is a list with a value for each x.

    Attributes:
        x: whole numbers, such as layers.
        xlabel, ylabel: the axes' labels.
        low, high: the ends of the vertical axis.
        log: whether the vertical axis is logarithmic.
        right: the mean distance up to which a guess is right; in powers of ten if `log`.
        wrong: the typical wrong curves; a wrong guess gets the reason of the nearest.
    """

    kind: ClassVar[str] = "curve"
    x: tuple[int, ...]
    xlabel: str
    ylabel: str
    low: float
    high: float
    log: bool
    right: float
    wrong: tuple[Shape, ...]

    def accepts(self, guess: Any) -> bool:
        """Whether `guess` can be an answer."""
        return (
            isinstance(guess, list)
            and len(guess) == len(self.x)
            and all(_is_number(y) and self.low * 0.999 <= y <= self.high * 1.001 for y in guess)
        )

    def words(self, guess: Sequence[float]) -> str:
        """The guess in words: its first value, one half-way, and the last."""
        axis = self.xlabel.split(",")[0].split(" (")[0]
        first, middle, last = (
            f"{short(guess[index])} at {axis} {self.x[index]}" for index in (0, len(guess) // 2, -1)
        )
        return f"a curve from {first} through {middle} to {last}"

    measured_words = words

    def why_wrong(self, guess: Sequence[float], measured: Any, known: Mapping) -> Reason | None:
        """Why the guess is wrong; None if it is right."""
        if self._distance(guess, measured) <= self.right:
            return None
        x = np.asarray(self.x, float)
        return min(self.wrong, key=lambda s: self._distance(guess, s.values(x, known))).reason

    def _distance(self, one: Any, other: Any) -> float:
        if self.log:
            one, other = (np.log10(np.maximum(y, self.low)) for y in (one, other))
        return float(np.mean(np.abs(np.subtract(one, other))))


def short(value: float) -> str:
    """A number with two digits, with a power of ten where it is very large or small."""
    if value == 0 or 0.01 <= abs(value) < 100_000:
        rounded = float(f"{value:.2g}")
        return f"{rounded:,.0f}" if abs(rounded) >= 10 or rounded % 1 == 0 else f"{rounded:g}"
    digits, exponent = f"{value:.0e}".split("e")
    return power(int(exponent)) if digits == "1" else f"{digits} · {power(int(exponent))}"


def power(exponent: float) -> str:
    """A power of ten, such as 10⁻³; 1 for the exponent 0."""
    return "10" + f"{exponent:.0f}".translate(_SUPERSCRIPTS) if exponent else "1"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and type(value) is not bool and bool(np.isfinite(value))
