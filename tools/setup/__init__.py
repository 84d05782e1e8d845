"""The set-up behind `make lab`, `make test` and `make lock`: `python -m tools.setup lab`.

Standard library only, and plain enough for Python 3.6: it starts on any `python3`, which need not
be the one that the course will use.
"""
