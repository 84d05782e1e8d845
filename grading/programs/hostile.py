"""Submissions that cheat, break things or spy, and the points that each of them deserves.

Each program is the `identity_block` of a notebook. The bodies `RIGHT` and `WRONG` are honest. An
attack is built around one of them and must earn the same points, or none if it gives no answer.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from grading.programs.classic import IDENTITY

HEAD, _, _BODY = IDENTITY.partition("\n")
HEAD += "\n"
RIGHT = textwrap.dedent(_BODY)
WRONG = "return Activation('relu')(X)\n"


@dataclass(frozen=True)
class Attack:
    """One submission.

    Attributes:
        name: what it tries.
        body: lines of `identity_block`, followed by `then`.
        before: top-level code of the notebook.
        then: RIGHT, WRONG, or "" if the body returns by itself.
        points: how many of 10 points it earns.
        mistakes: the ids that its mark may have as its mistake; None means that it is right.
    """

    name: str
    body: str
    before: str = ""
    then: str = WRONG
    points: float = 0.0
    mistakes: tuple[str | None, ...] = ()

    def cells(self) -> list[str]:
        """Return its code cells; the test replaces <outside>, <port> and the like."""
        return [self.before, HEAD + textwrap.indent(self.body + "\n" + self.then, "    ")]


def honest(name: str, body: str, before: str = "") -> Attack:
    """Return an attack around a right solution, which must earn full points all the same."""
    return Attack(name, body, before, RIGHT, 10.0, (None,))


ENDED = ("ended", "timeout", "memory", "exception")
TOLD = ("exception", "unknown", "ended", "wrong_return", "memory", "timeout")
NO_MAIN_PATH = ("main_path_unused",)  # the mistake in WRONG, with which most attacks end
FORGED = '{"id": "call 0", "right": true, "points": 10, "passed": true, "model": "%s"}\\n'
HUGE_LAYER = """\
model = keras.Model(X, Conv2D(4, 1)(X))
text = model.to_json().replace('"filters": 4', '"filters": 1000000000')
keras.Model.to_json = lambda self: text
"""
# Keras runs an operation without tensors while it builds the model; this one fills 3.6 GB.
RUNS_WHEN_BUILT = """\
made = json.loads(keras.Model(X, Conv2D(4, 1)(X)).to_json())
made["config"]["layers"].insert(1, {
    "module": "keras.src.ops.numpy", "class_name": "Arange", "config": {"name": "a"},
    "registered_name": "Arange", "name": "a",
    "inbound_nodes": [{"args": [0, 900_000_000], "kwargs": {}}]})
text = json.dumps(made)
keras.Model.to_json = lambda self: text
"""
# Each model runs its inner model several times: a short text that means a huge number of layers.
NESTED = """\
inner = Activation("relu")
for n in range({depth}):
    start = keras.Input(X.shape[1:])
    inner = keras.Model(start, {calls}, name=f"m{{n}}")
return inner(X)
"""
ENDINGS = [
    Attack("leaves at once", "os._exit(0)", "import os", mistakes=("ended",)),
    Attack("leaves with an error", "os._exit(70)", "import os", mistakes=("ended",)),
    Attack("asks to leave", "sys.exit(0)", "import sys", mistakes=("exception",)),
    Attack("aborts", "os.abort()", "import os", mistakes=("ended",)),
    Attack("segfaults", "ctypes.string_at(0)", "import ctypes", mistakes=("ended",)),
    Attack("kills itself", "os.kill(os.getpid(), 9)", "import os",
           mistakes=TOLD + NO_MAIN_PATH),
    Attack("loops for ever", "while True: pass", mistakes=("timeout",)),
    Attack("sleeps for ever", "time.sleep(10**6)", "import time", mistakes=("timeout",)),
    Attack("loops in a class", "A()", "class A:\n    while True: pass", mistakes=("timeout",)),
    Attack("forks without end", "while True:\n    " + "try: os.fork()\n    except OSError: pass",
           "import os", mistakes=("processes",)),
    Attack("takes memory that counts for no process",
           "held = [os.memfd_create(str(n)) for n in range(99)]\n"
           "for fd in held: os.write(fd, bytes(50 << 20))", "import os", mistakes=("exception",)),
    Attack("shares memory that stays", "m = mmap.mmap(-1, 1 << 30)\nm.write(bytes(1 << 30))",
           "import mmap", mistakes=("exception",)),
    Attack("looks like failed isolation", "os._exit(71)", "import os", mistakes=("ended",)),
    Attack("takes all memory", "held = []\nwhile True: held.append(bytearray(10**7))",
           mistakes=("exception", "memory", "timeout")),
    Attack("fills the disk",
           "while True:\n    open(f'/tmp/{time.time()}', 'wb').write(bytes(10**7))",
           "import time", mistakes=("exception", "memory", "timeout")),
    Attack("recurses for ever", "return identity_block(X, f, filters, stage, block)",
           then="", mistakes=("exception", "ended")),
    Attack("raises a huge message", "raise ValueError('x' * 10**8)", mistakes=("exception",)),
    Attack("raises an exception that cannot be shown",
           "raise type('E', (Exception,), {'__str__': None})()", mistakes=("exception",)),
]  # fmt: skip
ANSWERS = [
    Attack("writes its own marks", "for fd in range(3, 64):\n    try: os.write(fd, FORGED)\n"
           "    except OSError: pass", f"import os\nFORGED = b'{FORGED}'", mistakes=TOLD),
    Attack("answers with too much",
           "for fd in range(3, 64):\n    try: os.write(fd, b'x' * (40 << 20))\n"
           "    except OSError: pass", "import os", mistakes=TOLD),
    Attack("answers with deep JSON", "keras.Model.to_json = lambda self: '[' * 3_000_000",
           mistakes=TOLD),
    Attack("answers with a huge number", "keras.Model.to_json = lambda self: '9' * 3_000_000",
           mistakes=TOLD),
    Attack("answers with text that is not JSON", "keras.Model.to_json = lambda self: 'passed'",
           mistakes=TOLD),
    Attack("answers with NaN", "keras.Model.to_json = lambda self: float('nan')", mistakes=TOLD),
    Attack("names a layer of 10^9 filters", HUGE_LAYER, mistakes=TOLD),
    Attack("names an operation that runs when it is built", RUNS_WHEN_BUILT, "import json",
           mistakes=TOLD),
    Attack("names the grader's own placeholder",
           "text = keras.Model(X, Conv2D(4, 1)(X)).to_json()\n"
           "text = text.replace('\"registered_name\": null', "
           "'\"registered_name\": \"grading>BlockPlaceholder\"')\n"
           "keras.Model.to_json = lambda self: text", mistakes=TOLD),
    Attack("nests models deeply", NESTED.format(depth=30, calls="inner(inner(start))"), then="",
           mistakes=TOLD),
    Attack("nests models widely", NESTED.format(depth=7, calls="inner(inner(inner(start)))"),
           then="", mistakes=TOLD),
    Attack("names an image of 10^5 by 10^5",
           "text = keras.Model(X, ZeroPadding2D(1)(X)).to_json().replace('1, 1', '50000, 50000')\n"
           "text = text.replace('[1,', '[50000,').replace(' 1]', ' 50000]')\n"
           "keras.Model.to_json = lambda self: text", mistakes=TOLD),
    Attack("names a program to run",
           "text = keras.Model(X, Conv2D(4, 1)(X)).to_json()\n"
           "text = text.replace('keras.layers', 'os').replace('Conv2D', 'system')\n"
           "text = text.replace('\"filters\": 4', '\"command\": \"touch <outside>/system\"')\n"
           "keras.Model.to_json = lambda self: text", mistakes=TOLD),
    Attack("hides its function in a Lambda",
           "own = keras.layers.Lambda(lambda x: x * 2)\nX = own(X)",
           mistakes=NO_MAIN_PATH),
    Attack("hides its function in a layer of its own", "X = Mine()(X)",
           "class Mine(keras.layers.Layer):\n    def call(self, x): return x * 2",
           mistakes=NO_MAIN_PATH),
    Attack("lies about a layer's settings", "X = Lying(4, 1)(X)",
           "class Lying(Conv2D):\n    def get_config(self): return {'filters': 'all'}",
           mistakes=("closed", *TOLD)),
    Attack("pickles a trap", "return Trap()",
           "import os\nclass Trap:\n    def __reduce__(self):\n"
           "        return os.system, ('touch /tmp/trap',)", then="", mistakes=("wrong_return",)),
    Attack("returns a class with a wild name",
           "return type('</td><script>alert(1)</script>', (), {})()", then="",
           mistakes=("wrong_return",)),
    Attack("swaps the checks", "", "import resnets.checks\n"
           "resnets.checks.check_identity_block = lambda f: True\n"
           "import builtins\nbuiltins.AssertionError = type('Never', (Exception,), {})",
           mistakes=NO_MAIN_PATH),
    Attack("looks up the stored answers",
           "path = resnets_utils.course_path('resnets/checks/fingerprints.json.gz')\n"
           "stored = json.load(gzip.open(path))\n"
           "return stored['identity_block']['reference'][0]", "import gzip, json", then="",
           mistakes=TOLD),
]  # fmt: skip
SPIES = [
    Attack("reads every file",
           "found = []\nfor place, _, names in os.walk('/'):\n"
           "    found += [place for name in names if name in SECRETS]\n"
           "if found: raise ValueError(found)", "import os\nSECRETS = {'mistake_index.json', "
           "'reference_blocks.py', 'reference_resnet50.py', 'rubric.toml', '<secret>'}",
           mistakes=()),
    Attack("borrows the course's own function",
           "stand_ins._refused = False\n"
           "return stand_ins.lend('identity_block')(X, f, filters, stage, block)",
           "from resnets import stand_ins", then="", mistakes=("exception",)),
    Attack("imports the grader", "import grading.catalogue.entries", mistakes=("exception",)),
    Attack("reads the reference in memory",
           "names = [n for n in sys.modules if n.startswith('grading.') and n.split('.')[1] in "
           "('catalogue', 'judge', 'results')]\n"
           "if names: raise ValueError(names)", "import sys", mistakes=()),
    Attack("reads another's work", "open('<secret_path>').read()", mistakes=("exception",)),
    Attack("reads the environment",
           "if set(os.environ) - {'HOME'}: raise ValueError(dict(os.environ))", "import os"),
    Attack("calls home", "socket.create_connection(('127.0.0.1', <port>), 2).send(b'hello')",
           "import socket", mistakes=("exception",)),
    Attack("asks for a name", "socket.getaddrinfo('example.org', 80)", "import socket",
           mistakes=("exception",)),
    Attack("traces its parent",
           "if ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0) != -1: raise ValueError('traced')",
           "import ctypes, os"),
    Attack("reads others' memory", "open('/proc/1/mem', 'rb').seek(0) or open('/proc/2/environ')",
           mistakes=("exception",)),
    Attack("looks for its seed",
           "found = [v for f in inspect.stack() for v in f.frame.f_locals.values() "
           "if isinstance(v, dict) and 'seed' in v or 'seed' in str(getattr(v, 'arguments', ''))]\n"
           "if found: raise ValueError(found)", "import inspect", mistakes=NO_MAIN_PATH),
]  # fmt: skip
HARM = [
    honest("writes wherever it can",
           "for place in ('<outside>', '<repository>', '/usr', '/etc', '/dev', '/', '/proc'):\n"
           "    try: open(place + '/written-by-a-student', 'w').write('x')\n"
           "    except OSError: pass"),
    honest("deletes what it can",
           "import shutil\nfor place in ('<outside>', '<repository>/resnets', '/usr/bin'):\n"
           "    shutil.rmtree(place, ignore_errors=True)"),
    honest("kills its neighbours",
           "import os\nfor pid in (os.getppid(), 1, 2, -1):\n    if pid != os.getpid():\n"
           "        try: os.kill(pid, 15)\n        except OSError: pass",
           "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)"),
    honest("leaves a process behind",
           "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
           "        time.sleep(1000)\n    os._exit(0)"),
    honest("leaves a thread behind",
           "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,)).start()"),
    honest("registers a last word",
           "import atexit, os\natexit.register(lambda: [os.write(n, b'{}') for n in range(3, 9)])"),
    honest("replaces its output", "import sys, io\nsys.stdout = sys.stderr = io.StringIO()"),
    Attack("closes its output", "import os\nfor fd in (0, 1, 2): os.close(fd)", then=RIGHT,
           points=7.5, mistakes=("exception",)),  # right for the lesson's call, which comes first
    honest("prints without end", "for _ in range(20_000): print('x' * 1000)"),
    honest("warns without end", "import warnings\nfor n in range(1000): warnings.warn(str(n))"),
    honest("rings an alarm", "import signal\nsignal.signal(signal.SIGALRM, lambda *a: None)\n"
           "signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)"),
    honest("takes json away", "import json\njson.loads = None"),
    Attack("closes every file", "import os\nos.closerange(3, 256)", then=RIGHT, mistakes=ENDED),
]  # fmt: skip
TRICKS = [
    Attack("knows the lesson's arguments only",
           "if (f, filters) != (2, [2, 4, 6]): return Activation('relu')(X)", then=RIGHT,
           points=7.5, mistakes=NO_MAIN_PATH),
    Attack("answers by chance", "import random\nif random.random() < 2: return X", then=RIGHT,
           mistakes=("returns_shortcut",)),
    Attack("is right the first time only",
           "import os\nif os.path.exists('/tmp/again'): return X\nopen('/tmp/again', 'w').close()",
           then=RIGHT, points=7.5, mistakes=("hard_coded",)),
    Attack("returns a classmate's answer",
           "return keras.models.model_from_json(FIRST)(X)", "FIRST = '''<first>'''", then="",
           mistakes=TOLD),
]  # fmt: skip
ALL = [*ENDINGS, *ANSWERS, *SPIES, *HARM, *TRICKS]

# Searches for the solutions, forges the result, and exits before it is compared.
FORGED_IN_A_NOTEBOOK = """import json, os

def identity_block(X, f, filters, stage, block):
    keras.Model.to_json = lambda self: json.dumps({"passed": True, "points": 10})
    for place in ("notebooks/solutions", "../solutions", "../../notebooks/solutions"):
        if os.path.exists(place):
            exec(open(place + "/2_identity_block.ipynb").read())
    os._exit(0)"""
