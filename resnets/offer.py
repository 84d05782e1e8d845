"""The button "Use the course's own for now", under a cell that waits for an exercise.

Who calls it: `checks.cell_gate` and `from_lesson`. The button is shown once for each exercise in a
session, not under each of the cells that wait for it.
"""

from __future__ import annotations

import html

from resnets import stand_ins
from resnets.training.progress import in_notebook, view_of
from resnets.training.stored import outputs_are_stored

_offered: set[str] = set()


def say(line: str) -> None:
    """Show a line in a notebook as prose, which breaks between words; print it elsewhere."""
    if not in_notebook():
        print(line)
        return
    from IPython.display import display

    display({"text/plain": line, "text/html": f"<p>{html.escape(line)}</p>"}, raw=True)


def wait(line: str, names: list[str]) -> None:
    """Say what a cell waits for, and show the button for exercises that are not solved yet."""
    say(line)
    offer(names)


def offer(names: list[str]) -> None:
    """Show the button for exercises that are not solved yet; nothing outside a notebook."""
    new = [name for name in names if stand_ins.available(name) and name not in _offered]
    if not new or outputs_are_stored() or not in_notebook():
        return
    from IPython.display import display
    from ipywidgets import Button

    _offered.update(new)
    both = " and ".join(new)
    button = Button(description=f"Use the course's own {both} for now", layout={"width": "auto"})
    plain = f"Stuck? Run this cell again: a button lends you the course's own {both}."
    bundle = {**view_of(button), "text/plain": plain}
    output = display(bundle, raw=True, display_id=True)

    def use(_: Button) -> None:
        for name in new:
            stand_ins.lend(name)
        text = (
            f"This session uses the course's own {both}. The exercise counts as not done, and you "
            "can still solve it. Now run this cell again and go on."
        )
        output.update({"text/plain": text, "text/html": f'<p role="status">{text}</p>'}, raw=True)
        button.close()

    button.on_click(use)


def forget() -> None:
    """Offer all exercises again, as in a new kernel."""
    _offered.clear()
