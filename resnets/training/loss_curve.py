"""The loss of a training so far, as a small drawing under its progress bar.

Who calls it: `TrainingProgress`, several times a second; so it is plain SVG and no plot.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

_WIDTH, _HEIGHT, _MARGIN = 320, 76, 4
_COLOUR = "#0072B2"


def loss_curve(points: Sequence[tuple[float, float]]) -> str:
    """Return the drawing as SVG; an empty text for fewer than two points.

    Args:
        points: (share of the training that is done, loss), in order. The axes reach from 0 to 1,
            and from 0 to the largest loss, so the curve only ever grows to the right.
    """
    shown = [(done, loss) for done, loss in points if math.isfinite(loss)]
    if len(shown) < 2:
        return ""
    top = max(max(loss for _, loss in shown), 1e-9)
    inner = _HEIGHT - 2 * _MARGIN
    line = " ".join(
        f"{done * _WIDTH:.1f},{_MARGIN + inner * (1 - loss / top):.1f}" for done, loss in shown
    )
    first, last = shown[0][1], shown[-1][1]
    label = f"The loss so far, from {first:.2f} to {last:.2f}; the scale ends at {top:.2f}."
    return (
        f'<svg role="img" aria-label="{label}" width="{_WIDTH + 60}" height="{_HEIGHT}" '
        'style="display:block;margin:.3em 0" font-size="11" fill="currentColor">'
        f'<path d="M0 0V{_HEIGHT - 1}H{_WIDTH}" fill="none" stroke="currentColor" opacity=".4"/>'
        f'<polyline points="{line}" fill="none" stroke="{_COLOUR}" stroke-width="2"/>'
        f'<text x="{_WIDTH + 6}" y="11">{top:.2f}</text>'
        f'<text x="{_WIDTH + 6}" y="{_HEIGHT / 2:.0f}">loss</text>'
        f'<text x="{_WIDTH + 6}" y="{_HEIGHT - 2}">0</text></svg>'
    )
