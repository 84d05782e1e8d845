"""The progress bar in a terminal, in a notebook, and while outputs are compared."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
from xml.etree import ElementTree

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

import resnets_utils as utils
from resnets.training import progress
from resnets.training.loss_curve import loss_curve

import keras  # isort: skip - after resnets_utils, which loads TensorFlow quietly

pytestmark = pytest.mark.slow

CELLS = {
    "import": "import sys\n\nsys.path += [{root!r}]\nimport resnets_utils as utils\nimport keras",
    "train": """X = keras.ops.ones((64, 4))
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")])
model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
bar = utils.TrainingProgress(epochs=2, steps=8)
history = model.fit(X, X[:, :2] / 2, batch_size=8, epochs=2, verbose=0, callbacks=[bar])
assert len(history.history["loss"]) == 2""",
    "plot": "utils.plot_history(history)",
    "trace": "utils.trace_model(model)",
    "diagram": "utils.model_diagram(model)",
    "missing": "block = utils.from_lesson(2, 'identity_block')",
    "called": "utils.from_lesson(2, 'identity_block')(1, 2)",
}


class Clock:
    """A clock that the test moves."""

    def __init__(self, monkeypatch):
        self.now = 100.0
        monkeypatch.setattr(progress.time, "monotonic", lambda: self.now)


class Recorder:
    """Takes the place of the notebook's or the terminal's view."""

    def __init__(self):
        self.drawn = []

    def draw(self, fraction, text, below=""):
        self.drawn.append((fraction and round(fraction, 3), text))

    def close(self):
        self.drawn.append("closed")


@pytest.fixture
def recorder(monkeypatch):
    made = Recorder()
    monkeypatch.setattr(progress, "TerminalView", lambda: made)
    return made


def test_time_left_does_not_count_the_slow_first_step(recorder, monkeypatch):
    clock = Clock(monkeypatch)
    bar = utils.TrainingProgress(epochs=2, steps=4)
    bar.on_train_begin()
    logs = {"loss": 1.5, "accuracy": 0.25}
    for epoch in range(2):
        bar.on_epoch_begin(epoch)
        for batch in range(4):
            clock.now += 20 if (epoch, batch) == (0, 0) else 10
            bar.on_train_batch_end(batch, logs)
    bar.on_train_end()
    assert recorder.drawn[0] == (0.125, "epoch 1/2 · loss 1.500 · accuracy 0.250")
    assert recorder.drawn[1] == (0.25, "epoch 1/2 · loss 1.500 · accuracy 0.250 · 1 min 00 s left")
    assert recorder.drawn[4][1].startswith("epoch 2/2") and "30 s left" in recorder.drawn[4][1]
    assert recorder.drawn[-2:] == [
        (1.0, "epoch 2/2 · loss 1.500 · accuracy 0.250 · 1 min 30 s in all"),
        "closed",
    ]


def test_bar_is_drawn_at_most_five_times_a_second_and_at_the_end(recorder, monkeypatch):
    clock = Clock(monkeypatch)
    bar = utils.TrainingProgress(epochs=1, steps=1000)
    bar.on_train_begin()
    for batch in range(1000):
        clock.now += 0.01
        bar.on_train_batch_end(batch, {"loss": 1.0})
    assert 45 <= len(recorder.drawn) <= 55 and recorder.drawn[-1][0] == 1.0


def test_bar_of_a_resumed_training_starts_where_it_stopped(recorder, monkeypatch):
    clock = Clock(monkeypatch)
    bar = utils.TrainingProgress(epochs=4, steps=2)
    bar.on_train_begin()
    for epoch in (2, 3):
        bar.on_epoch_begin(epoch)
        for batch in range(2):
            clock.now += 10
            bar.on_train_batch_end(batch, {})
    assert [fraction for fraction, _ in recorder.drawn] == [0.625, 0.75, 0.875, 1.0]
    assert recorder.drawn[1][1] == "epoch 3/4 · 20 s left"


def test_terminal_line_is_rewritten_and_a_file_stays_empty(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    for stream in (Terminal(), io.StringIO()):
        monkeypatch.setattr(sys, "stderr", stream)
        view = progress.TerminalView()
        view.draw(0.5, "epoch 1/2")
        view.draw(1.0, "epoch 2/2")
        view.close()
        written = stream.getvalue()
        if stream.isatty():
            assert written.count("\r") == 2 and written.endswith("\x1b[K\n")
            assert "█" * 10 + "░" * 10 + " epoch 1/2" in written
        else:
            assert written == ""


def test_bar_works_in_fit_outside_a_notebook(recorder):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    bar = utils.TrainingProgress(epochs=1, steps=2)
    model.fit(np.ones((4, 2)), np.ones((4, 1)), batch_size=2, verbose=0, callbacks=[bar])
    assert recorder.drawn[-2][0] == 1.0 and "loss" in recorder.drawn[-2][1]
    assert recorder.drawn[-1] == "closed"


def test_a_loop_shows_what_is_done_and_how_long_it_took(recorder, monkeypatch):
    clock = Clock(monkeypatch)
    for item in utils.progress({"a": 1, "b": 2}, "Measuring"):
        assert item == "ab"[len(recorder.drawn) - 1]
        clock.now += 30
    assert recorder.drawn == [
        (0.0, "Measuring: 0 of 2"),
        (0.5, "Measuring: 1 of 2"),
        (1.0, "Measuring: 2 steps, 1 min 00 s"),
        "closed",
    ]


@pytest.mark.parametrize("error", [None, KeyError("x")])
def test_waiting_ends_with_the_time_even_after_an_error(error, recorder, monkeypatch):
    clock = Clock(monkeypatch)
    passed_on = pytest.raises(KeyError) if error else contextlib.nullcontext()
    with passed_on, progress.waiting("Building"):
        clock.now += 12
        if error:
            raise error
    assert recorder.drawn == [(None, "Building …"), (1.0, "Building: 12 s"), "closed"]


@pytest.mark.parametrize("numbers", [{"epochs": 0, "steps": 3}, {"epochs": 2, "steps": 0}])
def test_numbers_below_1_are_refused(numbers):
    with pytest.raises(ValueError, match=r"1 or more, got .* steps is ceil\(images / batch"):
        utils.TrainingProgress(**numbers)


def executed(folder, recorded: bool) -> nbformat.NotebookNode:
    """A small lesson, executed in a kernel of its own."""
    sources = [
        source.replace("{root!r}", repr(str(utils.course_path(".")))) for source in CELLS.values()
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])
    environment = dict(os.environ)
    environment.pop("PYTEST_CURRENT_TEST", None)
    if recorded:
        environment["PYTEST_CURRENT_TEST"] = "storing"
    client = NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute(env=environment)
    return notebook


def outputs(notebook, name: str) -> list:
    return notebook.cells[list(CELLS).index(name)].outputs


def test_live_notebook_shows_the_last_state(tmp_path):
    notebook = executed(tmp_path, recorded=False)
    assert outputs(notebook, "import") == []  # nothing on stderr
    (progress,) = outputs(notebook, "train")
    assert progress.data["text/plain"] == "Training: 2 epochs of 8 steps"
    assert re.match(
        r'<progress value="1.000".*</progress> epoch 2/2 · loss \d.* · accuracy .* · \d+ s in all'
        r'<svg role="img" aria-label="The loss so far, from \d.*</svg>$',
        progress.data["text/html"],
    )
    said = outputs(notebook, "missing")[0]
    assert said.data["text/plain"].startswith("Lesson 2")
    *_, error = outputs(notebook, "called")
    assert error.ename == "LessonNotReady" and len(error.traceback) == 1  # one line, no traceback
    assert error.traceback[0].startswith("Lesson 2")


def test_stored_outputs_pass_nbval(tmp_path):
    notebook = executed(tmp_path, recorded=True)
    (progress,) = outputs(notebook, "train")
    assert progress.data["text/html"] == "Training: 2 epochs of 8 steps"
    assert [output.output_type for cell in notebook.cells[:-2] for output in cell.outputs] == [
        "display_data",
        "display_data",
        "display_data",
        "execute_result",
        "execute_result",
    ]
    notebook.cells.pop()  # the error: a lesson stores none
    path = tmp_path / "lesson.ipynb"
    nbformat.write(notebook, path)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--nbval", "-p", "no:cacheprovider", str(path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0 and f"{len(notebook.cells)} passed" in done.stdout, done.stdout


def test_the_curve_of_the_loss_reaches_as_far_as_the_training():
    points = [(0.1, 2.0), (0.2, float("nan")), (0.5, 1.0)]
    svg = ElementTree.fromstring(loss_curve(points))
    line = svg.find("polyline").get("points")
    assert line == "32.0,4.0 160.0,38.0"  # the largest loss is at the top, half of it half-way up
    assert svg.get("aria-label") == "The loss so far, from 2.00 to 1.00; the scale ends at 2.00."


@pytest.mark.parametrize("points", [[], [(0.5, 1.0)], [(0.5, float("inf")), (1.0, 0.0)]])
def test_a_curve_needs_two_losses(points):
    assert loss_curve(points) == ""
