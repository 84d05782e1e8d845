"""A student's page says everything that helps, and nothing that is not theirs to know."""

import dataclasses

import pytest
from page_checks import checked

from grading.reports import pages, student_page
from grading.results import rubric
from grading.results.advice import advice
from grading.results.records import GRADED, Mark, Piece, Record, Results, file_stem
from grading.sandbox.loader import Loader
from resnets.exercises import EXERCISES, NAMES
from resnets.words import Words, findings

BLOCK = """def identity_block(X, f, filters, stage, block):
    # keep the input
    X_shortcut = X
    X = helper(X, filters)
    return X + X_shortcut"""
HELPER = "def helper(X, filters):\n    return Conv2D(filters[0], 1)(X)"
RIGHT = {"function": 1.0, "generality": 1.0, "names": 1.0}
WRONG = dict.fromkeys(RIGHT, 0.0)


def record(student="ann", **marks):
    """A graded record; `marks` replaces the full marks of some exercises."""
    all_marks = {name: Mark(10.0, 10.0, dict(RIGHT)) for name in NAMES}
    all_marks["gradient_norms"].aspects = {"function": 1.0, "generality": 1.0}
    sources = {
        "identity_block": [
            Piece("2_identity_block.ipynb", 3, 1, BLOCK),
            Piece("2_identity_block.ipynb", 2, 4, HELPER),
        ],
        "ResNet50": [Piece("4_resnet50.ipynb", 5, 1, "def ResNet50():\n    return None")],
    }
    made = Record(student, "key", GRADED, seed=4711, marks=all_marks | marks, sources=sources)
    rubric.apply(rubric.read(), made.marks)
    return made


def wrong(mistake, detail="", line=None, **aspects):
    return Mark(0, 0, {**WRONG, **aspects}, mistake, detail, line)


def page_of(made):
    """The checked page of a record."""
    return checked(student_page.page(made))


def test_a_right_submission_is_told_so():
    page = page_of(record())
    assert page.headings[0] == (1, "Residual networks: feedback for ann")
    assert "40 of 40 points" in page.text
    assert page.text.count("\N{CHECK MARK} Right.") == 2 * len(NAMES)
    assert "\N{BALLOT X}" not in page.text
    for exercise in EXERCISES.values():
        assert all(aspect.meaning in page.text for aspect in exercise.aspects)
    assert "# keep the input" in page.text and "def helper" in page.text
    assert "--only ann --seed 4711" in page.text


def test_a_named_mistake_comes_with_why_and_what_to_try():
    page = page_of(record(identity_block=wrong("no_final_relu")))
    words = advice("identity_block", "no_final_relu")
    assert words.why and words.hint
    for text in (words.title, words.why, words.hint):
        assert text in page.text
    assert "30 of 40 points" in page.text and "0 of 6.5" in page.text


def test_part_of_the_points_is_shown_by_aspect():
    page = page_of(record(ResNet50=wrong("hard_coded", function=1.0, generality=0.5, names=1.0)))
    assert "ResNet50: 8.75 of 10 points" in page.text
    assert "Partly right." in page.text and "for some" in page.text and "1.25 of 2.5" in page.text


def test_points_of_another_rubric_are_not_split_wrongly():
    made = record()
    made.marks["ResNet50"].points = 3.0
    page = page_of(made)
    assert "ResNet50: 3 of 10 points" in page.text
    assert page.text.count("6.5 of 6.5") == 2  # the two blocks


def test_the_line_that_raised_is_marked_where_it_stands():
    line = "2_identity_block.ipynb, code cell 2, line 5"
    made = record(
        identity_block=wrong("exception", "KeyError: 'f'", line),
        ResNet50=wrong("exception", "KeyError: 'f'", line),
    )
    html = student_page.page(made)
    page = checked(html)
    stopped = [a for a in page.all("span") if a.get("class") == "line stopped"]
    assert len(stopped) == 1
    assert "return Conv2D(filters[0], 1)(X)\N{LEFTWARDS ARROW} stopped here" in page.text
    assert "KeyError: 'f'" in page.text
    assert 'in <a href="#identity_block">' in html  # from ResNet50's section


@pytest.mark.parametrize(
    "line",
    [
        "other.ipynb, code cell 2, line 5",
        "2_identity_block.ipynb, code cell 2, line 6",
        "2_identity_block.ipynb, code cell 2, line 3",
        "f=5, filters=[3, 4, 5]",
        None,
    ],
)
def test_a_line_that_is_not_shown_marks_nothing(line):
    page = page_of(record(identity_block=wrong("exception", "x", line)))
    assert "stopped here" not in page.text
    assert "filters=[3" not in page.text


@pytest.mark.parametrize("exercise", NAMES)
@pytest.mark.parametrize("mistake", findings())
def test_every_finding_has_whole_sentences_for_every_exercise(exercise, mistake):
    page = page_of(record(**{exercise: wrong(mistake, "in line 3")}))
    said = advice(exercise, mistake)
    for text in (said.title, said.why, said.hint):
        assert "{" not in text and text.replace("`", "") in page.text
    assert page.text.count("in line 3") == 1


def test_a_mistake_that_no_catalogue_has_any_more_is_called_by_its_id():
    assert advice("ResNet50", "something_old") == Words("Something old.")


# --- what nobody trusts ----------------------------------------------------------------------

SNEAKY = (
    "<script>alert(1)</script>",
    "</code></pre><img src=x onerror=alert(1)>",
    "\"'><svg onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "]]><!--",
    "&lt;b&gt;&#0;",
)


@pytest.mark.parametrize("text", SNEAKY)
def test_no_text_becomes_html(text):
    made = record(f"eve {text}", identity_block=wrong("exception", f"raised {text}"))
    made.problems = [f"{text}.ipynb: not a notebook"]
    made.sources["identity_block"] = [Piece(f"{text}.ipynb", 1, 1, f"def f():\n    '{text}'")]
    page = page_of(made)
    assert page.text.count(text) >= 5
    plain = page_of(record(identity_block=wrong("exception", "raised")))
    known = {tag for tag, _ in plain.elements} | {"li", "ul"}
    assert {tag for tag, _ in page.elements} <= known


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b", "a\N{SYMBOL FOR NULL}b"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("a\x1bb\x07", "a\N{SYMBOL FOR ESCAPE}b\N{SYMBOL FOR BELL}"),
        ("user\u202egpj.exe", "user⟨U+202E⟩gpj.exe"),
        ("\u2066a\u2069\u200b\ufeff", "⟨U+2066⟩a⟨U+2069⟩⟨U+200B⟩⟨U+FEFF⟩"),
        ("a\ud800b\uffff\x85\x7f", "a⟨U+D800⟩b⟨U+FFFF⟩⟨U+0085⟩\N{SYMBOL FOR DELETE}"),
        ("naïve Ωμέγα 你好 שלום", "naïve Ωμέγα 你好 שלום"),
    ],
)
def test_what_hides_is_made_visible(text, shown):
    assert pages.visible(text) == shown
    made = record(identity_block=wrong("exception", text), student=text)
    made.sources["identity_block"] = [Piece("a.ipynb", 1, 1, f"# {text}")]
    student_page.page(made).encode("utf-8")
    assert page_of(made).text.count(shown) >= 3


def test_a_megabyte_is_cut_not_swallowed():
    huge = "x = 1\n" * 200_000
    made = record("n" * 1_000_000, identity_block=wrong("exception", huge))
    made.sources["identity_block"] = [Piece("a.ipynb", 1, 1, huge)]
    made.sources["ResNet50"] = [Piece("b.ipynb", 1, 1, "'" * 1_000_000)]
    made.problems = [huge] * 3
    html = student_page.page(made)
    assert len(html) < 2_000_000
    assert "There is more; only this much is shown." in checked(html).text


def test_code_comes_out_as_it_went_in():
    program = (
        'def f(a):\n\n    """doc\n    string"""\n'
        "    b = f\"{a!r}\" + '<&>'  # ümläut\n\n    return b\n"
    )
    lines, cut = pages.listing(program)
    assert not cut
    assert len(lines) == program.count("\n") + 1
    assert [line.striptags() for line in lines if line] == [
        " ".join(line.split()) for line in program.split("\n") if line
    ]


# --- what must not leak ----------------------------------------------------------------------


def test_a_page_has_nothing_of_others_and_of_this_machine(tmp_path):
    results = Results(tmp_path / "hidden-place")
    ann, bob = record("ann"), record("bob")
    bob.sources["identity_block"][0].text = "def identity_block():\n    return 'bobs secret'"
    ann.key = bob.key = "the-key-of-the-record"
    student_page.write(results, [ann, bob])
    text = (results.folder / "feedback" / "ann.html").read_text()
    for secret in ("bob", str(tmp_path), "hidden-place", "the-key-of-the-record"):
        assert secret not in text


@pytest.mark.parametrize(
    ("status", "wanted", "hidden"),
    [
        ("unreadable: a.zip: the zip is damaged", "a.zip: the zip is damaged", "unreadable"),
        ("ungraded: tcp://10.0.0.1:8786 /srv/x died", "not been marked yet", "10.0.0.1"),
        ("ungraded", "not been marked yet", "could not be read"),
        ("something else", "not been marked yet", "something else"),
    ],
)
def test_without_a_mark_there_is_no_0_but_what_to_do(status, wanted, hidden):
    page = page_of(Record("ann", "", status))
    assert wanted in page.text and "What to do now" in page.text
    assert "That is not a 0." in page.text
    assert hidden not in page.text and " of 40" not in page.text


# --- on disk ---------------------------------------------------------------------------------


def test_only_what_is_missing_or_changed_is_written(tmp_path):
    results = Results(tmp_path)
    class_of_two = [record("ann"), record("bob")]
    assert student_page.write(results, class_of_two) == 2
    assert student_page.write(results, class_of_two) == 0
    (tmp_path / "feedback" / "bob.html").unlink()
    assert student_page.write(results, class_of_two) == 1
    class_of_two[0].marks["ResNet50"] = wrong("exception")
    assert student_page.write(results, class_of_two) == 1
    assert "Your code raised" in (tmp_path / "feedback" / "ann.html").read_text()


def test_pages_are_renewed_when_they_are_made_in_another_way(tmp_path, monkeypatch):
    results = Results(tmp_path)
    student_page.write(results, [record()])
    monkeypatch.setattr(student_page, "maker_version", lambda: b"a later version of the course")
    assert student_page.write(results, [record()]) == 1


def test_an_interrupted_write_leaves_the_old_page(tmp_path, monkeypatch):
    results = Results(tmp_path)
    student_page.write(results, [record()])
    before = (tmp_path / "feedback" / "ann.html").read_text()

    def killed(source, target):
        raise KeyboardInterrupt

    monkeypatch.setattr("grading.results.records.os.replace", killed)
    with pytest.raises(KeyboardInterrupt):
        student_page.write(results, [record(ResNet50=wrong("exception"))])
    assert [path.name for path in (tmp_path / "feedback").iterdir()] == ["ann.html"]
    assert (tmp_path / "feedback" / "ann.html").read_text() == before


STUDENTS = ["ann", "a b", "a/b", "..", ".", "", "a\nb", "ä" * 200, "x" * 300, "a_b", "=1+1", "a b "]


def test_every_name_has_a_file_of_its_own(tmp_path):
    names = [*STUDENTS, *(file_stem(name) for name in STUDENTS if file_stem(name) != name)]
    results = Results(tmp_path)
    assert student_page.write(results, [record(name) for name in names]) == len(names)
    written = list((tmp_path / "feedback").iterdir())
    assert len(written) == len(names)
    assert all(path.suffix == ".html" and not path.name.startswith(".") for path in written)


def test_a_record_with_code_comes_back_as_it_was(tmp_path):
    results = Results(tmp_path)
    results.save(record())
    assert results.load("ann") == record()
    old = dataclasses.replace(record("bob"), format=1)
    results.save(old)
    assert results.load("bob") is None  # an older format is marked again


# --- where the code comes from ---------------------------------------------------------------


def loader(*cells, name="2_identity_block.ipynb"):
    return Loader([{"name": name, "cells": list(cells)}])


def test_the_code_shown_is_the_code_that_is_called():
    stub = "def identity_block(X):\n    raise NotImplementedError()"
    cells = ["def helper(X):\n    return FACTOR * X\nFACTOR = 2", "%%time\n\n@decorated\n" + BLOCK]
    found = loader(*cells, BLOCK.replace("keep", "mind"), stub).source("identity_block")
    assert [(piece["cell"], piece["first"]) for piece in found] == [(3, 1), (1, 1), (1, 3)]
    assert "# mind the input" in found[0]["text"]
    assert [piece["text"] for piece in found[1:]] == [cells[0][:-11], "FACTOR = 2"]
    decorated = loader(*cells).source("identity_block")[0]
    assert (decorated["first"], decorated["text"]) == (3, "@decorated\n" + BLOCK)


def test_an_empty_exercise_is_shown_and_a_missing_one_is_not():
    stub = "def identity_block(X):\n    raise NotImplementedError()"
    assert loader(stub).source("identity_block")[0]["text"] == stub
    assert loader("a = 1").source("identity_block") == []


def test_the_code_shown_has_an_end():
    long = "def identity_block(X):\n" + "    X = X + 1\n" * 10_000 + "    return X"
    (piece,) = loader(long).source("identity_block")
    assert piece["cut"] and len(piece["text"]) == 60_000
    chain = "\n".join(f"def f{i}():\n    return f{i + 1}()" for i in range(500))
    found = loader("def identity_block(X):\n    return f0()", chain).source("identity_block")
    assert len(found) < 30
