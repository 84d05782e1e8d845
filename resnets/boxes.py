"""The style of the boxes in which a check, and a prediction, answers.

Text takes JupyterLab's own colours, which follow its light and dark themes. The kind of border
tells the boxes apart, not only its colour.
"""

BASE = (
    "padding:.6em .9em;margin:.3em 0;max-width:52em;line-height:1.45;"
    "color:var(--jp-content-font-color1,inherit);font-family:var(--jp-content-font-family,sans-serif);"
)
RIGHT = BASE + "border:1px solid #009e73;border-left:.5em solid #009e73;"
WRONG = BASE + "border:1px solid #d55e00;border-left:.5em double #d55e00;"
UNFINISHED = BASE + "border:1px dashed #0072b2;border-left:.5em dotted #0072b2;"
WAITING = BASE + "border:1px solid #0072b2;border-left:.5em dashed #0072b2;"
SKIPPED = BASE + "border:1px dashed #6b6b6b;border-left:.5em dotted #6b6b6b;"
