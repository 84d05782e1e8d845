"""The comparisons of `make bench`: ratios, their spread, and what is stored."""

from dataclasses import replace

import pytest

from benchmarks._comparison import Comparison, in_turns, load, save, tables

MEASURED = {"plain": [2.0, 4.0, 3.0], "fast": [1.0, 1.0, 1.5]}


@pytest.fixture
def comparison():
    one = Comparison("A step", "s", "the same work", "plain")
    for way, values in MEASURED.items():
        for value in values:
            one.add(way, value)
    return one


def test_a_ratio_is_one_of_medians_and_its_spread_one_of_rounds(comparison):
    assert comparison.ratio("fast") == pytest.approx(1 / 3)
    assert comparison.spread("fast") == (0.25, 0.5)
    assert comparison.rows()[1] == ["fast", "1 s", "0.33", "0.25 to 0.50"]


def test_the_ways_take_turns():
    order = []
    in_turns(["a", "b"], 3, order.append)
    assert order == list("abbaab")


def test_what_is_stored_comes_back_and_other_comparisons_stay(tmp_path, comparison):
    path = tmp_path / "speed.json"
    other = Comparison("Another", "s", "other work", "plain", {"plain": [1.0]})
    save(path, [other, comparison], "2026-01-01: one machine")
    save(path, [comparison], "2026-01-02: another one")
    assert load(path) == [
        replace(other, measured="2026-01-01: one machine"),
        replace(comparison, measured="2026-01-02: another one"),
    ]
    shown = tables(path)
    assert "| fast | 1 s | 0.33 | 0.25 to 0.50 |" in shown
    first, second = shown.index("on 2026-01-01: one"), shown.index("on 2026-01-02: another one.")
    assert first < shown.index("**Another**") < second < shown.index("**A step**")
