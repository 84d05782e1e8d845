"""The mutation matrix: every catalogued mistake, built anew, against the checks.

    python benchmarks/mutation_matrix.py [EXERCISE ...] [--all]

A row for each mistake and a column for each set of arguments: `x` the result differs from the
reference's, `E` it raises or gives no result, `=` no difference for these arguments, `.` not built
because an earlier set has shown it. The last columns say what the check named. Of a network only
the first variant of each mistake is built unless `--all` is given. Ends with the share caught and
named, and with the seconds that a check took (median).
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import keras  # noqa: E402

from grading.catalogue.entries import CATALOGUE  # noqa: E402
from resnets import checks  # noqa: E402
from resnets.checks.attempt import attempt_architecture, record  # noqa: E402
from resnets.checks.compare import fingerprints, same_record, stored_calls  # noqa: E402
from resnets.checks.given import unpack  # noqa: E402
from resnets.checks.numbers import attempt_numbers, numbers_record, same_numbers  # noqa: E402
from resnets.exercises import EXERCISES, Kind  # noqa: E402


def mistaken(exercise: str, variant: tuple | Callable) -> Callable:
    """The function with a mistake: a numeric exercise's variant is one already."""
    if EXERCISES[exercise].kind is Kind.NUMBERS:
        return variant
    return CATALOGUE[exercise].reference(variant)


def seen(exercise: str, variant: tuple | Callable) -> str:
    """One sign for each set of arguments."""
    if EXERCISES[exercise].kind is Kind.NUMBERS:
        return "".join(_seen_numbers(exercise, variant))
    signs = ""
    for index, arguments in enumerate(stored_calls(exercise)):
        if EXERCISES[exercise].kind is Kind.NETWORK and signs.strip("="):
            signs += "."
            continue
        made = attempt_architecture(exercise, mistaken(exercise, variant), arguments)
        one = record(made, arguments)
        alike = same_record(one, fingerprints(exercise).reference[index])
        signs += "=" if alike else "E" if made.state == "error" else "x"
    return signs


def _seen_numbers(exercise: str, variant: Callable) -> list[str]:
    outcome, signs = EXERCISES[exercise].outcome, []
    for call, right in zip(stored_calls(exercise), fingerprints(exercise).reference, strict=True):
        numbers = numbers_record(attempt_numbers(variant, unpack(call["arguments"]), outcome))
        signs.append("E" if numbers is None else "=" if same_numbers(numbers, right) else "x")
    return signs


def matrix(exercise: str, every_variant: bool) -> list[tuple[str, int, str, str, float]]:
    """Rows (mistake, variant, signs, named, seconds of the check)."""
    rows = []
    check = getattr(checks, EXERCISES[exercise].check)
    for entry in CATALOGUE[exercise].mistakes:
        for number, variant in enumerate(entry.variants if every_variant else entry.variants[:1]):
            begun = time.perf_counter()
            result = check(mistaken(exercise, variant))
            seconds = time.perf_counter() - begun
            named = "PASSED" if result.passed else str(result.mistake)
            rows.append((entry.id, number + 1, seen(exercise, variant), named, seconds))
            keras.backend.clear_session()
    return rows


def show(exercise: str, rows: list) -> bool:
    """Print the table; whether every mistake was caught and named."""
    print(f"\n{exercise}\n  {'mistake':30} variant  sets  named")
    for mistake, variant, signs, named, _ in rows:
        right = "ok" if named == mistake else "WRONG"
        print(f"  {mistake:30} {variant:>7}  {signs:4}  {named} {right}")
    caught = sum(named != "PASSED" for _, _, _, named, _ in rows)
    named_right = sum(named == mistake for mistake, _, _, named, _ in rows)
    seconds = statistics.median(row[-1] for row in rows)
    print(
        f"  {len({row[0] for row in rows})} mistakes, {len(rows)} variants: "
        f"caught {caught / len(rows):.0%}, named {named_right / len(rows):.0%}; "
        f"a check takes {seconds:.2f} s (median)"
    )
    return named_right == len(rows)


def main(arguments: list[str]) -> int:
    """Print the matrix; the exit status is 1 if anything was missed."""
    names = [name for name in arguments if name in EXERCISES] or list(EXERCISES)
    slow = {name for name in names if EXERCISES[name].kind is Kind.NETWORK}
    every = set(names) if "--all" in arguments else set(names) - slow
    good = [show(name, matrix(name, name in every)) for name in names]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
