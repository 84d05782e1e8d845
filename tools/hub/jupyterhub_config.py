"""JupyterHub's settings for a class on one Linux machine; see docs/install.md.

    COURSE_ZIP=OUT/resnets.zip /srv/hub/bin/jupyterhub -f tools/hub/jupyterhub_config.py

Everyone gets a copy of the course, made from COURSE_ZIP at the first start, and comes in at the
start page. People log in with their accounts of the machine; this and much else can be changed by
further lines here (https://jupyterhub.readthedocs.io).
"""

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821 - JupyterHub defines it

HERE = Path(__file__).resolve().parent
PROGRAMS = Path(sys.prefix) / "bin"
COURSE_ZIP = Path(os.environ.get("COURSE_ZIP", "")).resolve()
if not COURSE_ZIP.is_file():
    raise SystemExit(
        "COURSE_ZIP: expected the path of the zip that `python -m grading release` makes, got "
        f"{os.environ.get('COURSE_ZIP', '')!r}"
    )

c.ConfigurableHTTPProxy.command = [str(PROGRAMS / "configurable-http-proxy")]
c.Spawner.cmd = ["/bin/sh", str(HERE / "start_user.sh")]
c.Spawner.environment = {"COURSE_ZIP": str(COURSE_ZIP), "PROGRAMS": str(PROGRAMS)}
# Without this JupyterHub lets nobody in; with it, everyone who has an account of the machine.
c.Authenticator.allow_all = True
c.Spawner.default_url = "/lab/tree/notebooks/0_start.ipynb"
c.Spawner.start_timeout = c.Spawner.http_timeout = 120
# Somebody who closes the browser leaves the kernels running, and each holds a TensorFlow. So a
# kernel that nobody looks at ends after an hour without work.
c.Spawner.args = [
    "--MappingKernelManager.cull_idle_timeout=3600",
    "--MappingKernelManager.cull_interval=300",
]
