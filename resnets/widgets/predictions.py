"""A prediction that counts: a learner commits to a guess, measures, observes, and reads why.

    guess = utils.predict("sigmoid-curve")     # before the measurement
    guess.draw(figure)                         # the guess, dashed, in the plot of the measurement
    guess.compare(norms)                       # what does the plot show? Then the reading opens
    utils.show_predictions(1)                  # at the lesson's end

Who calls it: the lessons. A committed guess is locked: it is kept in a file beside the notebook
(see `guess_file`). To run a later cell without a guess skips the prediction, so "Run All" skips
all. While a notebook's outputs are stored or compared, every prediction counts as skipped.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from resnets.plots.style import LessonFigure
from resnets.training.progress import in_notebook
from resnets.training.stored import outputs_are_stored
from resnets.widgets import guess_file
from resnets.widgets.all_questions import QUESTIONS
from resnets.widgets.drawing import draw_guess, draw_overview
from resnets.widgets.questions import CERTAIN, CONFIDENCE, Curve
from resnets.widgets.static_html import Box, listed

_asked: dict[str, Prediction] = {}


def predict(name: str, known: Mapping[str, Any] | None = None) -> Prediction:
    """Ask a question before its measurement, and return the learner's prediction.

    Args:
        name: the question's name, such as "sigmoid-curve".
        known: the measured curves that the learner may see, by name, for questions that need them.

    Raises:
        ValueError: there is no such question, or a curve that it needs is missing.
    """
    if name not in QUESTIONS:
        raise ValueError(
            f"predict: there is no question {name!r}. Use one of {', '.join(QUESTIONS)}."
        )
    missing = [line for line in QUESTIONS[name].known if line not in (known or {})]
    if missing:
        raise ValueError(
            f"predict: {name!r} needs the measured curve {missing[0]!r}. Pass a dictionary with "
            "this name as known=..."
        )
    lines = {line: np.array(known[line], float) for line in QUESTIONS[name].known}
    prediction = _asked[name] = Prediction(QUESTIONS[name], lines, Path.cwd())
    prediction.ask()
    return prediction


def show_predictions(lesson: int) -> LessonFigure:
    """A figure of a lesson's predictions and measurements, one plot for each question.

    Args:
        lesson: the lesson's number.

    Raises:
        ValueError: the lesson has no questions.
    """
    questions = [question for question in QUESTIONS.values() if question.lesson == lesson]
    if not questions:
        raise ValueError(
            f"show_predictions: lesson {lesson} has no predictions. Pass the number of a lesson "
            f"that has some: {sorted({q.lesson for q in QUESTIONS.values()})}."
        )
    return draw_overview(lesson, [(q, _asked.get(q.name)) for q in questions])


def forget() -> None:
    """Forget what was asked in this session, as in a new kernel."""
    _asked.clear()


class Prediction:
    """A learner's answer to a question.

    Attributes:
        question: what is asked.
        value: the guess, or None if there is none.
        confidence: 0 to 2, see `CONFIDENCE`.
        measured: the measurement, once `compare` was called.
    """

    def __init__(self, question, known: Mapping[str, Any], folder: Path) -> None:
        self.question, self.known = question, known
        self.value: Any = None
        self.confidence = 0
        self.measured: Any = None
        self._folder = folder
        self._asking = None  # the controls, while they wait for an answer
        self._skipped_by_click = False

    def __repr__(self) -> str:
        return self._decided_box().plain()

    @property
    def label(self) -> str:
        """The guess in words, for a legend; "" without a guess."""
        if self.value is None:
            return ""
        words = "" if isinstance(self.question, Curve) else f": {self.question.words(self.value)}"
        return f"your prediction{words} ({CONFIDENCE[self.confidence]})"

    @property
    def is_right(self) -> bool | None:
        """Whether the guess agrees with the measurement; None if one of them is missing."""
        if self.value is None or self.measured is None:
            return None
        return self.question.why_wrong(self.value, self.measured, self.known) is None

    def ask(self) -> None:
        """Show the question's controls, or the guess that the learner has committed before."""
        if not outputs_are_stored():
            self._take(guess_file.read(self._folder).get(self.question.name, {}))
        if self.value is not None or outputs_are_stored() or not in_notebook():
            _show(self._decided_box())
            return
        from resnets.widgets.panel import Shown, question_spec

        spec = question_spec(self.question, self.known, self._element)
        waiting = Box("skipped", self._head, (("", "Run this cell to answer."),))
        self._asking = Shown(spec, waiting, self._on_answer)

    def draw(self, figure: LessonFigure | Axes) -> LessonFigure | Axes:
        """Draw the guess, dashed and with a label, into the (first) axes; return the figure."""
        self._pass_over()
        if self.value is not None:
            ax = figure if isinstance(figure, Axes) else figure.axes[0]
            draw_guess(ax, self.question, self.value, self.label)
            if isinstance(figure, LessonFigure):
                words = self.question.words(self.value)
                figure.alt += f" Dashed: your prediction, {words}."
        return figure

    def compare(self, measured: Any) -> None:
        """Ask what the plot shows; then show what was measured, why, and the reading.

        Args:
            measured: a number for a number, a value for each x for a curve, and for a choice what
                its options look at.
        """
        self._pass_over()
        self.measured = np.asarray(measured).tolist()
        entry = {} if outputs_are_stored() else guess_file.read(self._folder)
        if entry.get(self.question.name, {}).get("observed"):
            _show(self._result_box(""))
        elif self.value is None and not self._skipped_by_click or not in_notebook():
            _show(self._folded_box())
        else:
            self._ask_reading()

    # --- asking ------------------------------------------------------------------------------

    def _take(self, entry: Mapping[str, Any]) -> None:
        guess, confidence = entry.get("guess"), entry.get("confidence")
        if self.question.accepts(guess) and confidence in range(len(CONFIDENCE)):
            self.value, self.confidence = guess, confidence

    def _on_answer(self, answer: Mapping[str, Any]) -> str:
        """Take what the browser sends; return what it should say."""
        if self._asking is None:
            return "This prediction is decided already."
        if answer.get("do") == "commit":
            self._take({"guess": answer.get("value"), "confidence": answer.get("confidence")})
            if self.value is None:
                return "This answer cannot be used: choose one on the scale, then commit again."
            values = {"guess": self.value, "confidence": self.confidence}
            guess_file.update(self._folder, self.question.name, **values)
        self._skipped_by_click = self.value is None
        self._decide()
        return ""

    def _pass_over(self) -> None:
        """Skip the prediction if the learner runs on without an answer."""
        if self._asking is not None:
            self._decide()

    def _decide(self) -> None:
        asking, self._asking = self._asking, None
        asking.replace(self._decided_box())

    def _ask_reading(self) -> None:
        from resnets.widgets.panel import Shown, reading_spec

        reading = self.question.reading
        element = f"{self._element}-reading"
        waiting = Box("skipped", reading.question, (("", "Run this cell to answer."),))

        def observe(answer: Mapping[str, Any]) -> str:
            index = answer.get("value")
            if type(index) is not int or not 0 <= index < len(reading.observations):
                return "Choose one of the answers."
            seen = reading.observations[index]
            if seen.reply:
                return f"Look again. {seen.reply}"
            guess_file.update(self._folder, self.question.name, observed=True)
            shown.replace(self._result_box(element))
            return ""

        shown = Shown(reading_spec(reading, element), waiting, observe)

    # --- boxes -------------------------------------------------------------------------------

    @property
    def _element(self) -> str:
        return f"prediction-{self.question.name}"

    @property
    def _head(self) -> str:
        return f"Prediction: {self.question.title}"

    def _decided_box(self) -> Box:
        if self.value is None:
            text = (
                "Skipped. Run this cell again to answer, and then the cells below it."
                if not outputs_are_stored()
                else "Skipped in this run. In your own notebook this cell asks for your answer."
            )
            return Box("skipped", self._head, (("", text),), element=self._element)
        text = f"{self.question.words(self.value)} ({CONFIDENCE[self.confidence]}). Locked."
        return Box("committed", self._head, (("You predicted", text),), element=self._element)

    def _result_box(self, element: str) -> Box:
        """What was measured, whether the guess was right and why not, and the reading."""
        seen = next(o.text for o in self.question.reading.observations if not o.reply)
        parts = [("What the plot shows", seen + ".")]
        look, head = "skipped", f"Read: {self.question.title}"
        if self.value is not None:
            reason = self.question.why_wrong(self.value, self.measured, self.known)
            look = "wrong" if reason else "right"
            head = "Not as you predicted" if reason else "As you predicted"
            words = self.question.words(self.value)
            parts.append(("You predicted", f"{words} ({CONFIDENCE[self.confidence]})."))
            parts.append(("Measured", self.question.measured_words(self.measured) + "."))
            if reason:
                more = f"\n\n{reason.certain}" if self.confidence == CERTAIN else ""
                parts.append(("Why it differs", reason.text + more))
        parts += [("Read the result", self.question.reading.result), ("Note", self._differs())]
        return Box(look, head, tuple(parts), element=element)

    def _folded_box(self) -> Box:
        """The question what the plot shows, with the reading behind a summary line."""
        reading = self.question.reading
        return Box(
            "skipped",
            reading.question,
            (("", f"Choose first: {listed(reading.observations)}"), ("Note", self._differs())),
            ("Then open the reading of the result", reading.result),
        )

    def _differs(self) -> str:
        if self.question.reading.holds(self.measured) or outputs_are_stored():
            return ""
        return (
            "In this run the measurement is not as the text describes it. With other images, or "
            "with changed cells above, that can happen."
        )


def _show(box: Box) -> None:
    if in_notebook():
        from IPython.display import display

        display(box.bundle(), raw=True)
    else:
        print(box.plain())
