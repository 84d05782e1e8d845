"""The form of a catalogued mistake, and the small edits that mistakes in blocks consist of."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

from grading.catalogue.reference_blocks import BlockSpec, LayerSpec, StepMissing

Edit = Callable[[BlockSpec, dict], None]


@dataclass(frozen=True)
class Mistake:
    """One catalogued mistake.

    Attributes:
        id: the value of a result's `.mistake`.
        title: one sentence that says what is wrong.
        why: why it matters.
        hint: what to try, without the solution's code.
        variants: programs with this mistake, each a tuple of edits `edit(spec, arguments)` of the
            reference; for numbers, functions.
    """

    id: str
    title: str
    why: str
    hint: str
    variants: tuple[tuple[Edit, ...] | Callable, ...]


def mistake(id: str, title: str, why: str, hint: str, *variants) -> Mistake:
    """Return a Mistake; each of `variants` is an edit or a tuple of edits."""
    made = tuple(v if isinstance(v, tuple) else (v,) for v in variants)
    return Mistake(id, title, why, hint, made)


def changed(reference: Callable) -> Callable[..., Callable]:
    """Return a function of keywords that returns the reference with these keywords changed."""
    return lambda **keywords: functools.partial(reference, **keywords)


def drop(*names: str) -> Edit:
    """Return an edit that removes steps."""
    return lambda spec, arguments: spec.drop(*names)


def swap(a: str, b: str) -> Edit:
    """Return an edit that exchanges two steps."""
    return lambda spec, arguments: spec.swap(a, b)


def options(name: str, **changes) -> Edit:
    """Return an edit that changes options of a step; a value can be a function of the arguments."""

    def edit(spec, arguments: dict) -> None:
        step = spec.step(name)
        for key, value in changes.items():
            step.options[key] = value(arguments) if callable(value) else value

    return edit


def insert(after: str, name: str, kind: str, **step_options) -> Edit:
    """Return an edit that inserts a new step after the step `after`."""
    return lambda spec, arguments: spec.insert_after(
        after, LayerSpec(name, kind, dict(step_options))
    )


def setting(**changes) -> Edit:
    """Return an edit that sets attributes of the block or network."""

    def edit(spec: BlockSpec, arguments: dict) -> None:
        for key, value in changes.items():
            setattr(spec, key, value)

    return edit


def every(kind: str, **changes) -> Edit:
    """Return an edit that changes options of all steps of a kind."""

    def edit(spec, arguments: dict) -> None:
        steps = [step for step in spec.steps() if step.kind == kind]
        if not steps:
            raise StepMissing(f"step of kind {kind}")
        for step in steps:
            step.options.update(changes)

    return edit


def replace(kind: str, by: str, *names: str) -> Edit:
    """Return an edit that changes the kind of all steps of a kind, or of the steps in `names`."""

    def edit(spec, arguments: dict) -> None:
        steps = [spec.step(name) for name in names] or [s for s in spec.steps() if s.kind == kind]
        if not steps:
            raise StepMissing(f"step of kind {kind}")
        for step in steps:
            step.kind = by

    return edit


def drop_kind(kind: str) -> Edit:
    """Return an edit that removes all steps of a kind."""
    return lambda spec, arguments: spec.drop(*[s.name for s in spec.steps() if s.kind == kind])
