"""Find submissions that are unusually similar for their class.

Right answers to a small exercise look similar, and the course provides most of a function's frame.
So only features beyond that count, and rare features count more:

- *structure*: runs of nodes of the syntax tree, ignoring the student's own names, comments, layout,
  the order of keyword arguments and texts;
- *wording*: the student's own names, comments and texts.

A feature that k of n students have weighs log2((n + 1) / k) bits. Two submissions are reported if,
in structure or in wording, they share nearly all of their bits, and share more bits than chance
explains for any pair of the class. The comparison is one matrix product, so a class of a thousand
takes seconds.
"""

from __future__ import annotations

import ast
import functools
import io
import itertools
import math
import re
import textwrap
import tokenize
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from grading.results.records import Piece, Record
from resnets.exercises import NAMES

FEWEST = 5  # students; in a smaller class nothing can be called unusual
CLOSE = {"structure": 0.9, "wording": 0.8}  # cosine from which two submissions are close
MARGIN_BITS = 10.0  # beyond the bits that some pair of the class shares by chance
RUN = 6  # nodes in a run
MOST_RUNS = 4_000  # of one exercise
_COLUMNS = 8_192  # features in one matrix product
# Phrases of the classic assignment, and of any text about these networks.
_HANDED_OUT = re.compile(
    r"start code|end code|your code|component|shortcut|name basis|filter|final step|stage|padding"
    r"|input|output|model|pool|identity|conv|batch|relu|solution|≈|\blines?\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Group:
    """Submissions that are unusually similar.

    Attributes:
        students: two or more.
        structure, wording: the similarity of the most similar two of them, from 0 to 1.
        same: exercises whose structure is identical in all of them and differs from all others.
        shared: names, comments and texts that all of them and no others have.
    """

    students: tuple[str, ...]
    structure: float
    wording: float
    same: tuple[str, ...]
    shared: tuple[str, ...]


@dataclass(frozen=True)
class _Parts:
    structure: frozenset[tuple[float, str]]  # (weight, run of nodes)
    wording: frozenset[tuple[float, str]]  # (weight, name or phrase)
    whole: Mapping[str, str]  # exercise -> all its nodes


def groups(records: Iterable[Record], handed_out: Iterable[str] = ()) -> list[Group]:
    """Return the groups of unusually similar submissions, the most similar first.

    Args:
        records: the class; students without code are ignored.
        handed_out: programs that everyone has seen, such as the lessons; their features do not
            count.
    """
    parts = {r.student: _parts(r.sources) for r in records}
    parts = {student: part for student, part in parts.items() if part.structure}
    if len(parts) < FEWEST:
        return []
    students = sorted(parts)
    handed_out_parts = [_program(textwrap.dedent(text)) for text in handed_out]
    similarity = {}
    for channel in CLOSE:
        common = frozenset().union(*(getattr(part, channel) for part in handed_out_parts))
        features = [getattr(parts[student], channel) - common for student in students]
        similarity[channel] = _pair_similarity(features)
    pairs = _unusual(similarity, len(students))
    unsorted = [
        _describe([students[i] for i in group], parts, similarity, group)
        for group in _connected(pairs)
    ]
    return sorted(unsorted, key=lambda g: (-max(g.structure, g.wording), g.students))


def _unusual(similarity: dict, count: int) -> list[tuple[int, int]]:
    """Return the pairs that share nearly everything, and more bits than chance explains."""
    enough = math.log2(max(2, count * (count - 1) / 2)) + MARGIN_BITS
    pairs: set[tuple[int, int]] = set()
    for channel, (cosine, bits) in similarity.items():
        rows, columns = np.nonzero((cosine >= CLOSE[channel]) & (bits >= enough))
        pairs |= {(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if i < j}
    return sorted(pairs)


def _pair_similarity(features: list[frozenset]) -> tuple[np.ndarray, np.ndarray]:
    """Return (cosine similarity, shared bits) of every pair, as two square arrays."""
    count = len(features)
    holders = Counter(feature for own_features in features for feature in own_features)
    bits = {feature: feature[0] * math.log2((count + 1) / k) for feature, k in holders.items()}
    totals = np.array([sum(bits[feature] for feature in own_features) for own_features in features])
    common = [feature for feature, k in holders.items() if k > 1]
    shared = np.zeros((count, count), np.float32)
    for start in range(0, len(common), _COLUMNS):
        column = {feature: i for i, feature in enumerate(common[start : start + _COLUMNS])}
        matrix = np.zeros((count, len(column)), np.float32)
        for row, own_features in enumerate(features):
            for feature in own_features & column.keys():
                matrix[row, column[feature]] = math.sqrt(bits[feature])
        shared += matrix @ matrix.T  # sums of bits
    norms = np.sqrt(np.outer(totals, totals))
    cosine = np.divide(shared, norms, out=np.zeros_like(norms), where=norms > 0)
    return cosine, shared


def _connected(pairs: list[tuple[int, int]]) -> list[list[int]]:
    parent: dict[int, int] = {}

    def root(i: int) -> int:
        parent.setdefault(i, i)
        while parent[i] != i:
            parent[i] = i = parent[parent[i]]
        return i

    for i, j in pairs:
        parent[root(i)] = root(j)
    components: dict[int, list[int]] = {}
    for i in parent:
        components.setdefault(root(i), []).append(i)
    return [sorted(group) for group in components.values()]


def _describe(
    names: list[str], parts: dict[str, _Parts], similarity: dict, group: list[int]
) -> Group:
    inside = np.ix_(group, group)
    upper = np.triu_indices(len(group), 1)
    best = {
        channel: min(1.0, float(cosine[inside][upper].max()))  # rounding may pass 1
        for channel, (cosine, _) in similarity.items()
    }
    others = [part for name, part in parts.items() if name not in names]
    wholes = [frozenset(parts[name].whole.items()) for name in names]
    same = frozenset.intersection(*wholes).difference(*(part.whole.items() for part in others))
    words = [parts[name].wording for name in names]
    shared = frozenset.intersection(*words).difference(*(part.wording for part in others))
    shown = sorted((text for _, text in shared), key=lambda text: (-len(text), text))
    exercises = tuple(sorted((name for name, _ in same), key=NAMES.index))
    return Group(tuple(names), best["structure"], best["wording"], exercises, tuple(shown))


def _parts(sources: Mapping[str, list[Piece]]) -> _Parts:
    structure, wording, whole = set(), set(), {}
    for exercise, pieces in sources.items():
        program = _program(
            "\n".join(textwrap.dedent(piece.text) for piece in pieces if not piece.cut)
        )
        structure |= program.structure
        wording |= program.wording
        if program.structure:
            whole[exercise] = program.whole["program"]
    return _Parts(frozenset(structure), frozenset(wording), whole)


@functools.lru_cache(maxsize=4096)
def _program(text: str) -> _Parts:
    """Return the features of one program; empty if it is not Python."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _Parts(frozenset(), frozenset(), {"program": ""})
    everything = list(ast.walk(tree))
    names = _own_names(everything)
    nodes = list(_nodes(tree, names))
    runs = (" ".join(nodes[i : i + RUN]) for i in range(max(1, len(nodes) - RUN + 1)))
    return _Parts(
        frozenset((1 / RUN, run) for run in itertools.islice(runs, MOST_RUNS) if run),
        frozenset({(1, name) for name in names} | set(_texts(everything)) | set(_comments(text))),
        {"program": " ".join(nodes)},
    )


def _own_names(nodes: list[ast.AST]) -> set[str]:
    """Return the names that a program defines, without the exercises' names, which all have."""
    names = set()
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
    return names - set(NAMES)


def _nodes(tree: ast.AST, own: set[str]) -> Iterator[str]:
    """Yield the syntax tree from top to bottom, each node as one word."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, ast.Module | ast.expr_context):
            yield _word(node, own)
        below = list(ast.iter_child_nodes(node))
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
            below = [child for child in below if not _is_text(child)]
        if isinstance(node, ast.Call):
            keywords = sorted(node.keywords, key=lambda keyword: keyword.arg or "")
            below = [node.func, *node.args, *keywords]
        waiting += reversed(below)


def _word(node: ast.AST, own: set[str]) -> str:
    if isinstance(node, ast.Name):
        return "own" if node.id in own else node.id
    if isinstance(node, ast.Attribute):
        return f".{node.attr}"
    if isinstance(node, ast.keyword):
        return f"{node.arg}="
    if isinstance(node, ast.Constant):
        # repr() raises ValueError for a whole number of more than 4300 digits.
        if isinstance(node.value, int) and abs(node.value) > 1 << 64:
            return "number"
        return "text" if isinstance(node.value, str | bytes) else repr(node.value)[:20]
    return type(node).__name__


def _is_text(node: ast.AST) -> bool:
    value = node.value if isinstance(node, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _texts(nodes: list[ast.AST]) -> Iterator[tuple[int, str]]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for line in node.value.splitlines():
                yield from _phrase(line)


def _comments(text: str) -> Iterator[tuple[int, str]]:
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                yield from _phrase(token.string.lstrip("# "))
    except (tokenize.TokenError, SyntaxError):
        return


def _phrase(line: str) -> Iterator[tuple[int, str]]:
    """Yield (weight, line) for a line of prose that is long enough and not from the hand-out.

    The weight is its number of words, at most 4.
    """
    words = line.lower().split()
    if len(words) >= 2 and len(line) >= 10 and not _HANDED_OUT.search(line):
        yield min(len(words), 4), " ".join(words)[:200]
