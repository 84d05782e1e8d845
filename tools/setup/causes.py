"""Why an installer failed, in one line: what pip and uv print, and what it means for the reader."""

import re

DISK_FULL = (
    "the disk is full: free some space, or put the environment elsewhere with "
    "VENV=/path/with/space/resnets"
)
CHANGED_DOWNLOAD = (
    "a download does not match the lock: something on the way changed it; run the same command "
    "again with PIP_NO_CACHE_DIR=1"
)
PROXY_REFUSED = "the proxy refused the connection: set HTTPS_PROXY=http://user:password@host:port"
CERTIFICATE = (
    "the package index's certificate was not accepted: behind a company or school proxy, set "
    "PIP_CERT=/path/to/its/certificate.pem"
)
NO_CONNECTION = (
    "no connection to the package index: check the network (and HTTPS_PROXY, or PIP_INDEX_URL "
    "for a mirror), then run the same command again"
)
NO_PERMISSION = (
    "no permission to write there: copy the course to a folder of your own, or use "
    "VENV=/path/you/can/write"
)
NO_FILE = (
    "the package index has no file for this machine: TensorFlow needs 64-bit Linux with glibc "
    "(not Alpine), macOS on Apple silicon, or Windows"
)
UNKNOWN = "the installer failed"

# The first pattern found names the cause. Order matters: a machine without a network ends in pip's
# "No matching distribution", and so does a platform without wheels; a proxy's refusal and a
# certificate are failed connections too.
CAUSES = (
    (r"No space left on device|Errno 28|Disk quota exceeded|Errno 122", DISK_FULL),
    (r"DO NOT MATCH THE HASHES|Hash mismatch for", CHANGED_DOWNLOAD),
    (
        r"407 Proxy|ProxyError|Cannot connect to proxy|Tunnel connection failed"
        r"|tunnel error|proxy authorization required|unsuccessful tunnel",
        PROXY_REFUSED,
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError|SSLCertVerificationError"
        r"|invalid peer certificate|UnknownIssuer",
        CERTIFICATE,
    ),
    (
        r"NewConnectionError|ConnectTimeoutError|NameResolutionError|Failed to establish"
        r"|ReadTimeoutError|Network is unreachable|Name or service not known|Connection refused"
        r"|Connection reset|RemoteDisconnected|IncompleteRead|ConnectionError|Read timed out"
        r"|error sending request|client error \(Connect\)|dns error|operation timed out"
        r"|response body error|end of file before message length",
        NO_CONNECTION,
    ),
    (r"Permission denied|Errno 13|Read-only file system|Errno 30", NO_PERMISSION),
    (
        r"No matching distribution found for|Could not find a version that satisfies"
        r"|has no (?:usable )?wheels",
        NO_FILE,
    ),
)
# Where one installer stops for these, another would too.
FINAL = (DISK_FULL, CHANGED_DOWNLOAD, NO_PERMISSION, NO_FILE)


def diagnose(output):
    """Return (cause, line): the cause in words, and the line of the output that shows it."""
    for pattern, cause in CAUSES:
        match = re.search(r"^.*(?:{}).*$".format(pattern), output, re.MULTILINE)
        if match:
            return cause, match.group(0).strip()
    errors = [line.strip() for line in output.splitlines() if line.lower().startswith("error")]
    return UNKNOWN, errors[-1] if errors else "no reason given"


def diagnose_pip(output):
    """Return (cause, line) as `diagnose` does, for pip that was to install one of the big locks."""
    cause, line = diagnose(output)
    if cause == NO_FILE and not re.search("Downloading|Using cached", output):
        cause = NO_CONNECTION  # not even the first package, which any machine can use
    return cause, line


def shorten(line, longest=160):
    """Return the line, cut in the middle where it is very long."""
    if len(line) <= longest:
        return line
    return line[: longest // 2] + " ... " + line[-longest // 2 :]
