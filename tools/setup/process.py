"""Run an installer: its output goes to a log file, and what it is doing to the terminal.

A hundred lines of an installer's output hide the one that matters.
"""

import subprocess
import sys
import threading
import time

HEARTBEAT_SECONDS = 15


class Progress:
    """Says in one place what an installer is doing: one moving line, or few lines in a log.

    A subclass reads the installer's lines (`read`) and puts its state into words (`state`).
    """

    def __init__(self, stream=None):
        self.stream = stream or sys.stderr
        self.moving = self.stream.isatty()
        self.started = time.monotonic()
        self.said = self.started
        self.lock = threading.Lock()

    def read(self, line):
        """Take one line of the installer's output."""

    def state(self):
        """Return what the installer is doing, in a few words."""
        raise NotImplementedError

    def take(self, line):
        """Take one line of the installer's output, and show the state."""
        with self.lock:
            self.read(line)
        self.tick()

    def tick(self):
        """Show the state: at once on a terminal, every HEARTBEAT_SECONDS in a log."""
        with self.lock:
            now = time.monotonic()
            if not self.moving and now - self.said < HEARTBEAT_SECONDS:
                return
            self.said = now
            line = "  {:3.0f} s  {}".format(now - self.started, self.state())
            if self.moving:
                self.stream.write("\r\033[K" + line[:100])
            else:
                self.stream.write(line + "\n")
            self.stream.flush()

    def close(self):
        """Leave the terminal on a clean line."""
        if self.moving:
            self.stream.write("\r\033[K")
            self.stream.flush()


def watch(command, env, log, progress):
    """Run a command, show its progress, add its output to `log`; return (status, output).

    The command inherits the lock on the environment (build.only_one), and ends with the set-up.
    """
    output = []
    with open(log, "a", buffering=1, encoding="utf-8") as sink:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            env=env,
            close_fds=False,
        )
        over = threading.Event()
        clock = threading.Thread(target=beat, args=(over, progress), daemon=True)
        clock.start()
        try:
            for line in process.stdout:
                sink.write(line)
                output.append(line)
                progress.take(line)
            process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
        finally:
            over.set()
            clock.join()
            progress.close()
    return process.returncode, "".join(output)


def beat(over, progress):
    """Keep the clock moving while the installer says nothing."""
    while not over.wait(1.0):
        progress.tick()
