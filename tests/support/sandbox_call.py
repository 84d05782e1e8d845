"""The call of a submission's function that the sandbox's tests make."""

from grading.sandbox.job import Call

CALL = Call(
    "identity_block",
    arguments={"f": 3, "filters": [2, 2, 4], "stage": 2, "block": "b"},
    input_shape=[6, 6, 4],
)
