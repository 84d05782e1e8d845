"""Only valid answers are accepted from a sandboxed process."""

from __future__ import annotations

import json

import pytest

from grading.judge.reasons import say_why
from grading.results.records import Mark
from grading.sandbox import answer_schema
from grading.sandbox.answer_schema import Answer, ClaimError
from grading.sandbox.isolation import Limits
from grading.sandbox.job import Call, Job, Notebook, call_id
from grading.sandbox.outcome import Outcome, outcome_of

REPORT = {"ended": "finished", "seconds": 1.0}


def deep(levels: int) -> str:
    """Return JSON of nested lists."""
    return "[" * levels + "]" * levels


@pytest.mark.parametrize(
    "answer",
    [
        {"model": "{}"},
        {"error": "exception", "detail": "ValueError: x", "line": "2.ipynb, code cell 3, line 4"},
        {"error": "wrong_return", "detail": "str", "state": "other", "ended": ["shapes", [1, 2]]},
        {"numbers": [1.0, 2.5]},
        {"source": [{"notebook": "2.ipynb", "cell": 1, "first": 1, "text": "x", "cut": False}]},
    ],
)
def test_a_valid_answer_is_unchanged(answer):
    line = json.dumps({"id": "call 0", **answer}).encode() + b"\n"
    assert answer_schema.read(line) == ("call 0", Answer(**answer))
    assert Answer(**answer).to_line("call 0") == line


def test_unknown_keys_are_dropped():
    line = b'{"id": "call 0", "model": "{}", "passed": true, "points": 10}'
    assert answer_schema.read(line) == ("call 0", Answer(model="{}"))


@pytest.mark.parametrize(
    "line",
    [
        b"", b"{", b"[]", b"3", b'"id"', b"null", b"\xff\xfe", b'{"id": 3}', b'{"id": null}',
        b'{"id": "a", "line": null}', b'{"id": "a", "numbers": null}',
        b'{"id": "a", "model": 3}', b'{"id": "a", "model": NaN}', b'{"id": "a", "error": true}',
        b'{"id": "a", "detail": {}}', b'{"id": "a", "numbers": "1"}', b'{"id": "a", "ended": {}}',
        b'{"id": "a", "state": ' + b"9" * 5000 + b"}",
        b'{"id": "a", "error": ' + deep(900).encode() + b"}",
        b'{"id": "a", "numbers": ' + deep(900).encode() + b"}",
        b'{"id": "a", "unasked": ' + deep(200_000).encode() + b"}",
    ],
)  # fmt: skip
def test_a_line_of_another_form_is_refused(line):
    with pytest.raises(ClaimError):
        answer_schema.read(line)


def test_half_of_a_surrogate_pair_is_replaced():
    _, answer = answer_schema.read(
        b'{"id": "a", "error": "exception", "detail": "ValueError: \\ud800!"}'
    )
    assert answer.detail == "ValueError: ?!"
    mark = Mark(0, 10)
    say_why(mark, Outcome("finished"), [answer], None, answer, [])
    assert mark.detail.encode().endswith(b"ValueError: ?!")


def test_the_first_answer_to_a_call_counts_and_the_rest_is_garbage():
    first, second, other = (
        Answer(model=text).to_line(call_id(index)) for text, index in (("1", 0), ("2", 0), ("3", 9))
    )
    outcome = outcome_of(REPORT, first + b"[[[[\n" + second + other, 2, Limits())
    assert outcome.answers == [Answer(model="1"), None] and outcome.garbage
    outcome = outcome_of(REPORT, first, 1, Limits())
    assert outcome.answers == [Answer(model="1")] and not outcome.garbage
    too_much = outcome_of(REPORT, first * 20, 1, Limits(answer=100))
    assert too_much.answers == [None] and too_much.garbage


def test_a_job_is_the_same_after_it_was_written_as_json():
    arguments = {"stage": 2, "filters": [2, 2, 4], "f": 3, "block": "b"}
    calls = [Call("identity_block", arguments, [6, 6, 4]), Call("ResNet50", source=True)]
    job = Job([Notebook("2.ipynb", ["x = 1"], "a/2.ipynb")], calls, 1.5)
    again = Job.from_json(job.to_json())
    assert again == job
    assert list(again.calls[0].arguments) == list(arguments)  # they may be passed by position


def test_only_so_many_strange_lines_are_read():
    answer = Answer(model="1").to_line(call_id(0))
    few, many = (outcome_of(REPORT, b"[\n" * n + answer, 1, Limits()) for n in (900, 1100))
    assert few.answers == [Answer(model="1")] and many.answers == [None]


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("2.ipynb, code cell 1, line 3", True),
        ("7.ipynb, code cell 1, line 3", False),
        ("2.ipynb, code cell 2, line 1", False),
        ("2.ipynb, code cell 0, line 1", False),
        ("2.ipynb, code cell 1, line 4", False),
        ("2.ipynb, code cell 1, line 0", False),
    ],
)
def test_the_place_of_an_error_must_be_in_a_notebook_of_the_submission(line, kept):
    mark, answer = Mark(0, 10), Answer(error="exception", detail="ValueError: x", line=line)
    notebook = Notebook("2.ipynb", ("a = 1\nb = 2\nc = a / b",))
    say_why(mark, Outcome("finished"), [answer], None, answer, [notebook])
    assert mark.line == (line if kept else None)
