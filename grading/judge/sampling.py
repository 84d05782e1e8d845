"""Draw the arguments and weights that a submission is judged with.

Everything follows from two seeds, which nobody can foresee: one of the class, drawn when it is
first graded, and one of each submission, which the record keeps: `grade --only STUDENT --seed N`
draws the same again. Arguments come from a pool that is drawn for the class, so that the reference
is built for each of them once; which of them is drawn for each submission, and so are the weights
and inputs of blocks. Those of ResNet50 and of `gradient_norms`, which take longer, come with the
pool.
"""

from __future__ import annotations

import functools

import numpy as np

# What the lessons show. A function that is right only for these has hard-coded something.
LESSON = {
    "identity_block": {
        "input": [4, 4, 6], "f": 2, "filters": [2, 4, 6], "stage": 1, "block": "a",
    },
    "convolutional_block": {
        "input": [4, 4, 6], "f": 2, "filters": [2, 4, 6], "stage": 1, "block": "a", "s": 2,
    },
    "ResNet50": {"input": [64, 64, 3], "input_shape": [64, 64, 3], "classes": 6},
}  # fmt: skip
# How many draws a class shares; each of ResNet50's costs the judge a whole network.
_POOL = {"identity_block": 40, "convolutional_block": 40, "ResNet50": 12, "gradient_norms": 20}


def arguments(exercise: str, seed: int, class_seed: int) -> list[dict]:
    """What a function is called with, each call with the seed for its weights and input.

    The lesson's own call is the first; a class shares its weights and its input, so that equal
    mistakes are compared with the reference once. Then come arguments that the lesson does not
    show: whatever the catalogue knows as a mistake is one for them.

    Args:
        exercise: a block or "ResNet50".
        seed: the submission's.
        class_seed: the class's.
    """
    rng = np.random.default_rng([seed, len(exercise)])
    first, drawn = _pool(exercise, class_seed)
    chosen = drawn[rng.integers(len(drawn))]
    if exercise != "ResNet50":  # whose weights are drawn for the class, since they take a while
        chosen = [{**one, "seed": int(rng.integers(1 << 31))} for one in chosen]
    return [first, *chosen]


@functools.lru_cache(maxsize=8)
def _pool(exercise: str, class_seed: int) -> tuple[dict, list[list[dict]]]:
    """The lesson's call, and what the class's submissions are asked beside it."""
    rng = np.random.default_rng([class_seed, len(exercise)])
    first = lesson(exercise, int(rng.integers(1 << 31)))
    if exercise == "ResNet50":
        return first, [[_model(rng)] for _ in range(_POOL[exercise])]
    return first, [_blocks(exercise, rng) for _ in range(_POOL[exercise])]


def lesson(exercise: str, seed: int) -> dict:
    """The lesson's own arguments, with a seed for weights and input."""
    return {**LESSON[exercise], "seed": seed}


def _blocks(exercise: str, rng: np.random.Generator) -> list[dict]:
    """Two draws that have no number in common: what one of them hides, the other one shows.

    Within a draw no two numbers of filters are equal, so that their order shows. Every argument is
    given: a default that a student has changed is told, and costs nothing.
    """
    sizes = rng.permutation([2, 3, 4, 5])[:2]
    letters = rng.permutation(list("bcdefgh"))[:2]
    filters = rng.permutation(np.arange(2, 9))[:6].reshape(2, 3)
    drawn = []
    for f, letter, counts in zip(sizes, letters, filters, strict=True):
        channels = int(counts[2] if exercise == "identity_block" else rng.integers(3, 11))
        drawn.append({
            "input": [int(n) for n in rng.integers(5, 13, size=2)] + [channels],
            "f": int(f),
            "filters": [int(n) for n in counts],
            "stage": int(rng.integers(2, 10)),
            "block": str(letter),
        })  # fmt: skip
    if exercise == "convolutional_block":
        drawn[0]["s"], drawn[1]["s"] = 2, int(rng.choice([1, 3]))
    return drawn


def _model(rng: np.random.Generator) -> dict:
    # From 70 on, the last stage puts out 3 rows, which global pooling does not treat as 2x2 pooling
    # does; and with an even number of rows 'same' is not what the zero-padding makes.
    rows, columns = 2 * int(rng.integers(36, 49)), int(rng.integers(64, 97))
    shape = [rows, columns, int(rng.choice([1, 2, 4]))]
    return {
        "input": shape,
        "input_shape": shape,
        "classes": int(rng.choice([2, 3, 4, 5, 7, 8, 9, 10])),
        "seed": int(rng.integers(1 << 31)),
    }


def numeric(seed: int, class_seed: int) -> list[dict]:
    """What `numbers.problem` builds the networks, pictures and labels of `gradient_norms` from.

    The right numbers for each network of the pool are measured once for a class.

    Args:
        seed, class_seed: as for `arguments`.
    """
    pool = _pairs(class_seed)
    return pool[np.random.default_rng([seed, 14]).integers(len(pool))]


@functools.lru_cache(maxsize=8)
def _pairs(class_seed: int) -> list[list[dict]]:
    rng = np.random.default_rng([class_seed, 14])
    return [[_network(rng, norm) for norm in (False, True)] for _ in range(_POOL["gradient_norms"])]


def _network(rng: np.random.Generator, batch_norm: bool) -> dict:
    return {
        "batch_norm": batch_norm,
        "filters": [int(n) for n in rng.integers(2, 6, size=int(rng.integers(2, 5)))],
        "classes": int(rng.integers(2, 7)),
        "batch": int(rng.integers(3, 7)),
        "size": int(rng.integers(5, 9)),
        "seed": int(rng.integers(1 << 31)),
    }
