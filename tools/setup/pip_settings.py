"""Translate a person's pip settings for uv: index, proxy and certificate in pip.conf or PIP_*."""

import ast
import os
import re
import subprocess

from tools.setup.environment import python_of
from tools.setup.with_pip import pip_environment

# pip's setting, uv's variable, what separates several values (None: there is one).
VARIABLES = (
    ("index-url", "UV_DEFAULT_INDEX", None),
    ("extra-index-url", "UV_INDEX", " "),
    ("find-links", "UV_FIND_LINKS", ","),
    ("trusted-host", "UV_INSECURE_HOST", " "),
    ("default-timeout", "UV_HTTP_TIMEOUT", None),
    ("timeout", "UV_HTTP_TIMEOUT", None),
    ("retries", "UV_HTTP_RETRIES", None),
    ("cert", "SSL_CERT_FILE", None),
    ("client-cert", "SSL_CLIENT_CERT", None),
    ("proxy", "HTTPS_PROXY", None),
    ("proxy", "HTTP_PROXY", None),
)
TRUE = ("1", "true", "yes", "on", "y", "t")


def read_settings(venv, scratch):
    """Return {setting: value} as pip of the environment sees it, {} where pip cannot say."""
    answer = subprocess.run(
        [python_of(venv), "-m", "pip", "--disable-pip-version-check", "config", "list"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        errors="replace",
        env=pip_environment(scratch),
    )
    return parse(answer.stdout)


def parse(listed):
    """Return {setting: value} from what `pip config list` prints.

    A variable wins over the file's section for `install`, and that over the one for all commands.
    """
    found = {"global": {}, "install": {}, ":env:": {}}
    pattern = r"^(global|install|:env:)\.([\w-]+)=(.+)$"
    for section, name, value in re.findall(pattern, listed, re.MULTILINE):
        found[section][name] = str(ast.literal_eval(value)).strip()
    merged = {}
    for settings in found.values():
        merged.update((name, value) for name, value in settings.items() if value)
    return merged


def translate(settings):
    """Return (variables, options) that make uv do what the pip settings say."""
    variables = {}
    for name, variable, separator in VARIABLES:
        if name in settings:
            value = settings[name]
            variables[variable] = value if separator is None else separator.join(value.split())
    if settings.get("no-cache-dir", "").lower() in TRUE:
        variables["UV_NO_CACHE"] = "1"
    if settings.get("keyring-provider") == "subprocess":
        variables["UV_KEYRING_PROVIDER"] = "subprocess"
    options = ["--no-index"] if settings.get("no-index", "").lower() in TRUE else []
    return variables, options


def certificates(env):
    """Return the variables for the certificates where pip's setting names none.

    pip takes those that REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE name, else the system's.
    """
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        if os.path.isfile(env.get(name, "")):
            return {"SSL_CERT_FILE": env[name]}
    return {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"}
