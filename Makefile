# `make` lists what there is. Everything happens in .venv; after the first setup nothing needs the network.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

# The environment that exists, else the first Python on the PATH that is new enough.
PYTHON ?= $(shell for python in .venv/bin/python python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$python; break; }; done)
VERSION := $(shell $(or $(PYTHON),false) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)

# One stamp per version of Python, so that `make setup PYTHON=python3.12` replaces an environment of 3.11.
RUNTIME := .venv/.runtime-$(VERSION)
DEVELOPMENT := .venv/.development-$(VERSION)
# Twice quiet: only errors. What a warning of pip is about is the machine's configuration, not ours.
INSTALL := .venv/bin/python -m pip --quiet --quiet --disable-pip-version-check install

# Each process of tests starts servers of its own. "logical": a hyperthread waits as well as a core.
AT_ONCE := --numprocesses=logical --maxprocesses=4 --dist=worksteal

.PHONY: help
help: ## This list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: setup
setup: $(DEVELOPMENT) ## The environment with everything in it (PYTHON=python3.12 chooses one)
	@:

.PHONY: demo
demo: $(RUNTIME) ## Two customers, Okta and Entra ID, provisioned before your eyes (ONCE=1 ends there)
	@.venv/bin/provisioning demo $(if $(ONCE),--once)

.PHONY: test
test: $(DEVELOPMENT) ## Every test, with a real PostgreSQL and a real Redis (ARGS="-k filter -x")
	@.venv/bin/pytest $(AT_ONCE) $(ARGS)

.PHONY: check
check: lint types imports compose scripts ## What CI asks besides the tests

.PHONY: lint
lint: $(DEVELOPMENT) ## Ruff, all rules, and the format
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .

.PHONY: types
types: $(DEVELOPMENT) ## mypy, strict
	@.venv/bin/mypy

.PHONY: imports
imports: $(DEVELOPMENT) ## Who may import whom
	@.venv/bin/lint-imports --no-logo

.PHONY: compose
compose: $(DEVELOPMENT) ## docker-compose.yml against the Compose specification's schema
	@.venv/bin/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

.PHONY: scripts
scripts: ## The modules of the operators' page, read by Node
	@for module in console/static/*.js; do node --input-type=module --check <"$$module" || exit; done

.PHONY: fix
fix: $(DEVELOPMENT) ## What Ruff can repair by itself
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

.PHONY: bench
bench: $(RUNTIME) ## What this machine carries (ARGS="--help")
	@.venv/bin/provisioning bench $(ARGS)

# Only what has been public for a week: a hijacked release is usually found within days.
# Existing pins stay; `make lock ARGS=--upgrade` moves them.
LOCK = .venv/bin/uv pip compile pyproject.toml - --quiet --universal --python-version 3.11 \
	--generate-hashes --exclude-newer '7 days' --custom-compile-command 'make lock' $(ARGS)

.PHONY: lock
lock: $(DEVELOPMENT) ## Versions and hashes anew, for every Python and platform
	@echo 'setuptools>=80  # builds the project where no network is' | $(LOCK) --output-file requirements.txt
	@echo 'setuptools>=80' | $(LOCK) --extra test --extra dev --constraint requirements.txt --output-file requirements-dev.txt

.PHONY: clean
clean: ## Away with .venv, caches and builds; ./var, where the data is, stays
	@rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUNTIME): requirements.txt pyproject.toml
	@test -n '$(VERSION)' || { echo 'Python 3.11 or newer is needed, e.g. make setup PYTHON=/usr/bin/python3.12' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@echo 'Setting up .venv with Python $(VERSION) …' >&2
	@test "$$(.venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = '$(VERSION)' \
		|| $(PYTHON) -m venv --clear .venv
	@$(INSTALL) --require-hashes --requirement requirements.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(DEVELOPMENT): requirements-dev.txt $(RUNTIME)
	@echo 'Adding the tools of development and test …' >&2
	@$(INSTALL) --require-hashes --requirement requirements-dev.txt
	@touch $@
