"""The arguments that the checks build learners' functions for.

They vary everything a function could have hard-coded: kernel size (odd and even), filters (equal
and different), stage, block, stride, and the input's height, width and channels.
"""

from __future__ import annotations

# input: (height, width, channels) of keras.Input; seed: for the weights and the input's values.
ARGUMENT_SETS = {
    "identity_block": [
        {"input": [7, 6, 8], "seed": 11, "f": 3, "filters": [4, 5, 8], "stage": 2, "block": "b"},
        {"input": [8, 9, 5], "seed": 12, "f": 5, "filters": [7, 3, 5], "stage": 4, "block": "e"},
        {"input": [6, 8, 6], "seed": 13, "f": 2, "filters": [6, 6, 6], "stage": 1, "block": "a"},
        {"input": [6, 7, 12], "seed": 14, "f": 4, "filters": [3, 3, 12], "stage": 5, "block": "c"},
    ],
    "convolutional_block": [
        {
            "input": [9, 7, 4], "seed": 21,
            "f": 3, "filters": [3, 5, 8], "stage": 2, "block": "a", "s": 2,
        },
        {
            "input": [8, 10, 6], "seed": 22,
            "f": 5, "filters": [6, 4, 7], "stage": 3, "block": "d", "s": 1,
        },
        {
            "input": [10, 13, 5], "seed": 23,
            "f": 2, "filters": [5, 5, 5], "stage": 1, "block": "a", "s": 3,
        },
        {
            "input": [12, 8, 7], "seed": 24,
            "f": 4, "filters": [4, 4, 9], "stage": 5, "block": "b", "s": 2,
        },
    ],
    "ResNet50": [
        {"input": [96, 64, 4], "seed": 31, "input_shape": [96, 64, 4], "classes": 9},
        {"input": [64, 64, 3], "seed": 32, "input_shape": [64, 64, 3], "classes": 6},
    ],
}  # fmt: skip

NOT_PASSED_ON = ("input", "seed")


def called_with(arguments: dict) -> dict:
    """What a function is called with (beside X): the set without what only the check needs."""
    passed = {key: value for key, value in arguments.items() if key not in NOT_PASSED_ON}
    if "input_shape" in passed:
        passed["input_shape"] = tuple(passed["input_shape"])
    if "filters" in passed:
        passed["filters"] = list(passed["filters"])
    return passed
