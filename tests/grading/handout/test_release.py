"""Students get everything that the lessons need, and nothing that solves an exercise."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from house_helpers import PAGES, ROOT, Lab, course_copy, plain_environment, ready_environment
from nbclient import NotebookClient

from grading.__main__ import main
from grading.handout import release
from tools.notebooks.files import find_lessons, read_notebook

pytestmark = pytest.mark.slow

SOLUTION = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.DOTALL)
TO_REPAIR = "faulty-resnet"  # this cell shows a network to repair; its other lines are right
RUN = 3  # as many lines in a row that do something are no accident


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """The zip, unpacked in a folder with a space in its name."""
    folder = tmp_path_factory.mktemp("students")
    path, _ = release.release(folder)
    with zipfile.ZipFile(path) as packed:
        packed.extractall(folder / "a student")
    return folder / "a student" / release.NAME


def telling(text: str) -> list[str]:
    """Return the lines of code without outer spaces and without imports, which are no secret."""
    lines = [line.strip() for line in text.splitlines()]
    aside = ("#", "import ", "from ")
    return [line for line in lines if len(line) > 12 and not line.startswith(aside)]


def runs_of(text: str) -> set[tuple[str, ...]]:
    """Return all runs of three consecutive lines."""
    lines = telling(text)
    return set(zip(*(lines[i:] for i in range(RUN)), strict=False))


def hidden_runs() -> dict[tuple[str, ...], str]:
    """Return the runs of three lines from the solutions and the grader, which must stay secret."""
    hidden, shown = {}, set()
    for path in (ROOT / "grading").rglob("*.py"):
        name = str(path.relative_to(ROOT))
        hidden |= dict.fromkeys(runs_of(path.read_text(encoding="utf-8")), name)
    for lesson in find_lessons():
        for cell in read_notebook(lesson.source).cells:
            if cell.id == TO_REPAIR:
                shown = runs_of(cell.source)
            for solution in SOLUTION.findall(cell.source):
                hidden |= dict.fromkeys(runs_of(solution), "solution")
    assert shown
    return {run: source for run, source in hidden.items() if run not in shown}


def text_of(path: Path) -> str:
    """Return a file's text; for a notebook every text in it, with outputs and metadata."""
    text = path.read_bytes().decode("utf-8", errors="replace")
    return "\n".join(texts(json.loads(text))) if path.suffix == ".ipynb" else text


def texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from texts(part)


def imports(text: str) -> list[str]:
    """Return the modules that a program imports."""
    names = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
    return names


def leaks(folder: Path) -> set[str]:
    """Return files that contain part of a solution or of the grader, or import the grader."""
    hidden, found = hidden_runs(), set()
    assert {"solution", "grading/catalogue/identity_block.py"} <= set(hidden.values())
    for path in filter(Path.is_file, folder.rglob("*")):
        text = text_of(path)
        found |= {f"{path.name}: {hidden[run]}" for run in runs_of(text) & hidden.keys()}
        if path.suffix == ".py" and any(name.split(".")[0] == "grading" for name in imports(text)):
            found.add(f"{path.name}: imports grading")
    return found


def test_no_file_contains_a_solution_or_the_grader(unpacked):
    assert leaks(unpacked) == set()
    names = {path.name for path in unpacked.rglob("*")}
    assert not names & {"solutions", "grading", "tests", "benchmarks", "mistakes.py", "train.py"}
    assert "### BEGIN SOLUTION" not in "".join(map(text_of, unpacked.rglob("*.ipynb")))


def test_lessons_are_handed_out_without_outputs(unpacked):
    cells = [
        cell
        for path in (unpacked / "notebooks").glob("*.ipynb")
        for cell in nbformat.read(path, 4).cells
        if cell.cell_type == "code"
    ]
    assert len(cells) > 50
    assert not [cell for cell in cells if cell.outputs or cell.execution_count]


def test_the_start_page_works_as_handed_out(unpacked):
    page = nbformat.read(unpacked / "notebooks" / "0_start.ipynb", 4)
    (text,) = run(unpacked / "notebooks", page)
    assert text.startswith("Begin here: lesson 1")


def test_a_leak_is_noticed(unpacked, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(unpacked, copy)
    solved = next(lesson for lesson in find_lessons() if lesson.number == 2).source
    solution = next(
        found[0] for cell in read_notebook(solved).cells if (found := SOLUTION.findall(cell.source))
    )
    shutil.copy(solved, copy / "notebooks" / "2_identity_block.ipynb")
    lesson = copy / "notebooks" / "3_convolutional_block.ipynb"
    notebook = nbformat.read(lesson, 4)
    notebook.cells[0].metadata["before"] = solution
    nbformat.write(notebook, lesson)
    (copy / "README.md").write_text(f"```python\n{solution}```\n")
    (copy / "images" / "hero.svg").write_text(f"<svg><!--{solution}--></svg>")
    (copy / "resnets/data.py").write_text("from grading.catalogue import mistakes\n")
    shutil.copy(ROOT / "grading/catalogue/identity_block.py", copy / "resnets/plots/bars.py")
    assert leaks(copy) >= {
        "2_identity_block.ipynb: solution",
        "3_convolutional_block.ipynb: solution",
        "README.md: solution",
        "hero.svg: solution",
        "data.py: imports grading",
        "bars.py: grading/catalogue/identity_block.py",
    }


def test_the_zip_has_the_whole_library_and_no_other_module(unpacked):
    library = {path.relative_to(ROOT) for path in (ROOT / "resnets").rglob("*.py")}
    tools = {path.relative_to(ROOT) for path in (ROOT / "tools/setup").glob("*.py")}
    tools.add(Path("tools/__init__.py"))
    converter = {Path("datasets/__init__.py"), Path("datasets/from_folders.py")}
    there = {path.relative_to(unpacked) for path in unpacked.rglob("*.py")}
    assert there == library | tools | converter | {Path("resnets_utils.py")}


def test_every_link_target_of_a_lesson_is_in_the_zip(unpacked):
    pointed = 0
    for path in (unpacked / "notebooks").glob("*.ipynb"):
        for cell in nbformat.read(path, 4).cells:
            targets = re.findall(r"\]\(((?!http|#|attachment)[^)\s#]+)", cell.source)
            opened = re.findall(r"course_path\(\"(\w+/[^\"]+)\"\)", cell.source)
            for target in targets + [f"../{name}" for name in opened]:
                assert (path.parent / target).exists(), f"{path.name} points to {target}"
                pointed += 1
    assert pointed > 10


def run(folder: Path, notebook: nbformat.NotebookNode) -> list[str]:
    """Execute it in the student's folder and return the output text of each code cell."""
    env = dict(os.environ)
    env.pop("PYTHONPATH", None)
    client = NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    client.execute(env=env)
    texts = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            outputs = [
                o.get("text") or o.get("data", {}).get("text/plain", "") for o in cell.outputs
            ]
            texts.append("\n".join(outputs))
    return texts


def identity_lesson(unpacked, solved: bool) -> nbformat.NotebookNode:
    """Return lesson 2 up to the first cell that waits for the exercise, solved or as handed out."""
    notebook = nbformat.read(unpacked / "notebooks" / "2_identity_block.ipynb", 4)
    source = next(lesson for lesson in find_lessons() if lesson.number == 2).source
    right = {cell.id: cell.source for cell in read_notebook(source).cells}
    for place, cell in enumerate(notebook.cells):
        if solved and cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = right[cell.id]
        if cell.source.startswith("# needs: identity_block"):
            notebook.cells = notebook.cells[: place + 1]
            return notebook
    raise AssertionError("no cell of lesson 2 waits for identity_block")


def test_a_lesson_runs_as_handed_out_and_solved(unpacked):
    stub = run(unpacked / "notebooks", identity_lesson(unpacked, solved=False))
    assert "identity_block" in stub[-1] and "wait" in stub[-1].lower()
    solved = run(unpacked / "notebooks", identity_lesson(unpacked, solved=True))
    assert "wait" not in solved[-1].lower()
    assert any("identity_block" in text and "pass" in text.lower() for text in solved)


def test_make_lab_starts_from_the_zip(unpacked, tmp_path):
    (tmp_path / "home").mkdir()
    env = plain_environment(tmp_path / "home") | {"VENV": ready_environment()}
    with Lab("make lab ARGS=--no-browser", unpacked, env) as lab:
        assert lab.get("/api/contents/notebooks/1_vanishing_gradients.ipynb") == 200


def test_make_offers_only_targets_that_work_in_the_zip(unpacked, tmp_path):
    (tmp_path / "home").mkdir()
    env = plain_environment(tmp_path / "home") | {"VENV": ready_environment()}
    done = subprocess.run("make", cwd=unpacked, env=env, capture_output=True, text=True)
    assert re.findall(r"make (\S+)", done.stdout) == ["help", "lab", "clean"]
    refused = subprocess.run(
        ["make", "test"], cwd=unpacked, env=env, capture_output=True, text=True
    )
    assert refused.returncode and "take the whole course" in refused.stderr


def test_the_same_course_gives_the_same_bytes(tmp_path):
    first, names = release.release(tmp_path / "one.zip")
    second, _ = release.release(tmp_path / "two")
    assert second == tmp_path / "two" / "resnets.zip"
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as packed:
        assert packed.testzip() is None and packed.namelist() == names
        assert {entry.date_time for entry in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_changed_learners_copy_is_refused(tmp_path):
    course = course_copy(tmp_path)
    path = course / "notebooks" / "2_identity_block.ipynb"
    notebook = json.loads(path.read_text())
    notebook["cells"][0]["source"] = ["# Mine\n"]
    path.write_text(json.dumps(notebook))
    out = tmp_path / "out.zip"
    with pytest.raises(release.ReleaseError, match="2_identity_block.ipynb differs from"):
        release.release(out, course)
    assert not out.exists()


def test_a_stray_module_is_left_out(tmp_path):
    course = course_copy(tmp_path)
    (course / "my_answers.py").write_text("answer = 42\n")
    _, names = release.release(tmp_path / "out.zip", course)
    assert "resnets/resnets/startup.py" in names and "answers" not in "".join(names)
    (course / "resnets/startup.py").unlink()
    with pytest.raises(release.ReleaseError, match="needs resnets/resnets/startup.py"):
        release.release(tmp_path / "out.zip", course)


def test_a_solution_outside_its_cell_is_refused(tmp_path):
    course = course_copy(tmp_path)
    path = course / "notebooks" / "solutions" / "2_identity_block.ipynb"
    path.write_text(path.read_text().replace('"solution": true', '"solution": false'))
    with pytest.raises(release.ReleaseError, match="learners would see it"):
        release.release(tmp_path / "out.zip", course)


def test_a_missing_file_is_named(tmp_path):
    course = course_copy(tmp_path)
    (course / "models" / "ResNet50.h5").unlink()
    with pytest.raises(release.ReleaseError, match=r"expected models/ResNet50.h5"):
        release.release(tmp_path / "out.zip", course)


def test_an_interrupted_run_leaves_the_old_zip(tmp_path, monkeypatch):
    path, _ = release.release(tmp_path)
    before = path.read_bytes()

    def fail(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(KeyboardInterrupt):
        release.release(tmp_path)
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["resnets.zip"]


def test_the_command_prints_what_it_wrote(tmp_path, capsys):
    assert main(["release", str(tmp_path / "course.zip")]) == 0
    assert re.search(
        r"course.zip: \d+ files, \d+\.\d MB, without the solved lessons", capsys.readouterr().out
    )
    (tmp_path / "file").touch()
    assert main(["release", str(tmp_path / "file" / "x.zip")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_the_students_readme_has_the_courses_own_commands():
    page = release.STUDENTS_README.read_text()
    known = [line for name in PAGES for line in (ROOT / name).read_text().splitlines()]
    blocks = re.findall(r"^```\w+\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        for line in block.splitlines():
            assert line in known


def test_the_packages_of_make_lab_are_enough_to_pack(tmp_path):
    """The command runs without the grading and test extras."""
    extras = ("distributed", "landlock", "pyseccomp", "tqdm", "nbgrader", "sqlalchemy")
    code = f"import sys; sys.modules.update(dict.fromkeys({extras}))\n"
    code += "from grading.__main__ import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "release", tmp_path / "out.zip"]
    subprocess.run(command, cwd=ROOT, check=True)
    assert zipfile.is_zipfile(tmp_path / "out.zip")
