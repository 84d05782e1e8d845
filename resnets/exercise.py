"""The form of a registry entry: one exercise, and the kinds and outcomes that exercises have.

The entries themselves are in `resnets.exercises`.
"""

from __future__ import annotations

import ast
import functools
import inspect
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The kind of value an exercise's function returns; decides how it is called and compared."""

    BLOCK = "block"  # takes a symbolic tensor X and returns one
    NETWORK = "network"  # returns a functional Keras model
    NUMBERS = "numbers"  # takes values; numbers are compared (see `Outcome`)


class Outcome(StrEnum):
    """Where the numbers of a numeric exercise come from."""

    RETURNED = "returned"  # the function returns them
    CHANGED_MODEL = "changed model"  # the statistics of the model that it gets and changes
    RETURNED_MODEL = "returned model"  # the outputs of the model that it returns
    RETURNED_TENSOR = "returned tensor"  # the values of the symbolic tensor that it returns


@dataclass(frozen=True)
class Aspect:
    """One aspect of an exercise that earns points.

    Attributes:
        name: its name in the rubric.
        share: its part of the points, from 0 to 1.
        meaning: its description on the student's page and in the class report.
    """

    name: str
    share: float
    meaning: str


_ARCHITECTURE = (
    Aspect("function", 0.65, "Right for the arguments that the lesson shows"),
    Aspect("generality", 0.25, "Right for other arguments too"),
    Aspect("names", 0.10, "Layers with the lesson's names"),
)
_RETURN_TENSOR = "End the function with `return X`, where X is the output of the last layer."


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    Attributes:
        name: the function's name.
        notebook: the lesson that contains it, a file name without its ending.
        signature: the function's first line, without `def` and the colon.
        kind: what the function returns.
        passed: the sentence that a learner reads when the function is right.
        returns: what the function should return, as the end of a sentence.
        how_to_return: the hint for a function that returns something else.
        part: in a numeric exercise, what each number belongs to, such as "kernel".
        outcome: where a numeric exercise's numbers come from. If they are those of the model that
            the function changes, what it returns does not count.
        first_weights: whether the lesson prints numbers that depend on the weights at the start,
            so that kernels have to be drawn by the course's `glorot_uniform(seed=0)`.
        calls: the exercises whose functions this one calls.
        says_where: whether a network's check says at which step it differs. False where finding
            the place is the exercise.
        points: the maximum points.
        aspects: what earns the points; the shares add up to 1.
    """

    name: str
    notebook: str
    signature: str
    kind: Kind
    passed: str
    returns: str = "the block's output, a symbolic tensor"
    how_to_return: str = _RETURN_TENSOR
    part: str = ""
    outcome: Outcome = Outcome.RETURNED
    first_weights: bool = False
    calls: tuple[str, ...] = ()
    says_where: bool = True
    points: float = 10
    aspects: tuple[Aspect, ...] = _ARCHITECTURE

    @property
    def lesson(self) -> int:
        """The lesson's number."""
        return int(self.notebook.partition("_")[0])

    @property
    def check(self) -> str:
        """The name of its check in `resnets.checks`."""
        return f"check_{self.name.lower()}"

    @property
    def names_count(self) -> bool:
        """Whether the names of layers earn points."""
        return any(aspect.name == "names" for aspect in self.aspects)

    @functools.cached_property
    def call_signature(self) -> inspect.Signature:
        """The signature as an `inspect.Signature`."""
        arguments = ast.parse(f"def {self.signature}: ...").body[0].args
        values = [ast.literal_eval(value) for value in arguments.defaults]
        no_defaults = [inspect.Parameter.empty] * (len(arguments.args) - len(values))
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        return inspect.Signature(
            inspect.Parameter(argument.arg, kind, default=default)
            for argument, default in zip(arguments.args, [*no_defaults, *values], strict=True)
        )

    @property
    def defaults(self) -> dict[str, object]:
        """The default values, by argument."""
        parameters = self.call_signature.parameters.values()
        return {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}
