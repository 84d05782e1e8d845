"""The lessons' notebooks: executed, released to learners, held to rules, and mutated."""

__all__ = ["execution", "files", "mutation_kinds", "mutations", "release", "suite"]
