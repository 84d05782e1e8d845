"""Run untrusted student code in isolation, and return what it claims to have built."""

__all__ = [
    "answer_schema",
    "block_placeholder",
    "isolation",
    "job",
    "outcome",
    "sandbox",
]
