"""`moving_share`: its reference, its mistakes, and the averages that it is asked about."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from grading.catalogue.distinct_draws import until_distinct
from grading.catalogue.entry import Numbers
from grading.catalogue.mistake import Mistake


def reference(momentum: float, steps: int) -> float:
    """Return the share of the initial value that a moving average keeps after some steps."""
    return momentum**steps


def _share(formula: Callable[[float, int], object]) -> Callable:
    return lambda momentum, steps: formula(momentum, steps)


MISTAKES: list[Mistake] = [
    Mistake(
        "share_of_the_batches",
        "The share of the batches is returned instead of the share of the initial value.",
        "The two shares add up to 1: what the initial value has lost, the batches have gained.",
        "Ask what a step does to the initial value: it multiplies it by the momentum.",
        (_share(lambda m, n: 1 - m**n),),
    ),
    Mistake(
        "one_step_off",
        "There is one step too few or too many.",
        "Before the first step the share is 1. After the first step it is already the momentum.",
        "Multiply by the momentum exactly `steps` times; check that one step gives the momentum.",
        (_share(lambda m, n: m ** (n - 1)), _share(lambda m, n: m ** (n + 1))),
    ),
    Mistake(
        "other_factor",
        "The factor of the batch is used: 1 - momentum.",
        "In every step, momentum multiplies what was there before, and 1 - momentum what is new. "
        "The initial value was there before.",
        "Use the momentum itself as the factor.",
        (
            _share(lambda m, n: (1 - m) ** n),
            _share(lambda m, n: 1 - (1 - m) ** n),
        ),
    ),
    Mistake(
        "multiplied_by_steps",
        "The momentum is multiplied or divided by the number of steps.",
        "Every step multiplies what the step before has left. Such a share falls like interest "
        "in reverse: by a factor in each step.",
        "Use a power: momentum · momentum · ..., once for each step.",
        (
            _share(lambda m, n: m * n),
            _share(lambda m, n: m / n),
        ),
    ),
    Mistake(
        "straight_line",
        "In each step the same amount is taken away.",
        "A step takes away the share 1 - momentum of what is left, not of what there was at the "
        "start. So the steps take away less and less, and the share never becomes 0.",
        "Multiply in each step instead of subtracting.",
        (
            _share(lambda m, n: 1 - n * (1 - m)),
            _share(lambda m, n: max(0.0, 1 - n * (1 - m))),
        ),
    ),
    Mistake(
        "steps_ignored",
        "The number of steps is not used.",
        "The momentum is the share that is left after a single step.",
        "Multiply by the momentum once for each step.",
        (_share(lambda m, n: m), _share(lambda m, n: 1 - m)),
    ),
    Mistake(
        "power_exchanged",
        "Base and exponent of the power are exchanged, or the exponent is inverted.",
        "The momentum is what is multiplied by itself; the steps say how often.",
        "Write `momentum**steps`.",
        (
            _share(lambda m, n: float(n) ** m),
            _share(lambda m, n: m ** (1 / n)),
            _share(lambda m, n: m**-n),
        ),
    ),
    Mistake(
        "share_of_the_first_batch",
        "The share of a single batch is returned.",
        "The first batch enters with the factor 1 - momentum. The initial value has no such "
        "factor: it was there at the start.",
        "Leave out the factor 1 - momentum.",
        (
            _share(lambda m, n: (1 - m) * m**n),
            _share(lambda m, n: (1 - m) * m ** (n - 1)),
        ),
    ),
    Mistake(
        "approximated",
        "The share is approximated by an exponential function.",
        "exp(-steps · (1 - momentum)) is close for a momentum near 1 only. For 0.5 and two steps "
        "it gives 0.37 instead of 0.25.",
        "Use the power itself: it is as short, and exact.",
        (_share(lambda m, n: math.exp(-n * (1 - m))),),
    ),
    Mistake(
        "summed_up",
        "The shares of several steps are added up.",
        "What is asked for is the share after the last step, not the sum over all steps.",
        "Replace the share in each step; do not add to it.",
        (
            _share(lambda m, n: sum(m**k for k in range(n))),
            _share(lambda m, n: sum(m**k for k in range(1, n + 1))),
        ),
    ),
    Mistake(
        "percent",
        "The share is given in percent.",
        "A share lies between 0 and 1; the lesson uses it as a factor.",
        "Leave out the factor 100.",
        (_share(lambda m, n: 100 * m**n),),
    ),
    Mistake(
        "rounded",
        "The share is rounded.",
        "Rounding turns small shares into 0, and makes others wrong by a few percent.",
        "Round only when you print: `f'{share:.3f}'`.",
        (
            _share(lambda m, n: round(m**n, 1)),
            _share(lambda m, n: round(m**n, 2)),
        ),
    ),
    Mistake(
        "all_steps",
        "There is a number for every step.",
        "The function returns one number: the share after all the steps.",
        "Return the last one of your numbers.",
        (
            _share(lambda m, n: [m**k for k in range(1, n + 1)]),
            _share(lambda m, n: [m**k for k in range(n + 1)]),
            _share(lambda m, n: [m**k for k in range(n)]),
        ),
    ),
]


def _draw(rng: np.random.Generator) -> list[dict]:
    """Draw a momentum near 1 with many steps, and a smaller one with few.

    The second share is so small that rounding it to a few digits would show.
    """
    return [
        {"momentum": round(float(rng.uniform(0.85, 0.97)), 4), "steps": int(rng.integers(8, 30))},
        {"momentum": round(float(rng.uniform(0.3, 0.45)), 4), "steps": int(rng.integers(7, 10))},
    ]


ENTRY = Numbers(
    mistakes=MISTAKES,
    reference=reference,
    stored={
        "a momentum of 0.93 and 17 steps": lambda: {"momentum": 0.93, "steps": 17},
        "a momentum of 0.6 and 3 steps": lambda: {"momentum": 0.6, "steps": 3},
        "a momentum of 0.37 and 4 steps": lambda: {"momentum": 0.37, "steps": 4},
    },
    arguments=dict,
    draw=until_distinct(_draw, dict, reference, MISTAKES),
)
