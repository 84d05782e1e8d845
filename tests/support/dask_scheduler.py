"""Wait for a Dask scheduler that a test has started."""

import json
import time


def address_in(file, process, seconds=120):
    """Return the address in a scheduler's file, which it creates first and writes later."""
    end = time.monotonic() + seconds
    while True:
        try:
            return json.loads(file.read_text())["address"]
        except (FileNotFoundError, json.JSONDecodeError):
            assert process.poll() is None, "the scheduler has ended"
            assert time.monotonic() < end, "the scheduler did not start"
            time.sleep(0.1)
