# What JupyterHub runs as each user: the course is unpacked once, and JupyterLab starts in it.
# COURSE_ZIP is the course's zip, PROGRAMS the folder of the environment's programs.
set -eu

course=$HOME/resnets
if [ ! -d "$course" ]; then
    # Under another name first, so that a start that is broken off leaves no half of a course.
    new=$(mktemp -d "$HOME/.resnets-XXXXXX")
    trap 'rm -rf "$new"' EXIT
    "$PROGRAMS/python" -m zipfile -e "$COURSE_ZIP" "$new"
    mv "$new/resnets" "$course"
    rmdir "$new"
    trap - EXIT
fi
mkdir -p "$course/.lab/config/custom"
cp "$course/tools/jupyter/custom.css" "$course/.lab/config/custom"

# As in the course's Makefile: settings and packages of the user's own stay out of the way.
export PYTHONNOUSERSITE=1 KERAS_BACKEND=tensorflow JUPYTER_PREFER_ENV_PATH=1
export JUPYTER_CONFIG_PATH="$course/tools/jupyter" JUPYTER_CONFIG_DIR="$course/.lab/config"
export JUPYTER_DATA_DIR="$course/.lab/data" JUPYTER_RUNTIME_DIR="$course/.lab/runtime"
export IPYTHONDIR="$course/.lab/ipython" MPLCONFIGDIR="$course/.lab/matplotlib"
export KERAS_HOME="$course/.lab/keras" PATH="$PROGRAMS:$PATH"
if [ "$(id -u)" = 0 ]; then set -- --allow-root "$@"; fi
cd "$course"
exec "$PROGRAMS/jupyterhub-singleuser" --ServerApp.root_dir="$course" "$@"
