"""How the set-up installs: with uv or pip, the person's settings, the progress, why it failed.

Nothing of the real lock is installed here; a lock of one small wheel stands in for it.
"""

import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tools.setup import environment, installers, pip_settings, process, with_uv
from tools.setup.causes import diagnose, diagnose_pip
from tools.setup.errors import SetupError
from tools.setup.with_pip import PipProgress, pip_environment

# --- pip ---------------------------------------------------------------------------------------

OFFLINE = """WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by
'NewConnectionError('<HTTPSConnection>: Failed to establish a new connection: [Errno -2] Name or
service not known')': /an-index/absl-py/
ERROR: Could not find a version that satisfies the requirement absl-py==2.5.1 (from versions: none)
ERROR: No matching distribution found for absl-py==2.5.1
"""


@pytest.mark.parametrize(
    "output, cause",
    [
        (OFFLINE, "no connection to the package index"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left", "full"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "lock"),
        ("SSLError(SSLCertVerificationError(1, 'CERTIFICATE_VERIFY_FAILED'))", "PIP_CERT"),
        ("ProxyError('Cannot connect to proxy.')\nERROR: No matching distribution", "PROXY="),
        ("ERROR: [Errno 13] Permission denied: '/x/y'", "no permission"),
        ("Downloading absl\nERROR: No matching distribution found for tensorflow", "not Alpine"),
        ("ERROR: No matching distribution found for absl-py==2.5.1", "no connection"),
        ("ERROR: something nobody foresaw", "the installer failed"),
        ("", "the installer failed"),
    ],
)
def test_pips_words_are_understood(output, cause):
    said, line = diagnose_pip(output)
    assert cause in said
    assert line and "\n" not in line


UV_OFFLINE = """error: Request failed after 3 retries in 10.6s
  cause: error sending request for url (of the package six)
  cause: client error (Connect)
"""
UV_PLATFORM = """error: No solution found when resolving dependencies
  cause: Because tensorflow==2.21.0 has no wheels with a matching platform tag (e.g., `musllinux`)
"""


@pytest.mark.parametrize(
    "output, cause",
    [
        (UV_OFFLINE + "  cause: Connection refused (os error 111)", "no connection to the package"),
        (UV_OFFLINE + "  cause: tunnel error: failed to create a connection", "PROXY="),
        (UV_OFFLINE + "  cause: invalid peer certificate: UnknownIssuer", "PIP_CERT"),
        ("error: Failed to download `six`\n  cause: Hash mismatch for `six==1.17.0`", "lock"),
        ("error: Failed to write\n  cause: No space left on device (os error 28)", "disk is full"),
        ("error: Failed to create\n  cause: Permission denied (os error 13)", "no permission"),
        (UV_PLATFORM, "not Alpine"),
        ("error: No solution\n  cause: Because h5py==3.14.0 has no usable wheels", "not Alpine"),
        ("error: unexpected argument '--color' found", "the installer failed"),
    ],
)
def test_uvs_words_are_understood(output, cause):
    said, line = diagnose("Using Python 3.11.7 environment at: v\n" + output)
    assert cause in said
    assert line and "\n" not in line


def test_progress_in_a_log_is_sparing(tmp_path, monkeypatch):
    clock = iter(range(0, 1000, 5))
    monkeypatch.setattr(process.time, "monotonic", lambda: next(clock))
    stream = io.StringIO()
    progress = PipProgress(total=128, folder=tmp_path, stream=stream)
    for number in range(10):
        progress.take(f"Collecting package{number}==1.0\n")
    progress.take("  Downloading package9-1.0.whl (572.4 MB)\n")
    progress.take("Installing collected packages: a, b, c\n")
    for name in ("a", "b"):
        (tmp_path / f"{name}-1.0.dist-info").mkdir()
    for _ in range(6):
        progress.tick()
    lines = stream.getvalue().splitlines()
    assert 3 <= len(lines) <= 9
    assert "fetching 3 of about 128: package2" in lines[0]
    assert "writing 2 of 3 packages" in lines[-1]
    assert "\r" not in stream.getvalue()


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_on_a_terminal_is_one_line(tmp_path):
    stream = Terminal()
    progress = PipProgress(total=3, folder=tmp_path, stream=stream)
    progress.take("Collecting tensorflow==2.21.0\n")
    progress.take("  Using cached tensorflow.whl (572.4 MB)\n")
    progress.close()
    assert "\n" not in stream.getvalue()
    assert "fetching 1 of about 3: tensorflow (572.4 MB)" in stream.getvalue()


def test_progress_of_uv_names_what_is_on_its_way():
    stream = Terminal()
    progress = with_uv.UvProgress(stream)
    said = []
    for line in (
        "Resolved 125 packages in 491ms\n",
        "Downloading tensorflow (545.9MiB)\n",
        "Downloading jedi (4.7MiB)\n",
        " Downloaded jedi\n",
        " Downloaded tensorflow\n",
        "Prepared 124 packages in 12.23s\n",
        "Installed 125 packages in 1.13s\n",
    ):
        progress.take(line)
        said.append(stream.getvalue().rpartition("\033[K")[2])
    assert "\n" not in stream.getvalue()
    assert "fetching 125 packages" in said[0] and "tensorflow (545.9MiB)" in said[1]
    assert "jedi" in said[2] and "jedi" not in said[3] and "tensorflow" in said[3]
    assert "writing 124 packages" in said[5] and "compiling" in said[6]


def test_pip_keeps_the_index_but_not_other_targets(monkeypatch):
    monkeypatch.setenv("PIP_TARGET", "/somewhere")
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/index")
    env = pip_environment("/scratch")
    assert "PIP_TARGET" not in env and env["PIP_USER"] == "0" and env["TMPDIR"] == "/scratch"
    assert env["PIP_INDEX_URL"] == "https://mirror.example/index"


# --- uv ----------------------------------------------------------------------------------------


def program(folder, text, name="uv"):
    """Write a shell program; return its path."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return str(path)


def pretended_uv(folder, version="99.0.0", then="exit 0"):
    """A program that has uv's version, and otherwise does what `then` says."""
    return program(
        folder, f'[ "$1" = --version ] && {{ echo "uv {version} (x)"; exit; }}\n{then}\n'
    )


def find_uv(tmp_path):
    return with_uv.find_uv(str(tmp_path / ".venv"), str(tmp_path / "log"), str(tmp_path))


@pytest.fixture
def no_own_uv(monkeypatch, tmp_path):
    """Neither UV= nor a uv on PATH, and none that pip could fetch."""
    monkeypatch.delenv("UV", raising=False)
    monkeypatch.delenv("INSTALLER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin") + ":/usr/bin:/bin")
    monkeypatch.setattr(with_uv, "fetch", lambda *arguments: "fetched")


def test_a_persons_own_uv_is_used(tmp_path, monkeypatch, no_own_uv):
    own = pretended_uv(tmp_path / "bin")
    assert find_uv(tmp_path) == (own, (99, 0, 0))
    named = pretended_uv(tmp_path / "named", "98.1.2")
    monkeypatch.setenv("UV", named)
    assert find_uv(tmp_path) == (named, (98, 1, 2))


def test_a_uv_that_is_too_old_or_broken_is_passed_over(tmp_path, no_own_uv):
    pretended_uv(tmp_path / "bin", "0.1.2")
    assert find_uv(tmp_path) == "fetched"
    program(tmp_path / "bin", "echo 'command not found' >&2; exit 127\n")
    assert find_uv(tmp_path) == "fetched"


def test_a_named_uv_that_does_not_suit_stops_the_set_up(tmp_path, monkeypatch, no_own_uv):
    for named in ("/nowhere/uv", pretended_uv(tmp_path / "old", "0.1.2")):
        monkeypatch.setenv("UV", named)
        with pytest.raises(SetupError, match=f"UV={named} is no uv"):
            find_uv(tmp_path)


def test_the_fetched_uv_is_used_again_while_it_is_the_locked_one(tmp_path, no_own_uv):
    (locked,) = re.findall(r"^uv==([\d.]+)", Path(with_uv.UV_LOCK).read_text(), re.MULTILINE)
    (tmp_path / ".venv" / "uv").mkdir(parents=True)
    kept = pretended_uv(tmp_path / ".venv" / "uv" / "bin", locked)
    assert find_uv(tmp_path)[0] == kept
    pretended_uv(tmp_path / ".venv" / "uv" / "bin", "99.0.0")
    assert find_uv(tmp_path) == "fetched"
    assert not (tmp_path / ".venv" / "uv").exists()


def test_uv_is_locked_for_every_platform():
    text = Path(with_uv.UV_LOCK).read_text()
    assert len(re.findall(r"^[\w.-]+==", text, re.MULTILINE)) == 1
    assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}\b", text)) > 10


def test_no_network_for_uv_stops_the_set_up(tmp_path, monkeypatch):
    monkeypatch.setattr(with_uv, "run_pip", lambda *arguments: (1, OFFLINE))
    with pytest.raises(SetupError, match="no connection to the package index"):
        with_uv.fetch("venv", "venv/uv", "log", str(tmp_path))


@pytest.mark.parametrize(
    "output", ["ERROR: No matching distribution found for uv==0.13.9", "ERROR: nobody foresaw this"]
)
def test_an_index_without_uv_leaves_it_to_pip(tmp_path, monkeypatch, output):
    monkeypatch.setattr(with_uv, "run_pip", lambda *arguments: (1, output))
    with pytest.raises(with_uv.UvUnusable, match="uv cannot be had"):
        with_uv.fetch("venv", "venv/uv", "log", str(tmp_path))


LISTED = """:env:.default-timeout='180'
:env:.find-links='/a /b'
global.cert='/etc/ca.pem'
global.extra-index-url='\\nhttps://one.example/index\\nhttps://two.example/index'
global.find-links='/c'
global.index-url='https://all.example/index'
install.index-url='https://mirror.example/index'
install.no-cache-dir='true'
install.no-index='false'
install.proxy='http://proxy.example:8080'
install.trusted-host='a.example b.example'
freeze.all='yes'
"""


def test_pips_settings_are_said_to_uv():
    variables, options = pip_settings.translate(pip_settings.parse(LISTED))
    assert variables == {
        "UV_DEFAULT_INDEX": "https://mirror.example/index",
        "UV_INDEX": "https://one.example/index https://two.example/index",
        "UV_FIND_LINKS": "/a,/b",
        "UV_INSECURE_HOST": "a.example b.example",
        "UV_HTTP_TIMEOUT": "180",
        "SSL_CERT_FILE": "/etc/ca.pem",
        "HTTPS_PROXY": "http://proxy.example:8080",
        "HTTP_PROXY": "http://proxy.example:8080",
        "UV_NO_CACHE": "1",
    }
    assert options == []
    assert pip_settings.translate({"no-index": "1"}) == ({}, ["--no-index"])


def test_certificates_are_those_of_pip(tmp_path):
    bundle = tmp_path / "ca.pem"
    bundle.write_text("")
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        assert pip_settings.certificates({name: str(bundle)}) == {"SSL_CERT_FILE": str(bundle)}
    assert "UV_SYSTEM_CERTS" in pip_settings.certificates({"REQUESTS_CA_BUNDLE": "/nowhere"})


def test_the_cache_lies_where_its_files_can_be_linked(tmp_path, monkeypatch):
    scratch = str(tmp_path)
    home = tmp_path / "home"
    assert with_uv.cache_folder({"XDG_CACHE_HOME": str(home / "new")}, scratch) is None
    assert with_uv.cache_folder({"UV_CACHE_DIR": "/anywhere"}, scratch) is None
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert with_uv.cache_folder({"XDG_CACHE_HOME": str(home)}, scratch).startswith(scratch)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A folder with one wheel, and a lock that names it."""
    folder = tmp_path_factory.mktemp("wheels")
    wheel = folder / "little-1.0-py3-none-any.whl"
    info = "little-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as packed:
        packed.writestr("little.py", "WORD = 'here'\n")
        packed.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: little\nVersion: 1.0\n")
        packed.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        packed.writestr(f"{info}/RECORD", "")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (folder / "lock.txt").write_text(f"little==1.0 --hash=sha256:{digest}\n")
    return folder


@pytest.fixture(scope="module")
def with_pip(tmp_path_factory):
    """An environment with nothing but pip."""
    folder = tmp_path_factory.mktemp("an environment") / ".venv"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    return folder


def install(with_pip, tiny, monkeypatch, uv):
    """Install the small lock as the set-up installs the big one, and remove it again."""
    monkeypatch.setenv("UV", uv)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tiny))
    monkeypatch.delenv("INSTALLER", raising=False)
    packages = Path(environment.packages_folder(str(with_pip)))
    try:
        installers.install(str(with_pip), str(tiny / "lock.txt"), "a test")
        return (packages / "little.py").exists()
    finally:
        (packages / "little.py").unlink(missing_ok=True)
        shutil.rmtree(packages / "little-1.0.dist-info", ignore_errors=True)
        assert not (with_pip / "tmp").exists()


def test_uv_gets_the_persons_settings_and_no_others(with_pip, tiny, monkeypatch, tmp_path):
    uv = pretended_uv(tmp_path, then=f'echo "$@"; env > "{tmp_path}/env"')
    monkeypatch.setenv("UV_SYSTEM_PYTHON", "1")
    monkeypatch.setenv("UV_HTTP_TIMEOUT", "7")
    monkeypatch.setenv("PIP_TIMEOUT", "8")
    assert not install(with_pip, tiny, monkeypatch, uv)
    log = (with_pip / "setup.log").read_text()
    assert "--require-hashes" in log and "--no-index" in log and f"{tiny}/lock.txt" in log
    lines = (tmp_path / "env").read_text().splitlines()
    assert f"UV_FIND_LINKS={tiny}" in lines and "UV_HTTP_TIMEOUT=7" in lines
    assert f"TMPDIR={with_pip}/tmp" in lines
    assert not [line for line in lines if line.startswith(("UV_SYSTEM_PYTHON", "PYTHONPATH"))]


def test_pip_goes_on_where_uv_fails(with_pip, tiny, monkeypatch, tmp_path, capfd):
    uv = pretended_uv(tmp_path, then="echo 'error: invalid peer certificate' >&2; exit 2")
    assert install(with_pip, tiny, monkeypatch, uv)
    said = [line for line in capfd.readouterr().err.splitlines() if "pip" in line]
    assert said[0].startswith("Going on with pip: ") and "invalid peer certificate" in said[0]
    assert " with pip (a test)" in said[1]


def test_a_full_disk_stops_uv_and_pip(with_pip, tiny, monkeypatch, tmp_path, capfd):
    uv = pretended_uv(tmp_path, then="echo 'error: No space left on device'; exit 2")
    with pytest.raises(SetupError, match="the disk is full.*setup.log"):
        install(with_pip, tiny, monkeypatch, uv)
    assert "Going on" not in capfd.readouterr().err


def test_the_real_uv_installs_the_lock(with_pip, tiny, monkeypatch, capfd):
    uv = Path(sys.prefix, "uv", "bin", "uv")
    if not uv.exists():
        uv = shutil.which("uv")
    if not uv:
        pytest.skip("no uv: this environment was set up with pip")
    assert install(with_pip, tiny, monkeypatch, str(uv))
    assert "Going on" not in capfd.readouterr().err


def test_a_chosen_installer_is_kept_to(with_pip, tiny, monkeypatch, tmp_path):
    monkeypatch.setenv("INSTALLER", "conda")
    with pytest.raises(SetupError, match="INSTALLER=conda"):
        installers.install(str(with_pip), str(tiny / "lock.txt"), "a test")
