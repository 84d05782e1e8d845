"""A student's page shows everything that helps, and nothing about others."""

import dataclasses

import pytest
from entries import FOUR
from page_checks import checked

from grading.reports import pages, student_page
from grading.results import rubric
from grading.results.advice import advice
from grading.results.records import GRADED, Mark, Piece, Record, Results, file_stem
from grading.sandbox.loader import Loader
from resnets.exercises import EXERCISES, NAMES
from resnets.reader.notebooks import Notebook
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
    """Return a graded record; `marks` replaces the full marks of some exercises."""
    all_marks = {name: Mark(10.0, 10.0, dict(RIGHT)) for name in FOUR}
    all_marks["gradient_norms"].aspects = {"function": 1.0, "generality": 1.0}
    sources = {
        "identity_block": [
            Piece("2_identity_block.ipynb", 3, 1, BLOCK),
            Piece("2_identity_block.ipynb", 2, 4, HELPER),
        ],
        "ResNet50": [Piece("4_resnet50.ipynb", 5, 1, "def ResNet50():\n    return None")],
    }
    graded = Record(student, "key", GRADED, seed=4711, marks=all_marks | marks, sources=sources)
    rubric.apply(rubric.read(), graded.marks)
    return graded


def wrong(mistake, detail="", line=None, **aspects):
    return Mark(0, 0, {**WRONG, **aspects}, mistake, detail, line)


def page_of(shown_record):
    """Return the checked page of a record."""
    return checked(student_page.page(shown_record))


def test_a_right_submission_gets_all_points():
    page = page_of(record())
    assert page.headings[0] == (1, "Residual networks: feedback for ann")
    assert "40 of 40 points" in page.text
    assert page.text.count("\N{CHECK MARK} Right.") == 2 * len(FOUR)
    assert "\N{BALLOT X}" not in page.text
    for exercise in map(EXERCISES.get, FOUR):
        assert all(aspect.meaning in page.text for aspect in exercise.aspects)
    assert "# keep the input" in page.text and "def helper" in page.text
    assert "--only ann --seed 4711" in page.text


def test_a_named_mistake_is_shown_with_reason_and_hint():
    page = page_of(record(identity_block=wrong("no_final_relu")))
    words = advice("identity_block", "no_final_relu")
    assert words.why and words.hint
    for text in (words.title, words.why, words.hint):
        assert text in page.text
    assert "30 of 40 points" in page.text and "0 of 6.5" in page.text


def test_partial_points_are_shown_by_aspect():
    page = page_of(record(ResNet50=wrong("hard_coded", function=1.0, generality=0.5, names=1.0)))
    assert "ResNet50: 8.75 of 10 points" in page.text
    assert "Partly right." in page.text and "for some" in page.text and "1.25 of 2.5" in page.text


def test_points_from_another_rubric_are_not_split_by_aspect():
    shown_record = record()
    shown_record.marks["ResNet50"].points = 3.0
    page = page_of(shown_record)
    assert "ResNet50: 3 of 10 points" in page.text
    assert page.text.count("6.5 of 6.5") == 2  # the two blocks


def test_the_line_that_raised_is_marked_in_the_code():
    line = "2_identity_block.ipynb, code cell 2, line 5"
    shown_record = record(
        identity_block=wrong("exception", "KeyError: 'f'", line),
        ResNet50=wrong("exception", "KeyError: 'f'", line),
    )
    html = student_page.page(shown_record)
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
def test_no_line_is_marked_if_it_is_not_shown(line):
    page = page_of(record(identity_block=wrong("exception", "x", line)))
    assert "stopped here" not in page.text
    assert "filters=[3" not in page.text


@pytest.mark.parametrize("exercise", NAMES)
@pytest.mark.parametrize("mistake", findings())
def test_every_finding_has_complete_sentences_for_every_exercise(exercise, mistake):
    page = page_of(record(**{exercise: wrong(mistake, "in line 3")}))
    mistake_words = advice(exercise, mistake)
    for text in (mistake_words.title, mistake_words.why, mistake_words.hint):
        assert "{" not in text and text.replace("`", "") in page.text
    assert page.text.count("in line 3") == 1


def test_a_mistake_that_left_the_catalogue_is_shown_by_its_id():
    assert advice("ResNet50", "something_old") == Words("Something old.")


# --- untrusted text --------------------------------------------------------------------------

SNEAKY = (
    "<script>alert(1)</script>",
    "</code></pre><img src=x onerror=alert(1)>",
    "\"'><svg onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "]]><!--",
    "&lt;b&gt;&#0;",
)


@pytest.mark.parametrize("text", SNEAKY)
def test_no_text_of_a_student_becomes_html(text):
    shown_record = record(f"eve {text}", identity_block=wrong("exception", f"raised {text}"))
    shown_record.problems = [f"{text}.ipynb: not a notebook"]
    shown_record.sources["identity_block"] = [
        Piece(f"{text}.ipynb", 1, 1, f"def f():\n    '{text}'")
    ]
    page = page_of(shown_record)
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
def test_hidden_characters_are_made_visible(text, shown):
    assert pages.visible(text) == shown
    shown_record = record(identity_block=wrong("exception", text), student=text)
    shown_record.sources["identity_block"] = [Piece("a.ipynb", 1, 1, f"# {text}")]
    student_page.page(shown_record).encode("utf-8")
    assert page_of(shown_record).text.count(shown) >= 3


def test_a_megabyte_of_text_is_cut():
    huge = "x = 1\n" * 200_000
    shown_record = record("n" * 1_000_000, identity_block=wrong("exception", huge))
    shown_record.sources["identity_block"] = [Piece("a.ipynb", 1, 1, huge)]
    shown_record.sources["ResNet50"] = [Piece("b.ipynb", 1, 1, "'" * 1_000_000)]
    shown_record.problems = [huge] * 3
    html = student_page.page(shown_record)
    assert len(html) < 2_000_000
    assert "The rest is not shown." in checked(html).text


def test_code_is_shown_unchanged():
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


def test_dots_at_the_end_of_a_program_are_its_own():
    lines, cut = pages.listing("def f(X): ...")
    assert lines[0].striptags() == "def f(X): ..." and not cut


def test_thousands_of_blank_lines_are_listed_at_once():
    """The lexer would need minutes for them."""
    lines, cut = pages.listing("def f(X):" + "\n " * 25_000 + "\n    return X")
    assert len(lines) == 25_002 and not cut


def test_a_cut_is_announced_where_hidden_characters_made_the_text_longer():
    lines, cut = pages.listing("a\u200b\n" * (pages.LONGEST_LISTING // 3))
    assert cut and len(lines) < pages.LONGEST_LISTING // 3


# --- secrets ---------------------------------------------------------------------------------


def test_a_page_shows_nothing_about_others_or_this_machine(tmp_path):
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
def test_a_page_without_a_mark_says_what_to_do_and_shows_no_0(status, wanted, hidden):
    page = page_of(Record("ann", "", status))
    assert wanted in page.text and "What to do now" in page.text
    assert "does not count as a 0" in page.text
    assert hidden not in page.text and " of 40" not in page.text


# --- on disk ---------------------------------------------------------------------------------


def test_only_missing_or_changed_pages_are_written(tmp_path):
    results = Results(tmp_path)
    class_of_two = [record("ann"), record("bob")]
    assert student_page.write(results, class_of_two) == 2
    assert student_page.write(results, class_of_two) == 0
    (tmp_path / "feedback" / "bob.html").unlink()
    assert student_page.write(results, class_of_two) == 1
    class_of_two[0].marks["ResNet50"] = wrong("exception")
    assert student_page.write(results, class_of_two) == 1
    assert "Your code raised" in (tmp_path / "feedback" / "ann.html").read_text()


def test_pages_are_written_again_by_another_version(tmp_path, monkeypatch):
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

    monkeypatch.setattr("grading.results.files.os.replace", killed)
    with pytest.raises(KeyboardInterrupt):
        student_page.write(results, [record(ResNet50=wrong("exception"))])
    assert [path.name for path in (tmp_path / "feedback").iterdir()] == ["ann.html"]
    assert (tmp_path / "feedback" / "ann.html").read_text() == before


STUDENTS = ["ann", "a b", "a/b", "..", ".", "", "a\nb", "ä" * 200, "x" * 300, "a_b", "=1+1", "a b "]


def test_every_name_gets_its_own_file(tmp_path):
    names = [*STUDENTS, *(file_stem(name) for name in STUDENTS if file_stem(name) != name)]
    results = Results(tmp_path)
    assert student_page.write(results, [record(name) for name in names]) == len(names)
    written = list((tmp_path / "feedback").iterdir())
    assert len(written) == len(names)
    assert all(path.suffix == ".html" and not path.name.startswith(".") for path in written)


def test_a_record_with_code_is_loaded_unchanged(tmp_path):
    results = Results(tmp_path)
    results.save(record())
    assert results.load("ann") == record()
    old = dataclasses.replace(record("bob"), format=1)
    results.save(old)
    assert results.load("bob") is None  # an older format is marked again


# --- the code on the page --------------------------------------------------------------------


def loader(*cells, name="2_identity_block.ipynb"):
    return Loader([Notebook(name, cells)])


def test_the_code_shown_is_the_code_that_is_called():
    stub = "def identity_block(X):\n    raise NotImplementedError()"
    cells = ["def helper(X):\n    return FACTOR * X\nFACTOR = 2", "%%time\n\n@decorated\n" + BLOCK]
    pieces = loader(*cells, BLOCK.replace("keep", "mind"), stub).source("identity_block")
    assert [(piece["cell"], piece["first"]) for piece in pieces] == [(3, 1), (1, 1), (1, 3)]
    assert "# mind the input" in pieces[0]["text"]
    assert [piece["text"] for piece in pieces[1:]] == [cells[0][:-11], "FACTOR = 2"]
    decorated = loader(*cells).source("identity_block")[0]
    assert (decorated["first"], decorated["text"]) == (3, "@decorated\n" + BLOCK)


def test_an_empty_exercise_is_shown_and_a_missing_one_is_not():
    stub = "def identity_block(X):\n    raise NotImplementedError()"
    assert loader(stub).source("identity_block")[0]["text"] == stub
    assert loader("a = 1").source("identity_block") == []


def test_the_code_on_the_page_is_limited():
    long = "def identity_block(X):\n" + "    X = X + 1\n" * 10_000 + "    return X"
    (piece,) = loader(long).source("identity_block")
    assert piece["cut"] and len(piece["text"]) == 60_000
    chain = "\n".join(f"def f{i}():\n    return f{i + 1}()" for i in range(500))
    pieces = loader("def identity_block(X):\n    return f0()", chain).source("identity_block")
    assert len(pieces) < 30
