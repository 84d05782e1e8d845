"""Mark one submission: ask the sandbox, ask the judge, put the two together."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass

from grading.judge import sampling
from grading.judge.judge import Judge, Verdict, explain, in_words
from grading.judge.marking_numbers import early_calls, mark_numbers
from grading.judge.reasons import say_why
from grading.judge.session import Work
from grading.results.records import EXERCISES, GRADED, Mark, Piece, Record
from grading.sandbox.block_placeholder import BLOCKS, CalledBlock
from grading.sandbox.sandbox import Outcome, Sandbox
from grading.submissions.submissions import Submission
from resnets.checks.arguments import ARGUMENT_SETS, called_with
from resnets.checks.resnet50 import names_twice
from resnets.words import CHANGED_DEFAULT, CLOSED, LAYER_NAMES_TWICE

_BLOCKS_ELSEWHERE = (
    " It is marked as if your blocks were right; what is wrong with them is marked in their own"
    " exercises."
)


@dataclass
class _Try:
    """An exercise's function, called as `draws.arguments` says: first as the lesson calls it.

    `stored` are its answers to the stored argument sets, where they were asked for with these.
    """

    exercise: str
    noted: bool
    outcome: Outcome
    answers: list[dict | None]
    verdicts: list[Verdict]
    stored: list[dict | None]

    @property
    def right(self) -> bool:
        return all(verdict.right for verdict in self.verdicts)

    @property
    def generality(self) -> float:
        """The share that is right of the calls that the lesson does not show."""
        unseen = self.verdicts[1:]
        return sum(verdict.right for verdict in unseen) / len(unseen)

    @property
    def named(self) -> bool:
        return all(verdict.named for verdict in self.verdicts)

    @property
    def calls_blocks(self) -> bool:
        """Whether what was built, whole or in part, holds a noted call of a block.

        Of what returned nothing nobody can tell; without a call it is what it is with one.
        """
        answers = [answer for answer in self.answers if answer is not None]
        texts = [str(answer.get("model", answer.get("begun", ""))) for answer in answers]
        called = any(CalledBlock.__name__ in text for text in texts)
        return called or any(answer.get("state") == "nothing" for answer in answers)


def mark_submission(
    submission: Submission, sandbox: Sandbox, judge: Judge, key: str, seed: int, class_seed: int
) -> Record:
    """Mark every exercise of one submission.

    Args:
        key: what the record holds for (see `results`).
        seed, class_seed: what arguments, weights and inputs are drawn with.

    Raises:
        SandboxDied: nothing can be said about the submission; try again.
    """
    started = time.monotonic()
    notebooks = [asdict(notebook) for notebook in submission.notebooks]
    work = Work(notebooks, sandbox, judge, seed, class_seed)
    record = Record(submission.student, key, GRADED, seed=seed, problems=list(submission.problems))
    record.sandbox = sandbox.walls
    record.sources, notes = _sources(work)
    record.notes += notes
    work.ask_early(_early_calls(work, [name for name, found in record.sources.items() if found]))
    for exercise in EXERCISES:
        blocks = [record.marks[name] for name in BLOCKS if name in record.marks]
        record.marks[exercise] = mark_exercise(work, exercise, blocks)
    record.peak_memory = max(outcome.peak_memory for outcome in work.outcomes)
    record.seconds = round(time.monotonic() - started, 2)
    return record


def mark_exercise(work: Work, exercise: str, blocks: list[Mark] | None = None) -> Mark:
    """Mark one exercise, without points.

    Args:
        blocks: of ResNet50, the marks of its blocks where they are known.

    Raises:
        SandboxDied: nothing can be said about it; try again.
    """
    if exercise == "gradient_norms":
        return mark_numbers(work)
    if exercise == "ResNet50":
        return _mark_on_its_own_merit(work, _all_earned(blocks or []))
    return _mark(work, _try(work, exercise))


def _mark_on_its_own_merit(work: Work, blocks_right: bool) -> Mark:
    """Mark a ResNet50 for what it does itself.

    It is built with its calls of blocks noted, and the reference's blocks at those calls: what is
    wrong with the blocks costs points in their own exercises and not again here. (And noting a
    call is quicker than making it.) Whoever builds the network without calling blocks, or is right
    with blocks of another kind, is marked for what the network is.
    """
    merit = _try(work, "ResNet50", noted=True)
    if not (merit.right and merit.named and merit.calls_blocks):
        own = _try(work, "ResNet50")
        if own.right or not merit.calls_blocks:
            return _mark(work, own)
    mark = _mark(work, merit)
    if not blocks_right:
        mark.message += _BLOCKS_ELSEWHERE
    return mark


def _all_earned(blocks: list[Mark]) -> bool:
    return len(blocks) == len(BLOCKS) and all(
        value == 1.0 for mark in blocks for value in mark.aspects.values()
    )


def _sources(work: Work) -> tuple[dict[str, list[Piece]], list[str]]:
    """What is marked, and what is to be said about where it stands.

    It is read by a fork of its own in which none of the student's code runs.
    """
    _, answers = work.ask([{"function": name, "kind": "source"} for name in EXERCISES])
    answers = [answer or {} for answer in answers]
    sources = {
        name: [Piece(**piece) for piece in answer.get("source", [])]
        for name, answer in zip(EXERCISES, answers, strict=True)
    }
    return sources, [note for answer in answers for note in answer.get("notes", [])]


def _early_calls(work: Work, exercises: list[str]) -> list[dict]:
    """What every exercise that is there begins with."""
    calls = []
    for exercise in exercises:
        if exercise == "gradient_norms":
            calls += early_calls(work)
        else:
            drawn = sampling.arguments(exercise, work.seed, work.class_seed)
            noted = exercise == "ResNet50"
            calls += [_call(exercise, arguments, noted) for arguments in drawn]
    return calls


def _try(work: Work, exercise: str, noted: bool = False) -> _Try:
    drawn = sampling.arguments(exercise, work.seed, work.class_seed)
    calls = [_call(exercise, arguments, noted) for arguments in drawn]
    more: list[dict] = []

    def tried(outcome: Outcome, answers: list[dict | None]) -> _Try:
        answers, stored = answers[: len(drawn)], answers[len(drawn) :]
        verdicts = _verdicts(work.judge, exercise, drawn, answers, noted)
        return _Try(exercise, noted, outcome, answers, verdicts, stored)

    if early := work.known(calls):
        at_once = tried(work.outcomes[-1], early)
        if at_once.right and at_once.named or work.is_first(exercise):
            return at_once
        more = _stored_calls(exercise, noted)  # it is wrong, more likely than not
    return tried(*work.ask([*calls, *more]))


def _verdicts(
    judge: Judge, exercise: str, drawn: list[dict], answers: list[dict | None], noted: bool
) -> list[Verdict]:
    """What the judge finds for each call.

    What is wrong for the first one, the lesson's own, earns nothing elsewhere, so it is not built
    for the other arguments; and as a class shares that call, it is built once for all who made the
    same mistake.
    """
    first, *others = zip(drawn, answers, strict=True)
    lesson = judge.architecture(exercise, *first, noted)
    if not lesson.right:
        return [lesson] * len(drawn)
    return [lesson, *(judge.architecture(exercise, *pair, noted) for pair in others)]


def _mark(work: Work, tried: _Try) -> Mark:
    if not tried.right:
        return _mark_wrong(work, tried)
    aspects = {"function": 1.0, "generality": 1.0, "names": float(tried.named)}
    if not tried.named:
        message = "Right; its layers do not carry the lesson's names."
        return Mark(0, 0, aspects, "names", message)
    changed = CHANGED_DEFAULT.get(tried.exercise)
    if changed and any((answer or {}).get("detail") == changed["id"] for answer in tried.answers):
        return Mark(0, 0, aspects, changed["id"], f"Right. {in_words(changed)}")
    return Mark(0, 0, aspects, None, "Right.")


def _mark_wrong(work: Work, tried: _Try) -> Mark:
    """Give what is due for the lesson's own arguments, and find out what is wrong."""
    exercise, noted = tried.exercise, tried.noted
    lesson, answer, stored = tried.verdicts[0], tried.answers[0], tried.stored
    shown, calls = _call(exercise, sampling.LESSON[exercise], noted), _stored_calls(exercise, noted)
    if any(one is None or "model" not in one for one in tried.answers):
        # What the code itself says is told to its author, so it is asked for where it cannot know
        # what was drawn.
        _, (answer, *stored) = work.ask([shown, *calls])
    elif not stored:  # but for the lesson's own call, which has been answered
        _, others = work.ask([call for call in calls if call != shown])
        others = iter(others)
        stored = [answer if call == shown else next(others) for call in calls]
    function = float(lesson.right)
    aspects = {
        "function": function,
        "generality": tried.generality * function,
        "names": float(lesson.named) * function,
    }
    mark = Mark(0, 0, aspects)
    if (answer or {}).get("error") == CLOSED["id"]:
        mark.mistake = CLOSED["id"]
        mark.message = f"{in_words(CLOSED)} It holds {str(answer.get('detail'))[:200]}."
    elif names_twice(f"{lesson.reason} {(answer or {}).get('detail')}"):
        mark.mistake, mark.message = LAYER_NAMES_TWICE["id"], in_words(LAYER_NAMES_TWICE)
    elif named := work.judge.mistakes(exercise, stored, noted):
        mark.mistake = named[0]
        mark.message = explain(exercise, mark.mistake)
    else:
        say_why(mark, tried.outcome, tried.answers, lesson, answer)
    return mark


def _stored_calls(exercise: str, noted: bool) -> list[dict]:
    """What the catalogue's mistakes are told apart by."""
    return [_call(exercise, arguments, noted) for arguments in ARGUMENT_SETS[exercise]]


def _call(exercise: str, arguments: dict, noted: bool) -> dict:
    call = {"function": exercise, "arguments": called_with(arguments), "noted": noted}
    if exercise == "ResNet50":
        return {**call, "kind": "model"}
    return {**call, "kind": "layers", "input_shape": arguments["input"]}
