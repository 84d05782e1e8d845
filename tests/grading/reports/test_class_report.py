"""The class report agrees with the records, for one student and for a thousand."""

import dataclasses
import itertools
import json
import random
import shutil

import pytest
from entries import FOUR
from page_checks import checked

from grading.__main__ import main
from grading.reports import class_report, similarity
from grading.results.records import GRADED, Mark, Piece, Record, Results
from resnets.exercises import NAMES

pytestmark = pytest.mark.slow

ASPECTS = {"function": 1.0, "generality": 1.0, "names": 1.0}


def record(student="ann", code=None, seconds=2.0, **mistakes):
    """Return a graded record; exercises named in `mistakes` have that mistake and no points."""
    marks = {
        name: Mark(0.0, 10.0, dict.fromkeys(ASPECTS, 0.0), mistakes[name], "m")
        if name in mistakes
        else Mark(10.0, 10.0, dict(ASPECTS), None, "Right.")
        for name in FOUR
    }
    sources = {"identity_block": [Piece("2.ipynb", 1, 1, code)]} if code else {}
    return Record(student, "k", GRADED, 1, marks, sources=sources, seconds=seconds)


def cells(html, caption):
    """Return the rows of the table with this caption, as lists of texts."""
    import re

    table = re.search(rf"<caption>{caption}.*?</table>", html, re.DOTALL).group()
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)[1:]
    clean = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[re.sub(r"<[^>]+>", "", cell) for cell in row] for row in clean]


def test_the_numbers_agree_with_the_records():
    class_of_four = [
        record("ann"),
        record("bob", identity_block="no_shortcut", seconds=6.0),
        record("cy", identity_block="no_shortcut", ResNet50="timeout", seconds=60.0),
        record("dee", gradient_norms="missing"),
        Record("eve", "", "unreadable: eve.zip: the zip is damaged"),
        Record("fay", "", "ungraded: a worker died"),
    ]
    html = class_report.page(class_of_four)
    page = checked(html)
    assert (
        "4 of 6 submissions graded, mean 30.0, median 30 of 40 points, 1 with all points"
        in page.text
    )
    assert "2 without a mark." in page.text and "4 graded, 1 unreadable, 1 ungraded." in page.text
    totals = dict(cells(html, "Students by total points"))
    assert (totals["20 to below 24"], totals["28 to below 32"], totals["36 to 40"]) == (
        "1",
        "2",
        "1",
    )
    rows = {row[0]: row[1:] for row in cells(html, "Each exercise, for the 4 graded")}
    assert rows["identity_block"] == ["4", "5.0 of 10 (50 %)", "2 (50 %)"]
    assert rows["gradient_norms"] == ["3", "7.5 of 10 (75 %)", "3 (75 %)"]
    mistakes = cells(html, "All mistakes")
    shortcut = "The shortcut is never added: the block returns its main path alone."
    assert mistakes[0] == [shortcut, "identity_block", "no_shortcut", "2 (50 %)"]
    assert len(mistakes) == 3
    assert cells(html, "The slowest")[0] == ["cy", "60.0", "0", "1"]
    assert dict(cells(html, "Students by time"))["60 to 70"] == "1"
    assert cells(html, "Students without a mark")[0] == [
        "eve",
        "unreadable",
        "eve.zip: the zip is damaged",
    ]
    students = {row[0]: row[1:] for row in cells(html, "Every student")}
    points = dict(zip(FOUR, ("10", "0", "10", "0"), strict=True))
    columns = [points.get(name, "") for name in NAMES]
    assert students["cy"] == [*columns, "20", "no_shortcut, timeout"]
    assert students["eve"][len(NAMES)] == ""  # no 0
    assert [text for level, text in page.headings if level == 3][:2] == [
        "Half of the class has at least 30 of 40 points",
        "identity_block is the hardest: the class earned 50 % of its points",
    ]


def test_every_plot_has_a_text_alternative_and_axis_labels():
    page = checked(
        class_report.page([record("ann", ResNet50="timeout"), record("bob", seconds=9.0)])
    )
    labels = [attributes["aria-label"] for attributes in page.all("svg")]
    assert len(labels) == 4
    assert "median, 35" in labels[0] and "ResNet50 50 %" in labels[1]
    assert "The code timed out" in labels[2] and "longest is 9.0 s" in labels[3]
    for axis in ("total points", "students", "percent", "seconds for one submission", "median: 35"):
        assert axis in page.text
    assert all("font-size" in attributes for attributes in page.all("text"))


@pytest.mark.parametrize("status", [GRADED, "ungraded: x", "unreadable: y"])
def test_a_class_of_one_student_gets_a_report(status):
    page = checked(class_report.page([dataclasses.replace(record(), status=status)]))
    assert ("One student, with 40 of 40 points" in page.text) == (status == GRADED)
    assert ("No submission has a mark yet." in page.text) == (status != GRADED)


def test_a_class_with_no_mistake_or_no_point_gets_a_report():
    assert "everything that was handed in is right" in checked(class_report.page([record()])).text
    wrong = [record(f"s{i}", **dict.fromkeys(FOUR, "unfinished")) for i in range(3)]
    assert (
        "In every exercise the class earned 0 % of the points"
        in checked(class_report.page(wrong)).text
    )


def test_marks_without_points_do_not_stop_the_report():
    nothing = record()
    for mark in nothing.marks.values():
        mark.points = mark.maximum = 0.0
    checked(class_report.page([nothing]))
    checked(class_report.page([dataclasses.replace(record(), marks={})]))


def test_marks_without_a_sandbox_are_named():
    html = class_report.page([dataclasses.replace(record(), sandbox="none")])
    assert "1 submission ran without a sandbox" in checked(html).text


def test_marks_with_fewer_protections_are_named():
    html = class_report.page(
        [dataclasses.replace(record(), sandbox="isolated without seccomp")] * 2
    )
    text = checked(html).text
    assert "2 submissions ran isolated without seccomp" in text
    assert "without a sandbox" not in text


def test_no_text_of_a_student_becomes_html():
    sneaky = "<script>alert(1)</script>\u202e{{ 7 * 7 }}$x$"
    eve = record(f"eve {sneaky}", identity_block=sneaky, ResNet50="a_$b$^{")
    eve.problems = [sneaky]
    damaged = Record(sneaky, "", f"unreadable: {sneaky}")
    page = checked(class_report.page([eve, damaged, Record("f", "", sneaky)]))
    assert page.text.count("<script>alert(1)</script>⟨U+202E⟩{{ 7 * 7 }}$x$") >= 6


def test_the_command_writes_the_report_beside_the_marks(tmp_path, capsys):
    results = Results(tmp_path)
    results.save(record("ann"))
    assert main(["report", str(tmp_path)]) == 0
    assert str(tmp_path / "report.html") in capsys.readouterr().out
    checked((tmp_path / "report.html").read_text())
    assert main(["report", str(tmp_path)]) == 0  # again


@pytest.mark.parametrize("place", ["empty", "not there"])
def test_the_command_without_marks_says_what_to_do(tmp_path, capsys, place):
    (tmp_path / "empty" / "records").mkdir(parents=True)
    assert main(["report", str(tmp_path / place)]) == 2
    message = capsys.readouterr().err
    assert "no marks in it; run `python -m grading grade SUBMISSIONS --out" in message
    assert not (tmp_path / "not there").exists()


# --- similarity ------------------------------------------------------------------------------

_CHOICES = {
    "x": ["X", "x", "y", "out", "h"],
    "shortcut": ["X_shortcut", "shortcut", "skip", "saved", "start"],
    "conv": ["Conv2D", "layers.Conv2D", "keras.layers.Conv2D"],
    "bn": ["BatchNormalization()", "BatchNormalization(axis=3)", "BatchNormalization(axis=-1)"],
    "one": ["1", "(1, 1)", "kernel_size=1", "kernel_size=(1, 1)"],
    "f": ["f", "(f, f)", "kernel_size=f", "kernel_size=[f, f]"],
    "relu": ["Activation('relu')", "ReLU()", "layers.ReLU()", "Activation(keras.activations.relu)"],
    "stride": ["", ", strides=1", ", strides=(1, 1)"],
    "pad": ["", ", padding='valid'", ", use_bias=True"],
    "add": ["Add()([{x}, {s}])", "{x} + {s}", "layers.add([{s}, {x}])", "Add()([{s}, {x}])"],
    "filters": ["F1, F2, F3 = filters", "a, b, c = filters", "n = list(filters)\n    a, b, c = n"],
    "said": ["# go small", "# three numbers", "# look around", "# put together", "# as before"],
}


def program(rng):
    """Return a right block with random choices, as one of many students would write it."""
    c = {name: rng.choice(ways) for name, ways in _CHOICES.items()}
    names = c["filters"].splitlines()[-1].split("=")[0].replace(",", " ").split()
    x, s = c["x"], c["shortcut"]
    lines = ["def identity_block(X, f, filters, stage, block):", f"    {c['filters']}"]
    lines += [f"    {c['said']}", f"    {s} = X"]
    for i, (count, size) in enumerate(zip(names, (c["one"], c["f"], c["one"]), strict=True)):
        same = ", padding='same'" if i == 1 else c["pad"]
        source = "X" if i == 0 else x
        lines.append(f"    {x} = {c['conv']}({count}, {size}{c['stride']}{same})({source})")
        lines.append(f"    {x} = {c['bn']}({x})")
        if i < 2:
            lines.append(f"    {x} = {c['relu']}({x})")
    lines.append(f"    {x} = {c['add'].format(x=x, s=s)}")
    lines.append(f"    return {c['relu']}({x})")
    return "\n".join(lines)


def disguised(text):
    """Return the same program with other names, comments, layout and order of keywords."""
    import ast

    tree = ast.parse(text)
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.setdefault(node.id, f"renamed_{len(names)}")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = names.get(node.id, node.id)
        elif isinstance(node, ast.arg):
            node.arg = names.get(node.arg, node.arg)
        elif isinstance(node, ast.Call):
            node.keywords.reverse()
    return "# all my own work\n" + ast.unparse(tree)


ODD = """def identity_block(X, f, filters, stage, block):
    # my cat walked over the keyboard here
    banana = [X]
    for step, (count, size) in enumerate(zip(filters, (1, f, 1))):
        grow = Conv2D(filters=count, padding=["valid", "same"][size > 1], kernel_size=[size] * 2)
        banana.append(grow(banana[-1]))
        banana[-1] = BatchNormalization(axis=len(banana[-1].shape) - 1)(banana[-1])
        if step != 2:
            banana[-1] = Activation("relu")(banana[-1])
    banana[-1] = layers.add(banana[::len(banana) - 1])
    return Activation("relu")(banana[-1])"""


def class_of(count, seed=1):
    rng = random.Random(seed)
    return [record(f"s{i:04}", program(rng)) for i in range(count)]


def similar_students(records):
    return [group.students for group in similarity.groups(records, class_report.handed_out())]


@pytest.mark.parametrize("count", [10, 60])
def test_independent_work_is_not_listed(count):
    assert [similar_students(class_of(count, seed)) for seed in range(3)] == [[], [], []]


def test_a_disguised_copy_of_something_unusual_is_found():
    others = class_of(20)
    assert similar_students([*others, record("ann", ODD)]) == []
    group = [*others, record("ann", ODD), record("bob", disguised(ODD))]
    assert similar_students(group) == [("ann", "bob")]
    (pair,) = similarity.groups(group)
    assert pair.structure == pytest.approx(1) and pair.same == ("identity_block",)
    assert pair.shared == ()


def test_words_that_only_two_students_use_are_shown():
    group = [*class_of(20), record("ann", ODD), record("bob", ODD), record("cy", disguised(ODD))]
    (pair,) = similarity.groups([r for r in group if r.student != "cy"])
    assert pair.wording == pytest.approx(1)
    assert {"my cat walked over the keyboard here", "banana"} <= set(pair.shared)
    assert similar_students(group) == [("ann", "bob", "cy")]


def test_one_common_part_is_not_listed():
    own = [
        "\n".join(f"def part{k}_{i}(a):\n    return a.way{k}{i}([a, {k}])" for i in range(40))
        for k in range(2)
    ]
    both = [record(f"s{k}", f"{ODD}\n{text}") for k, text in enumerate(own)]
    assert similar_students([*class_of(20), *both]) == []


def test_copies_of_the_lessons_own_solution_are_not_listed():
    solved = next(
        text
        for text in class_report.handed_out()
        if "def identity_block" in text and "NotImplementedError" not in text
    )
    copies = [record(name, solved) for name in ("ann", "bob", "cy")]
    assert similar_students([*class_of(20), *copies]) == []


def test_files_beside_the_lessons_do_not_stop_the_report(tmp_path, monkeypatch):
    given = class_report.handed_out()
    shutil.copytree(class_report.LESSONS, tmp_path / "notebooks")
    monkeypatch.setattr(class_report, "LESSONS", tmp_path / "notebooks")
    own = json.dumps({"cells": [{"cell_type": "code", "source": ODD}]})
    files = {
        "Untitled.ipynb": "",
        ".ipynb_checkpoints/2_identity_block-checkpoint.ipynb": own,
        "solutions/2_old.ipynb": '{"nbformat": 3, "worksheets": []}',
        "2_torn.ipynb": '{"cells": [{"cell_type"',
        "my own solution.ipynb": own,
    }
    for name, text in files.items():
        path = tmp_path / "notebooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert class_report.handed_out() == given
    both = [record("ann", ODD), record("bob", ODD)]
    assert similar_students([*class_of(20), *both]) == [("ann", "bob")]  # not handed out
    checked(class_report.write(Results(tmp_path / "results")).read_text())


def test_code_that_the_whole_class_has_is_not_listed():
    assert similar_students([record(f"s{i}", ODD) for i in range(20)]) == []


def test_too_few_students_are_not_compared():
    html = class_report.page([record("ann", ODD), record("bob", ODD)])
    assert "too few to tell what is usual" in checked(html).text


@pytest.mark.parametrize(
    "code",
    ["def f(:", "\x00", "(" * 5000, "x = " + "-" * 5000 + "1", "'''", "1 +\\", " a\nb", "é = 1"],
)
def test_code_that_python_cannot_parse_is_ignored(code):
    records = [*class_of(6), record("ann", code), record("bob", code)]
    assert similar_students(records) == []
    checked(class_report.page(records))


def test_a_class_of_a_thousand_gets_a_report():
    records = class_of(1000)
    for student, mistake in zip(records, itertools.cycle(["no_shortcut", "timeout"]), strict=False):
        student.marks["identity_block"].mistake = mistake
        student.seconds = float(len(student.sources["identity_block"][0].text) % 37)
    records += [record("ann", ODD), record("bob", disguised(ODD))]
    html = class_report.page(records)
    checked(html)
    assert [row[0] for row in cells(html, "1 group among 1002")] == ["ann, bob"]
    assert len(cells(html, "Every student")) == 1002


def test_a_number_too_long_for_a_text_does_not_stop_the_report():
    texts = ["def identity_block(X):\n    return X\n"] * 6
    texts[0] = f"def identity_block(X):\n    n = 0x{'f' * 4000}\n    return X\n"
    records = [
        Record(f"s{i}", "k", GRADED, sources={"identity_block": [Piece("2.ipynb", 3, 1, text)]})
        for i, text in enumerate(texts)
    ]
    assert similarity.groups(records) == []
