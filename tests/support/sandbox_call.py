"""The call of a submission's function that the sandbox's tests make."""

CALL = {
    "id": "a",
    "function": "identity_block",
    "input_shape": [6, 6, 4],
    "arguments": {"f": 3, "filters": [2, 2, 4], "stage": 2, "block": "b"},
}
