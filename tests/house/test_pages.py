"""What the README and docs/ say is so: links, images, paths, tables, quoted messages."""

import ast
import functools
import json
import re
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest
from house_helpers import DOCS, PAGES, ROOT, course_files

from benchmarks import several_devices
from benchmarks._comparison import tables
from grading.results import rubric

MARKDOWN = [str(path) for path in course_files() if path.suffix == ".md"]
LESSONS = sorted((ROOT / "notebooks" / "solutions").glob("[1-9]_*.ipynb"))


@functools.cache
def page_text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def prose(text):
    """A page without its code blocks."""
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


# --- links, images, paths ------------------------------------------------------------------------


def anchors(text):
    """The anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def broken_links(page, text):
    """The targets of links and images that lead to no file or to no heading."""
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(text)):
        if re.match(r"https?:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        file = (ROOT / page).parent / path if path else None
        if file and not file.exists():
            broken.append(target)
        elif anchor and anchor not in anchors(file.read_text("utf-8") if file else text):
            broken.append(target)
    return broken


@pytest.mark.parametrize("page", MARKDOWN)
def test_links_lead_to_a_file_and_a_heading(page):
    assert broken_links(page, page_text(page)) == []


def test_a_broken_link_is_noticed():
    text = (
        "# Here\n[a](nowhere.md) [b](install.md#nowhere) [c](#there) ![d](../images/none.png)\n"
        "[e](install.md#windows) [f](#here) [g](https://example.org) ![h](../images/hero.svg)\n"
    )
    wrong = ["nowhere.md", "install.md#nowhere", "#there", "../images/none.png"]
    assert broken_links("docs/learn.md", text) == wrong


@pytest.mark.parametrize("page", MARKDOWN)
def test_images_have_their_alt_text(page):
    known = json.loads(page_text("images/alt.json"))
    for alt, target in re.findall(r"!\[(.*?)\]\((\S+?)\)", page_text(page), re.DOTALL):
        assert " ".join(alt.split()) == known[Path(target).name], target


def test_the_readme_shows_its_images():
    assert len(re.findall(r"!\[", page_text("README.md"))) == 2


def missing_paths(text):
    """The course's own paths in backquotes, such as `images/alt.json`, at which nothing is."""
    rooms = "|".join(re.escape(path.name) for path in ROOT.iterdir() if path.is_dir())
    named = re.findall(rf"`((?:{rooms})/[^`\s]*)`", prose(text))
    made = (".venv/", "notebooks/solutions/9_name.ipynb")
    return [path for path in named if not path.startswith(made) and not (ROOT / path).exists()]


@pytest.mark.parametrize("page", [*PAGES, "CHANGELOG.md"])
def test_a_path_that_a_page_names_is_there(page):
    assert missing_paths(page_text(page)) == []


def test_a_missing_path_is_noticed():
    assert missing_paths("`images/alt.json` `images/none.json` `resnets/`") == ["images/none.json"]


@pytest.mark.parametrize("page", DOCS)
def test_the_readme_leads_to_every_page(page):
    assert f"]({page})" in page_text("README.md")


def test_the_readme_is_short():
    assert len(page_text("README.md").splitlines()) <= 120


# --- facts that stand elsewhere too --------------------------------------------------------------


def test_the_table_lists_every_lesson():
    rows = re.findall(
        r"^\| (\d) \| \[.+?\]\(notebooks/(\S+?)\)", page_text("README.md"), re.MULTILINE
    )
    assert [name for _, name in rows] == [path.name for path in LESSONS]
    assert all(name.startswith(number) for number, name in rows)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_the_table_says_what_the_lesson_says(lesson):
    """Title, minutes and exercise of a row are those of the notebook."""
    pattern = rf"^\| \d .*\(notebooks/{lesson.name}\).*$"
    (row,) = re.findall(pattern, page_text("README.md"), re.MULTILINE)
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    notebook = nbformat.read(lesson, as_version=4)
    first_code = next(i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code")
    opening = "\n".join(cell.source for cell in notebook.cells[:first_code])
    title = re.sub(r"^(Lesson )?\d+[.:·]? *([-–—·] *)?", "", re.match(r"# (.+)", opening).group(1))
    assert re.match(r"\[(.+?)\]", cells[1]).group(1).lower() == title.lower()
    assert cells[3] == re.search(r"(\d+) minutes", opening).group(1), "minutes"
    exercises = [
        cell.metadata.nbgrader.grade_id
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    ]
    assert re.findall(r"`(\w+)`", cells[4]) == exercises


def test_the_points_are_those_of_the_notebooks():
    rows = []
    for lesson in LESSONS:
        for cell in nbformat.read(lesson, as_version=4).cells:
            marked = cell.metadata.get("nbgrader", {})
            if marked.get("grade"):
                check = re.search(r"checks\.(check_\w+)\((\w+)\)", cell.source)
                number = lesson.name.partition("_")[0]
                rows.append(
                    f"| {number} | `{check.group(2)}` | `{check.group(1)}` | {marked.points} |"
                )
    table = re.findall(r"^\| \d \| `\w+` \| `check_.*$", page_text("docs/teach.md"), re.MULTILINE)
    assert table == rows


@pytest.mark.parametrize("page", ["README.md", "docs/install.md", "grading/handout/students.md"])
def test_the_supported_pythons_are_those_of_the_set_up(page):
    allowed = re.search(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', page_text("pyproject.toml"))
    first, last = int(allowed.group(1)), int(allowed.group(2)) - 1
    *others, newest = [f"3.{minor}" for minor in range(first, last + 1)]
    said = re.search(r"Python (3\.\S+(?:, 3\.\d+)* or 3\.\d+)", " ".join(page_text(page).split()))
    assert said.group(1) == f"{', '.join(others)} or {newest}"


def quoted(page, heading):
    """What the first column of the table below a heading has in backquotes."""
    section = page_text(page).partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.*?) \|", section, re.MULTILINE)
    return [text for row in rows for text in re.findall(r"`(.+?)`", row)]


def strings(*sources):
    """Every string literal of programs, placeholders filled with the supported versions."""
    found = []
    for source in sources:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(re.sub(r"\{0?\}", "3.11, 3.12 or 3.13", node.value, count=1))
    return "\n".join(found)


@pytest.mark.parametrize(
    ("heading", "sources"), [("The set-up stops", "tools"), ("Data sets", "resnets")]
)
def test_the_messages_explained_are_those_that_the_course_gives(heading, sources):
    said = strings(*(ROOT / sources).rglob("*.py"))
    messages = quoted("docs/troubleshoot.md", heading)
    assert len(messages) >= 3
    assert [message for message in messages if message not in said] == []


def test_the_speeds_are_those_that_were_measured():
    """The page has the tables that `make bench` wrote, and nobody changed a number by hand."""
    measured = page_text("docs/speed.md").partition("<!-- measured -->\n")[2]
    assert measured.partition("<!-- end of measured -->")[0] == tables(
        ROOT / "benchmarks" / "speed.json"
    )


def test_the_example_of_partial_credit_can_be_used(tmp_path):
    pattern = r"^```toml\n(.*?)^```"
    (example,) = re.findall(pattern, page_text("docs/teach.md"), re.MULTILINE | re.DOTALL)
    path = tmp_path / "rubric.toml"
    path.write_text(rubric.FILE.read_text(encoding="utf-8") + example, encoding="utf-8")
    assert len(rubric.read(path)["identity_block"].partial) == 2


@pytest.mark.parametrize("page", PAGES)
def test_a_block_says_its_language(page):
    """Only blocks of bash and bat are run; what a command prints has no language."""
    opened = re.findall(r"^```(\w*)$", page_text(page), re.MULTILINE)[::2]
    assert set(opened) <= {"bash", "bat", "toml", "python", ""}


def test_the_block_for_several_devices_calls_a_function_that_exists():
    """It is not run: it needs several GPUs."""
    pattern = r"^```python\n(.*?)^```"
    (block,) = re.findall(pattern, page_text("docs/speed.md"), re.MULTILINE | re.DOTALL)
    names = {node.id for node in ast.walk(ast.parse(block)) if isinstance(node, ast.Name)}
    assert "synchronized" in names and callable(several_devices.synchronized)
