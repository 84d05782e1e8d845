"""Every question can be answered and judged, and each typical error has its own reason."""

from __future__ import annotations

import numpy as np
import pytest

from resnets.widgets.all_questions import QUESTIONS
from resnets.widgets.questions import Choice, Curve, Number, power, short

SHALLOW, DEEP = np.linspace(1.8, 0.6, 12), np.full(12, 1.75)
KNOWN = {"plain, 8 layers": SHALLOW, "plain, 32 layers": DEEP}
STATISTICS = {"momentum 0.999": 0.17, "0.99, no initial values": 0.41, "momentum 0.5": 0.56}
MEASURED = {
    "millionth": 10,
    "sigmoid-curve": 0.4 * 3.8 ** np.arange(-19.0, 1),
    "relu-weights": [],
    "deeper-loss": DEEP,
    "shortcut-loss": np.linspace(2.4, 0.4, 12),
    "stride-unused": 75,
    "block-unused": 25,
    "second-relu": 37.6,
    "plain-batchnorm": [2.0, 20.0, 400.0, 20_000.0],
    "sees-whole": 16,
    "most-work": [3.1, 15.6, 25.2, 36.7, 19.4],
    "test-accuracy": 16.7,
    "best-statistics": STATISTICS,
    "people-or-rooms": [0.6, 0.58, 0.21],
    "brightest-covered": 50,
    "deep-plain": 1.7,
    "branch-share": 9.5,
    "block-silenced": [0.8, 0.9],
    "gradient-neighbours": -0.1,
    "recipe-or-architecture": [52, 50, 92, 92],
    "borrowed-weights": [16.7, 24.2, 28.3],
    "bare-gradient": 4.5,
    "read-halfway": 57,
}
"""What the lessons measure, rounded."""
OTHER = {
    "millionth": 12,
    "sigmoid-curve": np.full(20, 0.9),
    "relu-weights": ["ReLU, Glorot"],
    "deeper-loss": SHALLOW,
    "shortcut-loss": DEEP,
    "stride-unused": 50,
    "block-unused": 100,
    "second-relu": 25,
    "plain-batchnorm": [0.3, 2e-3, 4e-6, 1e-8],
    "sees-whole": 64,
    "most-work": [3, 15, 25, 19, 37],
    "test-accuracy": 60,
    "best-statistics": {"momentum 0.999": 0.4, "momentum 0.5": 0.2},
    "people-or-rooms": [0.6, 0.3, 0.5],
    "brightest-covered": 10,
    "deep-plain": 0.1,
    "branch-share": 50,
    "block-silenced": [0.2, 0.9],
    "gradient-neighbours": 0.9,
    "recipe-or-architecture": [52, 90, 60, 92],
    "borrowed-weights": [40, 22, 29],
    "bare-gradient": 0.01,
    "read-halfway": 8,
}
"""Measurements that the readings do not describe."""
QUESTION = pytest.mark.parametrize("question", QUESTIONS.values(), ids=lambda q: q.name)


def of_kind(kind):
    questions = [question for question in QUESTIONS.values() if isinstance(question, kind)]
    assert questions
    return pytest.mark.parametrize("question", questions, ids=lambda q: q.name)


def test_every_question_has_a_measurement_here():
    assert set(MEASURED) == set(QUESTIONS)


@QUESTION
def test_one_observation_is_right_and_the_others_say_where_to_look(question):
    observations = question.reading.observations
    assert len(observations) >= 3
    assert [bool(o.reply) for o in observations].count(False) == 1
    assert question.title.endswith("?") and question.reading.question


def test_the_right_observation_has_no_fixed_place():
    readings = [question.reading.observations for question in QUESTIONS.values()]
    places = [[bool(one.reply) for one in observations].index(False) for observations in readings]
    assert all(places.count(place) <= 0.7 * len(places) for place in places), places


@QUESTION
def test_the_reading_describes_the_measurement_and_not_another(question):
    kept = np.asarray(MEASURED[question.name]).tolist()  # as a prediction keeps it
    assert question.reading.holds(kept) and question.measured_words(kept)
    assert not question.reading.holds(OTHER[question.name])


@of_kind(Choice)
def test_exactly_one_option_is_right(question):
    measured = MEASURED[question.name]
    wrong = [question.why_wrong(i, measured, {}) for i in range(len(question.options))]
    assert wrong.count(None) == 1
    assert question.measured_words(measured) == question.options[wrong.index(None)].text
    assert len({reason.text for reason in wrong if reason}) == len(wrong) - 1


@of_kind(Number)
def test_each_wrong_number_has_a_reason(question):
    measured = MEASURED[question.name]
    limits = [below.limit for below in question.wrong]
    assert limits == sorted(limits) and limits[-1] >= question.high
    assert question.why_wrong(measured, measured, {}) is None
    near = measured * 1.2 if question.log else measured + 2
    assert question.why_wrong(near, measured, {}) is None
    reasons = {question.why_wrong(limit, measured, {}).text for limit in limits}
    assert len(reasons) == len(limits)


@of_kind(Curve)
def test_each_typical_curve_gets_its_own_reason(question):
    measured, x = MEASURED[question.name], np.asarray(question.x, float)
    assert len(measured) == len(question.x)
    assert question.why_wrong(list(measured), measured, KNOWN) is None
    for shape in question.wrong:
        assert question.why_wrong(shape.values(x, KNOWN), measured, KNOWN) is shape.reason


@QUESTION
def test_only_answers_on_the_scale_are_accepted(question):
    good = {
        Choice: [0, len(getattr(question, "options", "x")) - 1],
        Number: [question.low, question.high] if isinstance(question, Number) else [],
        Curve: [[question.low] * len(question.x)] if isinstance(question, Curve) else [],
    }[type(question)]
    for guess in good:
        assert question.accepts(guess) and question.words(guess)
    for guess in (None, "1", -1, True, 99.5e9, float("nan"), [1.0], [None] * 20, {}):
        assert not question.accepts(guess)


@QUESTION
def test_a_learner_who_was_certain_reads_more(question):
    entries = question.options if isinstance(question, Choice) else question.wrong
    for entry in entries:
        if isinstance(question, Choice) and entry.when(MEASURED[question.name]):
            continue  # it is wrong only where the measurement is another one
        assert len(entry.reason.text.split()) >= 15
        assert len(entry.reason.certain) >= 0.8 * len(entry.reason.text)


def test_numbers_are_short():
    values = (0, 0.05, 0.3217, 1, 7.46, 22.4, 1834, 1e-5, 3.2e-12, 2e9)
    assert [short(value) for value in values] == [
        "0", "0.05", "0.32", "1", "7.5", "22", "1,800", "10⁻⁵", "3 · 10⁻¹²", "2 · 10⁹"
    ]  # fmt: skip
    assert [power(exponent) for exponent in (0, 3, -14.0)] == ["1", "10³", "10⁻¹⁴"]
