from notebooks_fixture import small_course  # noqa: F401
