"""Draw the arguments and weights that a submission is judged with.

Everything follows from one seed, which the record keeps: `grade --only STUDENT --seed N` draws the
same again. The seed itself is drawn anew for each submission, so nobody can foresee it.
"""

from __future__ import annotations

import numpy as np

# What the lessons show. A function that is right only for these has hard-coded something.
LESSON = {
    "identity_block": {
        "input": [4, 4, 6], "f": 2, "filters": [2, 4, 6], "stage": 1, "block": "a",
    },
    "convolutional_block": {
        "input": [4, 4, 6], "f": 2, "filters": [2, 4, 6], "stage": 1, "block": "a", "s": 2,
    },
    "ResNet50": {"input": [64, 64, 3]},  # called without arguments
}  # fmt: skip
_MODEL_DRAWS = 12  # a class shares a few; each costs the judge a whole ResNet50


def arguments(exercise: str, seed: int, class_seed: int) -> list[dict]:
    """Arguments that the lesson does not show, each with the seed for its weights and input.

    Whatever the catalogue knows as a mistake is one for them. ResNet50 is called a second time
    without arguments, as the lessons call it.

    Args:
        exercise: a block or "ResNet50".
        seed: the submission's.
        class_seed: the batch's; ResNet50's arguments come from a small set drawn with it.
    """
    rng = np.random.default_rng([seed, len(exercise)])
    if exercise == "ResNet50":
        pool = np.random.default_rng([class_seed, 50])
        choice = [_model(pool) for _ in range(_MODEL_DRAWS)][rng.integers(_MODEL_DRAWS)]
        return [choice, lesson(exercise, int(pool.integers(1 << 31)))]
    return _blocks(exercise, rng)


def shown(exercise: str, seed: int, class_seed: int) -> dict:
    """The lesson's own arguments; for ResNet50 those of `arguments`, whose answer is known then."""
    if exercise == "ResNet50":
        return arguments(exercise, seed, class_seed)[-1]
    return lesson(exercise, seed)


def lesson(exercise: str, seed: int) -> dict:
    """The lesson's own arguments, with a seed for weights and input."""
    return {**LESSON[exercise], "seed": seed}


def _blocks(exercise: str, rng: np.random.Generator) -> list[dict]:
    """Two draws that have no number in common: what one of them hides, the other one shows.

    Within a draw no two numbers of filters are equal, so that their order shows. A convolutional
    block is once called without s.
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
            "seed": int(rng.integers(1 << 31)),
        })  # fmt: skip
    if exercise == "convolutional_block":
        drawn[1]["s"] = int(rng.choice([1, 3]))
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


def numeric(seed: int) -> list[dict]:
    """What `numbers.problem` builds the networks, pictures and labels of `gradient_norms` from."""
    rng = np.random.default_rng([seed, 14])
    return [
        {
            "batch_norm": bool(index % 2),
            "filters": [int(n) for n in rng.integers(2, 6, size=int(rng.integers(2, 5)))],
            "classes": int(rng.integers(2, 7)),
            "batch": int(rng.integers(3, 7)),
            "size": int(rng.integers(5, 9)),
            "seed": int(rng.integers(1 << 31)),
        }
        for index in range(2)
    ]
