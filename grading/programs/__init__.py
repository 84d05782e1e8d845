"""Programs as students write them: for the example class, the benchmark and the tests."""

__all__ = ["by_exercise", "classic", "hostile", "spellings", "unusual", "written"]
