"""Programs as students write them: for the example class, the benchmark and the tests."""

__all__ = ["classic", "hostile", "numeric", "spellings", "unusual", "written"]
