"""The kinds of mutation, made from the parts in ``tools.notebooks.mutations``."""

from __future__ import annotations

import base64

from tools.notebooks import mutation_changes as c
from tools.notebooks import mutations as m
from tools.notebooks.mutation_changes import put, resource, rewrite, substitute
from tools.notebooks.mutations import Kind, cells, holds

ERROR = {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": ["no"]}
STDERR = {"output_type": "stream", "name": "stderr", "text": "a warning\n"}
RESULT = m.outputs(lambda output: output.output_type == "execute_result")
JUNK = base64.b64encode(b"this is not an image" * 9).decode()
IMAGE = r"!\[[^\]]*\]\([^)]*\)"

OUTPUT_KINDS = (
    Kind("all outputs and counts cleared", m.whole, c.clear_all(keep_counts=False)),
    Kind("all outputs cleared, counts kept", m.whole, c.clear_all(keep_counts=True)),
    Kind("one cell's outputs cleared", m.with_outputs, put("outputs", [])),
    Kind("one output removed", m.outputs(lambda output: True), c.drop_output),
    Kind("two outputs swapped", m.with_two_outputs, c.swap_outputs),
    Kind("a result made a display", RESULT, c.result_to_display),
    Kind(
        "an image's description changed",
        holds("image/png"),
        c.set_output("metadata", {"image/png": {"alt": "Something else."}}),
    ),
    Kind(
        "a space at the end of a stream",
        holds("stdout"),
        rewrite("stdout", lambda t, r: t.rstrip("\n") + " \n"),
    ),
    Kind("a digit in a stream", holds("stdout", r"\d"), rewrite("stdout", c.change_digit)),
    Kind("a word in a stream", holds("stdout", r"[A-Za-z]{3}"), rewrite("stdout", c.change_word)),
    Kind("a line added to a stream", holds("stdout"), rewrite("stdout", lambda t, r: t + "done\n")),
    Kind(
        "a line removed from a stream",
        holds("stdout", r"\S"),
        rewrite("stdout", lambda t, r: "\n".join(t.rstrip("\n").split("\n")[:-1])),
    ),
    Kind(
        "a check that did not pass",
        holds("text/plain", "^PASSED"),
        rewrite("text/plain", lambda t, r: t.replace("PASSED", "NOT YET")),
    ),
    Kind(
        "a cell that waits",
        holds("stdout"),
        rewrite("stdout", lambda t, r: "This cell is waiting for add_up.\n"),
    ),
    Kind(
        "a digit in text/plain", holds("text/plain", r"\d"), rewrite("text/plain", c.change_digit)
    ),
    Kind(
        "a word in text/plain",
        holds("text/plain", r"[A-Za-z]{3}"),
        rewrite("text/plain", c.change_word),
    ),
    Kind("a digit in html", holds("text/html", r"\d"), rewrite("text/html", c.change_digit)),
    Kind("a word in html", holds("text/html", r"[A-Za-z]{3}"), rewrite("text/html", c.change_word)),
    Kind("a digit in svg", holds("image/svg+xml", r"\d"), rewrite("image/svg+xml", c.change_digit)),
    Kind("HTML removed from an output", holds("text/html"), c.drop_mime("text/html")),
    Kind("an image removed from an output", holds("image/png"), c.drop_mime("image/png")),
    Kind("an image replaced by junk", holds("image/png"), rewrite("image/png", lambda t, r: JUNK)),
    Kind("an image emptied", holds("image/png"), rewrite("image/png", lambda t, r: "")),
    Kind(
        "an image cut short",
        holds("image/png"),
        rewrite("image/png", lambda t, r: t[: len(t) // 8 * 4]),
    ),
    Kind(
        "an image made blank",
        holds("image/png"),
        rewrite("image/png", lambda t, r: c.plain_image((400, 300))),
    ),
    Kind(
        "an image of one pixel",
        holds("image/png"),
        rewrite("image/png", lambda t, r: c.plain_image((1, 1))),
    ),
    Kind(
        "another image of the same size",
        holds("image/png"),
        rewrite("image/png", c.noise_image),
    ),
    Kind(
        "an array elided",
        holds("stdout"),
        rewrite("stdout", lambda t, r: t + "[0. 1. 2. ... 7. 8. 9.]\n"),
    ),
    Kind(
        "an object's address",
        holds("stdout"),
        rewrite("stdout", lambda t, r: t + "<Model at 0x7f3a5c0d1e20>\n"),
    ),
    Kind("a stream turned to stderr", holds("stdout"), c.set_output("name", "stderr")),
    Kind("stderr stored", m.with_outputs, c.append_output(STDERR)),
    Kind("an error stored", cells("code"), c.append_output(ERROR)),
    Kind("a result's count", RESULT, c.set_output("execution_count", 99)),
    Kind("a count skipped", cells("code"), put("execution_count", 77)),
    Kind("a count missing", cells("code"), put("execution_count", None)),
)

CELL_KINDS = (
    Kind("a code cell deleted", cells("code"), c.delete_cell),
    Kind("a code cell deleted, counts renewed", cells("code"), c.delete_cell_and_recount),
    Kind("a prose cell deleted", cells("markdown"), c.delete_cell),
    Kind("two cells swapped", m.neighbours, c.swap_cells),
    Kind("a cell doubled", cells(), c.double_cell(new_id=False)),
    Kind("a cell doubled under a new id", cells(), c.double_cell(new_id=True)),
    Kind("a cell added", cells(), c.add_cell),
    Kind("a cell's id changed", cells(), put("id", "renamed")),
    Kind("a code cell made prose", cells("code"), c.set_cell_type("markdown")),
    Kind("a code cell made raw", cells("code"), c.set_cell_type("raw")),
    Kind("kernelspec of another language", m.whole, put("metadata.kernelspec.name", "ir")),
    Kind("an editor's metadata on a cell", cells(), put("metadata.scrolled", True)),
    Kind("an editor's metadata on the notebook", m.whole, put("metadata.toc", {"base": 1})),
    Kind("widget state stored", m.whole, put("metadata.widgets", {"state": {}})),
)

SOURCE_KINDS = (
    Kind(
        "a number in the code",
        cells("code", r"(?<![\w.])\d+(?![\w.])"),
        resource(c.change_number_in_code),
    ),
    Kind(
        "a wrong value assigned",
        cells("code", r"(?m)^\w+ = [^\n(\[{]+$"),
        substitute(r"(?m)^(\w+) = ([^\n(\[{]+)$", r"\1 = [\2]"),
    ),
    Kind(
        "an assertion removed",
        cells("code", r"(?m)^assert "),
        substitute(r"(?m)^assert [^\n]*", "pass"),
    ),
    Kind(
        "an assertion made always true",
        cells("code", r"(?m)^assert "),
        substitute(r"(?m)^assert ", "assert True or "),
    ),
    Kind("a line of code removed", cells("code", r"\n"), substitute(r"[^\n]*\n", "")),
    Kind("a comment added to the code", cells("code"), resource(lambda t, r: t + "\n# a remark")),
    Kind(
        "NBVAL_IGNORE_OUTPUT added",
        cells("code"),
        resource(lambda t, r: "# NBVAL_IGNORE_OUTPUT\n" + t),
    ),
    Kind("NBVAL_SKIP added", cells("code"), resource(lambda t, r: "# NBVAL_SKIP\n" + t)),
    Kind(
        "NBVAL_RAISES_EXCEPTION added",
        cells("code"),
        resource(lambda t, r: t + "\n# NBVAL_RAISES_EXCEPTION"),
    ),
    Kind(
        "a marker inside a string literal",
        cells("code"),
        resource(lambda t, r: 'note = """\n# NBVAL_IGNORE_OUTPUT\n"""\n' + t),
    ),
    Kind("nbval-skip as a tag", cells("code"), put("metadata.tags", ["nbval-skip"])),
    Kind(
        "nbval-ignore-output as a tag", cells("code"), put("metadata.tags", ["nbval-ignore-output"])
    ),
    Kind("raises-exception as a tag", cells("code"), put("metadata.tags", ["raises-exception"])),
)

EXERCISE_KINDS = (
    Kind(
        "a solution removed",
        cells("code", nbgrader="solution"),
        substitute(
            r"### BEGIN SOLUTION.*### END SOLUTION",
            "### BEGIN SOLUTION\n    raise NotImplementedError()\n    ### END SOLUTION",
        ),
    ),
    Kind(
        "a solution's first marker removed",
        cells("code", nbgrader="solution"),
        substitute(r" *### BEGIN SOLUTION\n", ""),
    ),
    Kind(
        "a solution's last marker removed",
        cells("code", nbgrader="solution"),
        substitute(r"\n *### END SOLUTION", ""),
    ),
    Kind(
        "a solution cell no longer one",
        cells("code", nbgrader="solution"),
        put("metadata.nbgrader.solution", False),
    ),
    Kind("nbgrader metadata removed", cells("code", nbgrader="grade"), put("metadata", {})),
    Kind("points changed", cells("code", nbgrader="grade"), put("metadata.nbgrader.points", 1)),
    Kind(
        "a check unlocked", cells("code", nbgrader="grade"), put("metadata.nbgrader.locked", False)
    ),
    Kind(
        "a grade_id changed",
        cells("code", nbgrader="grade_id"),
        put("metadata.nbgrader.grade_id", "other"),
    ),
    Kind(
        "nbgrader's schema changed",
        cells("code", nbgrader="schema_version"),
        put("metadata.nbgrader.schema_version", 2),
    ),
    Kind(
        "a check that always passes",
        cells("code", nbgrader="grade"),
        resource(lambda t, r: "result = True\nresult"),
    ),
)

PROSE_KINDS = (
    Kind("a word in the prose", cells("markdown", r"[A-Za-z]{3}"), resource(c.change_word)),
    Kind("an alt text removed", cells("markdown", IMAGE), substitute(r"!\[[^\]]*\]", "![]")),
    Kind(
        "an alt text of another figure",
        cells("markdown", IMAGE),
        substitute(r"!\[[^\]]*\]", "![A figure that says something else]"),
    ),
    Kind(
        "an image path broken",
        cells("markdown", IMAGE),
        substitute(r"(!\[[^\]]*\]\()[^)]*\)", r"\1../../images/gone.svg)"),
    ),
    Kind("an image removed", cells("markdown", IMAGE), substitute(IMAGE, "")),
    Kind(
        "a hint removed", cells("markdown", "<details>"), substitute(r"<details>.*?</details>", "")
    ),
    Kind(
        "the minutes removed",
        cells("markdown", r"\d+ minutes?"),
        substitute(r"\d+ minutes?", "some time"),
    ),
    Kind("a title removed", cells("markdown", r"^# "), substitute(r"^# ", "")),
)

LEARNER_KINDS = tuple(
    Kind(f"learner's copy: {name}", where, change, of_learner=True)
    for name, where, change in (
        ("code edited", cells("code"), resource(lambda t, r: t + "\n# mine")),
        ("prose edited", cells("markdown", r"[A-Za-z]{3}"), resource(c.change_word)),
        ("solution filled in", cells("code", "NotImplementedError"), c.copy_solution),
        ("solution region back", cells("code", "# YOUR CODE HERE"),
         substitute("# YOUR CODE HERE", "### BEGIN SOLUTION")),
        ("output stored", cells("code"), c.append_output(
            {"output_type": "stream", "name": "stdout", "text": "7\n"})),
        ("count stored", cells("code"), put("execution_count", 1)),
        ("cell deleted", cells(), c.delete_cell),
        ("cells swapped", m.neighbours, c.swap_cells),
        ("points changed", cells("code", nbgrader="grade"), put("metadata.nbgrader.points", 100)),
        ("check unlocked", cells("code", nbgrader="grade"),
         put("metadata.nbgrader.locked", False)),
        ("check made deletable", cells("code", nbgrader="grade"), put("metadata.deletable", True)),
        ("image path broken", cells("markdown", IMAGE),
         substitute(r"(!\[[^\]]*\]\()[^)]*\)", r"\1../../images/x.svg)")),
        ("tag added", cells(), put("metadata.tags", ["nbval-skip"])),
    )
)  # fmt: skip

KINDS = OUTPUT_KINDS + CELL_KINDS + SOURCE_KINDS + EXERCISE_KINDS + PROSE_KINDS + LEARNER_KINDS
