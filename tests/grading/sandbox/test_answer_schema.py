"""Only valid answers are accepted from a sandboxed process."""

from __future__ import annotations

import json

import pytest

from grading.judge.reasons import say_why
from grading.results.records import Mark
from grading.sandbox import answer_schema
from grading.sandbox.answer_schema import ClaimError
from grading.sandbox.isolation import Limits
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
    assert answer_schema.read(json.dumps({"id": "call 0", **answer}).encode()) == ("call 0", answer)


def test_unknown_keys_are_dropped():
    line = b'{"id": "call 0", "model": "{}", "line": null, "passed": true, "points": 10}'
    assert answer_schema.read(line) == ("call 0", {"model": "{}"})


@pytest.mark.parametrize(
    "line",
    [
        b"", b"{", b"[]", b"3", b'"id"', b"null", b"\xff\xfe", b'{"id": 3}', b'{"id": null}',
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
    assert answer["detail"] == "ValueError: ?!"
    mark = Mark(0, 10)
    say_why(mark, Outcome("finished"), [answer], None, answer)
    assert mark.detail.encode().endswith(b"ValueError: ?!")


def test_the_first_answer_to_a_call_counts_and_the_rest_is_garbage():
    written = b'{"id": "a", "model": "1"}\n[[[[\n{"id": "a", "model": "2"}\n{"id": "b"}\n'
    outcome = outcome_of(REPORT, written, [{"id": "a"}], Limits())
    assert outcome.answers == {"a": {"model": "1"}} and outcome.garbage
    outcome = outcome_of(REPORT, b'{"id": "a", "model": "1"}\n', [{"id": "a"}], Limits())
    assert outcome.answers == {"a": {"model": "1"}} and not outcome.garbage
    too_much = outcome_of(REPORT, b'{"id": "a"}\n' * 20, [{"id": "a"}], Limits(answer=100))
    assert too_much.answers == {} and too_much.garbage
