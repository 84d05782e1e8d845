"""A guess is locked, kept, drawn and explained; skipping works; stored outputs ignore guesses."""

from __future__ import annotations

import json

import matplotlib.pyplot as plt
import numpy as np
import pytest

import resnets_utils as utils
from resnets.widgets import guess_file, panel, predictions

LINE = list(0.4 * 3.8 ** np.arange(-19.0, 1))


class FakeControls:
    """Stands for the controls in the browser: keeps what was shown, and answers for the learner."""

    made: list[FakeControls] = []

    def __init__(self, spec, waiting, on_answer):
        json.dumps(spec)  # the browser gets it as JSON
        self.spec, self.waiting, self.answer, self.box = spec, waiting, on_answer, None
        FakeControls.made.append(self)

    def replace(self, box):
        self.box = box


@pytest.fixture
def notebook(monkeypatch, tmp_path):
    """A learner's notebook in an empty folder; gives the controls and boxes shown in it."""
    monkeypatch.setattr(predictions, "outputs_are_stored", lambda: False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(predictions, "in_notebook", lambda: True)
    monkeypatch.setattr(panel, "Shown", FakeControls)
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    FakeControls.made.clear()
    predictions.forget()
    return shown


def commit(guess, confidence):
    return FakeControls.made[-1].answer({"do": "commit", "value": guess, "confidence": confidence})


def test_a_committed_guess_is_locked_and_kept(notebook, tmp_path):
    utils.predict("millionth")
    assert commit(22, 2) == ""
    box = FakeControls.made[-1].box.plain()
    assert "22 layers (certain). Locked." in box
    assert commit(10, 2) != "" and FakeControls.made[-1].box.plain() == box
    stored = json.loads((tmp_path / ".predictions.json").read_text())
    assert stored == {"millionth": {"guess": 22, "confidence": 2}}
    again = utils.predict("millionth")  # another session, or the cell once more
    assert again.value == 22 and len(FakeControls.made) == 1
    assert "22 layers (certain). Locked." in notebook[-1]["text/html"]


def test_an_answer_that_cannot_be_used_is_refused(notebook):
    guess = utils.predict("millionth")
    for value, confidence in ((5000, 1), (None, 1), (10, 3), (10, None), ("10", 1)):
        assert "cannot be used" in commit(value, confidence)
        assert guess.value is None and FakeControls.made[-1].box is None


def test_skipping_by_a_click_still_asks_what_the_plot_shows(notebook, tmp_path):
    guess = utils.predict("millionth")
    FakeControls.made[-1].answer({"do": "skip"})
    assert "Skipped" in FakeControls.made[-1].box.plain()
    guess.compare(10)
    assert FakeControls.made[-1].spec["kind"] == "reading"
    assert not (tmp_path / ".predictions.json").exists()


def test_running_on_without_an_answer_skips_visibly(notebook):
    guess = utils.predict("millionth")
    asked = FakeControls.made[-1]
    figure = utils.plot_curves([1, 2], {"a": [1, 2]}, "x", "y", title="t")
    alt = figure.alt
    assert guess.draw(figure) is figure and figure.alt == alt
    assert "Skipped" in asked.box.plain()
    assert asked.answer({"do": "commit", "value": 10, "confidence": 0}) != ""
    guess.compare(10)
    assert len(FakeControls.made) == 1
    assert "<details" in notebook[-1]["text/html"] and "Ten layers" in notebook[-1]["text/plain"]


def test_first_the_observation_then_the_reason_and_the_reading(notebook):
    guess = utils.predict("millionth")
    commit(22, 2)
    guess.compare(10)
    asked = FakeControls.made[-1]
    for wrong in (0, 2):
        assert asked.answer({"do": "observe", "value": wrong}).startswith("Look again.")
    assert asked.answer({"do": "observe", "value": 7}) == "Choose one of the answers."
    assert asked.box is None
    assert asked.answer({"do": "observe", "value": 1}) == ""
    text = asked.box.plain()
    assert "a half for each layer" in text and "Ten layers are enough" in text
    assert "It is easy to remember the half" in text  # for those who were certain
    guess.compare(10)  # the cell once more: what has been read stays open
    assert len(FakeControls.made) == 2 and "Ten layers" in notebook[-1]["text/plain"]


def test_a_hunch_gets_the_short_reason_and_a_right_guess_none(notebook):
    for value, sure, expected in ((22, 0, "Not as you predicted"), (11, 0, "As you predicted")):
        FakeControls.made.clear()
        guess = utils.predict("millionth")
        if value == 22:
            commit(value, sure)
        else:
            guess.value = value
        guess.compare(10)
        FakeControls.made[-1].answer({"do": "observe", "value": 1})
        text = FakeControls.made[-1].box.plain()
        assert text.startswith(expected) and "easy to remember" not in text
        assert ("Why it differs" in text) == (value == 22)
        guess_file.update(guess_file.Path.cwd(), "millionth", guess=None, observed=False)


def test_the_guess_is_drawn_dashed_with_a_label_and_in_words(notebook):
    guess = utils.predict("sigmoid-curve")
    assert commit(LINE, 1) == ""
    figure = guess.draw(utils.plot_gradient_norms({"measured": LINE}))
    dashed = [line for line in figure.axes[0].lines if line.is_dashed()]
    assert np.allclose(dashed[0].get_ydata(), LINE)
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert labels == ["your prediction (fairly sure)"]
    assert "Dashed: your prediction, a curve from 4 · 10⁻¹²" in figure.alt


@pytest.mark.parametrize("name, value", [("millionth", 22), ("relu-weights", 0)])
def test_a_guess_can_be_drawn_into_plain_axes(notebook, name, value):
    guess = utils.predict(name)
    commit(value, 2)
    _, ax = plt.subplots()
    assert guess.draw(ax) is ax
    assert "(certain)" in ax.get_legend().get_texts()[0].get_text()
    assert len(ax.lines) == (name == "millionth")
    plt.close("all")


def test_a_measurement_that_the_text_does_not_describe_gets_a_note(notebook):
    guess = utils.predict("millionth")
    guess.compare(10)
    assert "Note" not in notebook[-1]["text/plain"]
    guess.compare(12)
    assert "not as the text describes it" in notebook[-1]["text/plain"]


def test_stored_outputs_do_not_depend_on_the_guesses(notebook, monkeypatch, tmp_path):
    guess_file.update(tmp_path, "millionth", guess=22, confidence=2, observed=True)
    before = (tmp_path / ".predictions.json").read_text()
    monkeypatch.setattr(predictions, "outputs_are_stored", lambda: True)
    guess = utils.predict("millionth")
    figure = guess.draw(utils.plot_curves([1, 2], {"a": [1, 2]}, "x", "y", title="t"))
    guess.compare(10)
    overview = utils.show_predictions(1)
    assert not FakeControls.made and guess.value is None and "Dashed" not in figure.alt
    assert "Skipped" in notebook[0]["text/plain"] and "22" not in str(notebook)
    assert "no predictions were made" in overview.alt
    assert (tmp_path / ".predictions.json").read_text() == before


@pytest.mark.parametrize("damage", ["{", "[]", '{"millionth": 3}', '{"millionth": {"guess": 22}}'])
def test_a_damaged_file_counts_as_no_guess(notebook, tmp_path, damage):
    (tmp_path / ".predictions.json").write_text(damage)
    utils.predict("millionth")
    assert commit(10, 0) == ""
    assert guess_file.read(tmp_path)["millionth"]["guess"] == 10


def test_a_folder_that_cannot_be_written_does_no_harm(tmp_path):
    assert guess_file.update(tmp_path, "millionth", guess=3) is True
    assert guess_file.update(tmp_path / "not there", "millionth", guess=3) is False


def test_known_curves_are_drawn_and_needed(notebook):
    loss = {"plain, 8 layers": list(np.linspace(3, 0, 12))}
    utils.predict("deeper-loss", known=loss)
    ((name, places),) = FakeControls.made[-1].spec["lines"]
    assert name == "plain, 8 layers" and (places[0], places[-1]) == (1.0, 0.0)
    with pytest.raises(
        ValueError, match="'deeper-loss' needs the measured curve 'plain, 8 layers'"
    ):
        utils.predict("deeper-loss")


def test_unknown_names_are_told(notebook):
    with pytest.raises(ValueError, match="there is no question 'milionth'.*millionth"):
        utils.predict("milionth")
    with pytest.raises(ValueError, match=r"lesson 9 has no predictions.*\[1"):
        utils.show_predictions(9)


def test_the_overview_shows_guesses_and_measurements(notebook):
    first, second = utils.predict("millionth"), utils.predict("relu-weights")
    FakeControls.made[0].answer({"do": "commit", "value": 22, "confidence": 2})
    commit(3, 2)
    assert utils.show_predictions(1).alt.startswith("Lesson 1: 2 predictions, not measured yet")
    first.compare(10)
    second.compare([])
    figure = utils.show_predictions(1)
    assert figure.alt.startswith(
        "Lesson 1: 1 of 2 predictions right; of the 2 you were certain of, 1"
    )
    assert "Predicted 22 layers, measured 10 layers." in figure.alt
    assert sum(line.is_dashed() for ax in figure.axes for line in ax.lines) == 1
