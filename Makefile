# `make demo` shows what resetapp does, `make test` proves it. `make` alone lists the rest.
# Needed: make, and Python 3.11 or newer with venv. The rest is fetched into .venv/, pinned by hash.

.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-print-directory

ARGS ?=
PYTHON ?=
UV ?= uv
BIN := .venv/bin
# On all cores when everything is asked for. Some tests are sooner done without workers, and -x and --pdb need none.
WORKERS = $(if $(strip $(ARGS)),,-n auto)
# Compiled Python is kept even where the environment forbids it: each service that a test starts would compile itself
# anew, and each run all the tests.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo test test-389 test-interop test-faults fuzz sure bench bench-saml format lint lock clean

help: ## this list
	@echo "resetapp: password self-service with MitID through WAYF"
	@echo
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)$$/\1|\2/p' Makefile | awk -F'|' '{ printf "  make %-11s %s\n", $$1, $$2 }'

demo: ## the whole journey on this machine, with an invented hub and invented people (ARGS="--help" for more)
	@scripts/virtual-environment run $(PYTHON)
	@exec $(BIN)/resetapp demo $(ARGS)

test: ## all tests, on all cores (ARGS="tests/saml -k replay" for some of them, in one process)
	@scripts/debian-packages
	@scripts/virtual-environment test $(PYTHON)
	@exec $(BIN)/python -m pytest $(WORKERS) $(ARGS)

test-389: ## the tests on 389 Directory Server, which takes longer to start and needs root
	@scripts/debian-packages 389
	@scripts/virtual-environment test $(PYTHON)
	@exec $(BIN)/python -m pytest -m ds389 $(ARGS)

test-interop: ## login and logout with SimpleSAMLphp as the hub
	@scripts/debian-packages interop
	@scripts/virtual-environment test $(PYTHON)
	@exec $(BIN)/python -m pytest -m interop tests/interop $(ARGS)

test-faults: ## servers killed, frozen and cut off, five hundred times (the ordinary tests do it twenty times)
	@scripts/debian-packages
	@scripts/virtual-environment test $(PYTHON)
	@RESETAPP_FAULT_ROUNDS=500 exec $(BIN)/python -m pytest -m faults $(ARGS)

fuzz: ## broken messages by the thousand to the whole service, and a minute of them to every parser
	@scripts/debian-packages
	@scripts/virtual-environment test $(PYTHON)
	@exec $(BIN)/python -m pytest -m fuzz $(ARGS)

sure: format lint test ## everything a change must pass: form, mistakes, types, tests

bench: ## the measurements beside their targets, in under four minutes (ARGS="--help" for more)
	@scripts/debian-packages
	@scripts/virtual-environment test $(PYTHON)
	@exec $(BIN)/python -m bench $(ARGS)

bench-saml: ## a login beside SimpleSAMLphp and pysaml2 as service providers, and under a flood of junk
	@scripts/debian-packages
	@scripts/debian-packages interop
	@scripts/virtual-environment test $(PYTHON)
	@exec $(BIN)/python -m bench.saml_services $(ARGS)

format: ## bring all Python files into the house's form
	@scripts/virtual-environment test $(PYTHON)
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

lint: ## look for bad form, mistakes and wrong types; changes nothing
	@scripts/virtual-environment test $(PYTHON)
	@$(BIN)/ruff format --check --quiet . || { echo "These files are not in form. Remedy: make format"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy

# The universal lock files serve every system and every Python from 3.11 on. Pins that still fit are kept;
# `make lock UPGRADE=--upgrade` raises them all. The second file is held to the pins of the first.
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-header $(UPGRADE)

lock: ## make the lock files anew after a change in pyproject.toml (needs uv)
	@command -v $(UV) >/dev/null || { echo "Making the lock files needs uv; CONTRIBUTING.md says how to get it."; exit 1; }
	printf 'editables>=0.5\nhatchling>=1.27\n' | $(COMPILE) --no-annotate -o requirements.lock pyproject.toml -
	$(COMPILE) --group dev --constraint requirements.lock -o requirements-dev.lock pyproject.toml

clean: ## take away .venv, caches and what was built
	@rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
