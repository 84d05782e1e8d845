# The course's commands. `make lab` and `make test` are all that most people need; both build the
# environment on their first run. What stands after ARGS= is passed on:
#     make lab ARGS="--no-browser --port 8899"
#     make test ARGS="-k identity_block"

VENV ?= .venv
override VENV := $(patsubst ~/%,$(HOME)/%,$(VENV))
override VENV := $(if $(filter /%,$(VENV)),$(VENV),$(CURDIR)/$(VENV))
PYTHON ?=
ARGS ?=
WORKERS ?= 2
TESTS ?= notebooks/solutions tests
UV ?=
INSTALLER ?=
START := notebooks/0_start.ipynb

# A person's own Jupyter, IPython, Keras and matplotlib settings, and packages installed for the
# user, stay out of the course's way (and the course out of theirs).
unexport PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONSAFEPATH TF_USE_LEGACY_KERAS JUPYTER_PATH
export PYTHONNOUSERSITE := 1
export JUPYTER_PREFER_ENV_PATH := 1
export JUPYTER_CONFIG_PATH := $(CURDIR)/tools/jupyter
export JUPYTER_CONFIG_DIR := $(CURDIR)/.lab/config
export JUPYTER_DATA_DIR := $(CURDIR)/.lab/data
export JUPYTER_RUNTIME_DIR := $(CURDIR)/.lab/runtime
export IPYTHONDIR := $(CURDIR)/.lab/ipython
export MPLCONFIGDIR := $(CURDIR)/.lab/matplotlib
export KERAS_HOME := $(CURDIR)/.lab/keras
export KERAS_BACKEND := tensorflow
export VENV PYTHON UV INSTALLER

# Any Python 3 can start the set-up; it then looks for one that suits.
SETUP = @for python in python3 "$$PYTHON" python3.13 python3.12 python3.11 ""; do \
    if [ -z "$$python" ]; then continue; fi; \
    if "$$python" -c "" 2>/dev/null; then exec "$$python" -B -m tools.setup $(1); fi; \
    done; \
    echo "Set-up stopped: no Python was found; install Python 3.11, 3.12 or 3.13 and its venv" \
    "module (Debian and Ubuntu: sudo apt install python3 python3-venv)" >&2; exit 1
RUN = PATH="$$VENV/bin:$$PATH" "$$VENV/bin/python"

.DEFAULT_GOAL := help
.PHONY: help lab test solutions release lint format figures bench lock clean env-lab env-test

# The copy that students get has no requirements-dev.txt, and only what is kept here works in it.
help: ## say what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | \
	if [ -f requirements-dev.txt ]; then cat; else grep -E ' (help|lab|clean)\|'; fi | \
	awk -F'|' '{printf "%-18s%s\n", $$1, $$2}'

lab: env-lab ## open JupyterLab on the start page (ARGS go to JupyterLab)
	@mkdir -p .lab/config/custom && cp tools/jupyter/custom.css .lab/config/custom
	@set -- $(ARGS); if [ "$$(id -u)" = 0 ]; then set -- --allow-root "$$@"; fi; \
	$(RUN) -m jupyterlab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/$(START) "$$@"

test: env-test ## run every check (ARGS go to pytest; TESTS= some paths; WORKERS= processes)
	@unset SIGNS_DIR; \
	$(RUN) -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder --nbval --nbval-current-env \
	    --nbval-sanitize-with tests/nbval_sanitize.cfg --nbval-cell-timeout 600 $(ARGS) $(TESTS)

solutions: env-test ## run the solved lessons, store their outputs, renew the learner's copies (ARGS="2 3" for some)
	@unset SIGNS_DIR; $(RUN) -m tools.notebooks solutions $(ARGS)

release: env-test ## renew the learner's copies from the solved lessons, without running them
	@$(RUN) -m tools.notebooks release $(ARGS)

lint: env-test ## look over modules and notebooks with ruff
	@$(RUN) -m ruff check $(ARGS) .
	@$(RUN) -m ruff format --check .

format: env-test ## let ruff put right what it can
	@$(RUN) -m ruff check --fix --quiet .
	@$(RUN) -m ruff format .

figures: env-test ## draw the figures in images/
	@$(RUN) -m images $(ARGS)

bench: env-test ## compare speeds side by side, in less than an hour
	@$(RUN) benchmarks/speed.py $(ARGS)

lock: ## resolve the dependencies anew into the locked files (ARGS go to uv, such as --upgrade)
	$(call SETUP,lock $(ARGS))

clean: ## remove the environment and caches; notebooks and your work stay
	rm -rf .venv .lab .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

env-lab:
	$(call SETUP,lab)

env-test: ## build the environment of make test without running anything
	$(call SETUP,test)
