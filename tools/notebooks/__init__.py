"""Execute, release, check and mutate the lessons' notebooks."""

__all__ = ["execution", "files", "mutation_kinds", "mutations", "release", "stand_ins", "suite"]
