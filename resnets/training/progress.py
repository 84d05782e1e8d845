"""Live progress: of a training, of a loop, and of a single call that takes long.

Who calls it: lessons 1, 3 and 5 to 8. A training shows its progress as
`model.fit(..., verbose=0, callbacks=[TrainingProgress(...)])`, a loop as
`for item in progress(items, "Measuring")`.
"""

from __future__ import annotations

import html
import math
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import keras

from resnets.training.loss_curve import loss_curve
from resnets.training.stored import outputs_are_stored

_REDRAW_SECONDS = 0.2


class TrainingProgress(keras.callbacks.Callback):
    """Shows epoch, a bar, loss, accuracy, the time left, and the curve of the loss so far.

    In a notebook it is an output that is updated in place, and in a terminal a line. While a
    notebook's outputs are stored or compared, it is a line that is the same for every run; this,
    and a time left that does not count the first step, is why it is not tqdm's bar.

    Args:
        epochs: epochs of the whole training.
        steps: batches in each epoch.

    Raises:
        ValueError: a number is below 1.
    """

    def __init__(self, epochs: int, steps: int):
        super().__init__()
        if epochs < 1 or steps < 1:
            raise ValueError(
                f"TrainingProgress: expected epochs and steps of 1 or more, got epochs={epochs}, "
                f"steps={steps}. steps is ceil(images / batch size)."
            )
        self.epochs, self.steps = epochs, steps
        self._epoch = 0
        self._view: NotebookView | TerminalView | None = None

    def on_train_begin(self, logs=None):
        self._view = _view(self._title())
        self._first_done = self._started_at = None
        self._begun_at, self._drawn_at = time.monotonic(), 0.0
        self._losses: list[tuple[float, float]] = []

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        done = self._epoch * self.steps + batch + 1
        now = time.monotonic()
        if self._started_at is None:
            # The first step builds the graph and takes many times as long as the others.
            self._first_done, self._started_at = done, now
        if now - self._drawn_at >= _REDRAW_SECONDS or done == self.epochs * self.steps:
            self._drawn_at = now
            share = done / (self.epochs * self.steps)
            self._losses.append((share, (logs or {}).get("loss", math.nan)))
            self._view.draw(share, self._text(done, now, logs or {}), loss_curve(self._losses))

    def on_train_end(self, logs=None):
        self._view.close()

    def _title(self) -> str:
        epochs = "1 epoch" if self.epochs == 1 else f"{self.epochs} epochs"
        return f"Training: {epochs} of {self.steps} steps"

    def _text(self, done: int, now: float, logs: dict) -> str:
        parts = [f"epoch {self._epoch + 1}/{self.epochs}"]
        parts += [f"{name} {logs[name]:.3f}" for name in ("loss", "accuracy") if name in logs]
        left, timed = self.epochs * self.steps - done, done - self._first_done
        if left == 0:
            parts.append(f"{duration(now - self._begun_at)} in all")
        elif timed:
            parts.append(f"{duration((now - self._started_at) / timed * left)} left")
        return " · ".join(parts)


def progress(items: Collection, title: str) -> Iterator:
    """Give the items one after the other, and show how many are done.

    Args:
        items: a list, a dictionary's items or the like; it must have a length.
        title: what is being done, such as "Measuring".
    """
    begun_at = time.monotonic()
    view = _view(f"{title}: {len(items)} steps")
    for done, item in enumerate(items):
        view.draw(done / len(items), f"{title}: {done} of {len(items)}")
        yield item
    view.draw(1.0, f"{title}: {len(items)} steps, {duration(time.monotonic() - begun_at)}")
    view.close()


@contextmanager
def waiting(title: str) -> Iterator[None]:
    """Show that something is going on whose end cannot be foreseen, and then how long it took."""
    begun_at = time.monotonic()
    view = _view(title)
    view.draw(None, f"{title} …")
    try:
        yield
    finally:  # after an error, too, the bar must not go on moving
        view.draw(1.0, f"{title}: {duration(time.monotonic() - begun_at)}")
        view.close()


def duration(seconds: float) -> str:
    """Seconds in words: "2 min 03 s"."""
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"


def view_of(widget: Any) -> dict[str, dict]:
    """The part of an output that shows a widget, by its MIME type."""
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    return {"application/vnd.jupyter.widget-view+json": view}


def in_notebook() -> bool:
    """Whether the code runs in a kernel, so that outputs can be displayed and updated."""
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None


def _view(title: str) -> NotebookView | TerminalView:
    return NotebookView(title) if in_notebook() else TerminalView()


class NotebookView:
    """An output of the cell that is updated in place.

    While outputs are stored or compared, it keeps showing `title`.
    """

    def __init__(self, title: str):
        from IPython.display import display

        self._title = title
        self._output = display(self._bundle(html.escape(title)), raw=True, display_id=True)

    def draw(self, fraction: float | None, text: str, below: str = "") -> None:
        """Show a bar filled by `fraction`, or a moving one for None, the text, and HTML below."""
        if not outputs_are_stored():
            value = "" if fraction is None else f' value="{fraction:.3f}"'
            bar = f'<progress{value} style="width:20em;accent-color:#0072B2">'
            content = f"{bar}</progress> {html.escape(text)}{below}"
            self._output.update(self._bundle(content), raw=True)

    def close(self) -> None:
        """Leave the last numbers to be read."""

    def _bundle(self, content: str) -> dict[str, str]:
        return {"text/plain": self._title, "text/html": content}


class TerminalView:
    """A line on standard error, rewritten in place; nothing if that is not a terminal."""

    def __init__(self):
        self._shown = sys.stderr.isatty()

    def draw(self, fraction: float | None, text: str, below: str = "") -> None:
        """Show a bar filled by `fraction`, and the text beside it; nothing is below a line."""
        if self._shown:
            bar = "█" * round(20 * (fraction or 0))
            print(f"\r{bar:░<20} {text}\x1b[K", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        """End the line."""
        if self._shown:
            print(file=sys.stderr)
