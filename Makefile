# Everything runs in .venv, which is made from requirements.lock when it is needed.

PYTHON ?= python3
VENV := .venv
INSTALLED := $(VENV)/.installed
COLAB := .venv-colab

# What starts TensorFlow shows none of the messages of its C++ code.
export TF_CPP_MIN_LOG_LEVEL ?= 3

.DEFAULT_GOAL := help
.PHONY: help demo test test-thorough test-colab lint docs notebooks gallery lock

help: ## list these targets
	@echo "keras_rlgen: generative models and reinforcement learning on Keras 3"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile
	@echo
	@echo "$(VENV) is made with python3. To choose another: make test PYTHON=python3.12"
	@echo "(and remove $(VENV) first, if it is there)."

demo: $(INSTALLED) ## train a GAN by a reward that has no gradient, on the CPU
	@echo "demo: recipes/reinforce_gan_digits.py; it says below where its files go"
	@$(VENV)/bin/python -m recipes.reinforce_gan_digits

test: $(INSTALLED) ## run the tests but the thorough ones, one worker a core
	@echo "test: pytest in tests/, with the options of pyproject.toml"
	@$(VENV)/bin/python -m pytest -n auto -m "not thorough" tests

test-thorough: $(INSTALLED) ## run every recipe, notebook and page of the docs
	@echo "test-thorough: pytest in tests/, what is marked as thorough"
	@$(VENV)/bin/python -m pytest -n auto -m thorough tests

# TESTS=tests/test_notebooks.py runs a part.
test-colab: $(COLAB)/.installed ## run all tests with the versions that Colab has
	@echo "test-colab: pytest with TensorFlow, Keras and NumPy as on Colab"
	@$(COLAB)/bin/python -m pytest -n auto $(or $(TESTS),tests)

$(COLAB)/.installed: tests/colab-constraints.txt setup.cfg
	@echo "environment: making $(COLAB) with Colab's versions (3 GB, some minutes)"
	@$(PYTHON) -m venv --clear $(COLAB)
	@$(COLAB)/bin/pip install --constraint tests/colab-constraints.txt -e \
	  ".[agents,experience,finance,games,language,litert,music,notebooks,robots,tests,tuning]"
	@$(COLAB)/bin/pip install --no-deps tf-agents==0.19.0
	@touch $@

lint: $(INSTALLED) ## check style, format and the order of imports
	@echo "lint: ruff check; to mend what it can: $(VENV)/bin/ruff check --fix"
	@$(VENV)/bin/ruff check
	@echo "lint: ruff format; to mend: $(VENV)/bin/ruff format"
	@$(VENV)/bin/ruff format --check
	@echo "lint: import-linter, with the contracts of pyproject.toml"
	@$(VENV)/bin/lint-imports --no-logo

docs: $(INSTALLED) ## build the documentation into site/
	@echo "docs: mkdocs, a warning counts as an error"
	@$(VENV)/bin/mkdocs build --strict --site-dir site
	@echo "docs: open site/index.html"

notebooks: $(INSTALLED) ## execute all notebooks, and store them with their outputs
	@echo "notebooks: one alone: $(VENV)/bin/python docs/execute_notebooks.py 02_agents"
	@$(VENV)/bin/python docs/execute_notebooks.py

gallery: $(INSTALLED) ## run RECIPES (default: all, for hours) for docs/gallery.md
	@echo "gallery: one alone: make gallery RECIPES=dqn_cartpole"
	@$(VENV)/bin/python docs/gallery.py $(RECIPES)

# TF-Agents pins versions that no longer resolve (tensorflow/agents#952) and runs well
# without those pins, so they are overridden here. backports-strenum is for an older
# Python from 1.3 on; LiteRT asks for any.
lock: ## resolve setup.cfg anew into requirements.lock (needs uv)
	@command -v uv > /dev/null || { \
	  echo "lock: needs uv, which is not on the PATH. Install it: pip install uv"; \
	  exit 1; }
	@echo "lock: resolving for Python 3.11 to 3.13"
	@set -e; inputs=$$(mktemp -d); trap 'rm -rf "$$inputs"' EXIT; \
	printf '%s\n' 'tf-agents==0.19.0' > "$$inputs/extra.in"; \
	printf '%s\n' 'typing-extensions>=4.12' "pygame ; python_version < '3'" \
	  'gym>=0.25' 'tensorflow-probability>=0.25' 'backports-strenum<1.3' \
	  > "$$inputs/overrides.in"; \
	uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	  setup.cfg "$$inputs/extra.in" --all-extras --overrides "$$inputs/overrides.in" \
	  --no-emit-index-url --no-header --no-annotate --output-file requirements.lock
	@echo "lock: wrote requirements.lock; the next make installs it"

$(INSTALLED): requirements.lock setup.cfg
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "keras_rlgen needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is:" \
	  "$$($(PYTHON) --version 2>&1). Choose one: make $(MAKECMDGOALS)" \
	  "PYTHON=python3.12" >&2; exit 1; }
	@echo "environment: making $(VENV) from requirements.lock (3 GB, some minutes)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(VENV)/bin/pip install --no-deps -r requirements.lock -e .
	@touch $@
	@echo "environment: $(VENV) is ready"
