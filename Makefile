# Every habit of this repository as a target. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory
# Ten processes start at once: each would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE
export UV_COMPILE_BYTECODE := 1

PYTHON ?= python3
UV := $(shell command -v uv 2>/dev/null || echo .venv-tools/bin/uv)
BIN := .venv/bin
CODE := libs services simulators devstack tests bench simulation
# Kept beside what they test, but no unit: the whole fetcher against TikTok's simulator.
CROSSING := services/fetcher/tests/test_fetcher_states.py services/fetcher/tests/test_fetcher_bad_input.py
# Four parts for two cores: while one waits for a process or a port, the others work.
UNIT_1 := libs devstack
UNIT_2 := services/console services/fetcher services/mapper services/relay
UNIT_3 := services/shopify-writer services/status-tracker
UNIT_4 := simulators tests/simulation
# Histories of the whole system; the rest of tests/simulation tests what they are made with.
HISTORIES := tests/simulation/test_simulation_seeds.py
# mypy names a test module after its folders, and a folder with a hyphen has no name.
HYPHENATED := services/[a-z]+-[a-z]+
ARGS ?=

.PHONY: help install install-browser format lint types unit .unit-1 .unit-2 .unit-3 .unit-4 .parts .whole .histories contract integration e2e faults test \
        conformance mutants simulate browser deployable bench generate check-generated demo up down logs all

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'

install: .venv/.installed ## install everything that is needed into .venv (needs only Python >= 3.11)

.venv/.installed: uv.lock pyproject.toml $(wildcard */pyproject.toml */*/pyproject.toml) | $(UV)
	@$(UV) sync --quiet --frozen --inexact --all-packages --python $(PYTHON)
	@$(BIN)/devstack prepare
	@touch $@

.venv-tools/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'Python >= 3.11 is needed: make PYTHON=/path/to/python3.11 …' >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
	  || { echo "Python's ensurepip is missing: install the package python3-venv, or uv, and try again." >&2; exit 2; }
	@$(PYTHON) -m venv .venv-tools && .venv-tools/bin/pip install --quiet uv

install-browser: install ## install what the browser tests need (besides chromium itself)
	@$(UV) sync --quiet --frozen --inexact --all-packages --group browser --group deploy --python $(PYTHON)

format: install ## format all code
	@$(BIN)/ruff format $(wildcard $(CODE))
	@$(BIN)/ruff check --fix $(wildcard $(CODE))

lint: install ## ruff and import-linter
	@$(BIN)/ruff format --check $(wildcard $(CODE))
	@$(BIN)/ruff check $(wildcard $(CODE))
	@$(BIN)/lint-imports

types: install-browser ## mypy, strict, over code and tests
	@$(BIN)/mypy --exclude '$(HYPHENATED)/tests/' $(wildcard $(CODE)) conftest.py
	@for tests in $(wildcard services/*-*/tests); do $(BIN)/mypy $$tests; done

unit: install ## tests that need only their own folder
	@$(MAKE) --jobs=4 --output-sync=target .unit-1 .unit-2 .unit-3 .unit-4

.unit-1 .unit-2 .unit-3 .unit-4: .unit-%:
	@$(BIN)/pytest -q -o cache_dir=.pytest_cache/$* $(addprefix --ignore=,$(CROSSING) $(HISTORIES)) $(UNIT_$*)

contract: install ## what two sides promise each other, and the checks of the house
	@$(BIN)/pytest -q tests/contract $(CROSSING)

integration: install ## one part on real Kafka and real PostgreSQL
	@$(BIN)/pytest -q tests/integration

e2e: install ## the whole system, each service a process
	@$(BIN)/pytest -q tests/e2e

faults: install ## the whole system while its parts are killed, and the long exactly-once campaign
	@EXACTLY_ONCE_ORDERS=$${EXACTLY_ONCE_ORDERS:-5000} $(BIN)/pytest -q -s -m '' tests/faults

test: unit ## all tests that need neither npm nor a browser
	@$(MAKE) --jobs=2 --output-sync=target .parts .whole
	@$(MAKE) .histories

# Two at once, each with Kafka and PostgreSQL of its own: both wait more than they work.
.parts:
	@$(BIN)/pytest -q -o cache_dir=.pytest_cache/parts tests/contract $(CROSSING) tests/integration tests/e2e

.whole:
	@$(BIN)/pytest -q -o cache_dir=.pytest_cache/whole tests/faults

# Alone and last: a minute by the wall clock is worth what the processor has left.
.histories:
	@$(BIN)/pytest -q -o cache_dir=.pytest_cache/histories $(HISTORIES)

conformance: install ## our GraphQL against the official schema (needs npm)
	@command -v npm >/dev/null || { echo 'make conformance needs npm' >&2; exit 1; }
	@$(BIN)/pytest -q tests/conformance

mutants: install ## small changes to what decides: do the tests notice? Not in CI (ARGS='--count 30 --only libs/mapping')
	@$(BIN)/python -m tests.mutants $(ARGS)

browser: install-browser ## the pages in a real browser (needs chromium)
	@$(BIN)/pytest -q tests/browser

deployable: install-browser ## Dockerfile and compose file, checked without an engine
	@$(BIN)/hadolint deploy/Dockerfile
	@$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

simulate: install ## many histories of the whole system on a virtual clock (MINUTES=60)
	@$(BIN)/python -m simulation --minutes $(or $(MINUTES),1) $(ARGS)

bench: install ## measure; results go to bench/results
	@$(BIN)/python -m bench $(ARGS)

generate: install ## write golden schemas, examples and generated pages anew
	@$(BIN)/python -m ordersync_contracts.generate
	@$(BIN)/python libs/mapping/tests/mapping_page.py

check-generated: generate ## generated files are committed, and keep what the newest tag promised
	@git diff --exit-code --stat -- libs/contracts docs || { echo 'run `make generate` and commit what changed' >&2; exit 1; }
	@.ci/check-released $(BIN)/python

demo: install ## TikTok Shop orders arrive in Shopify, on this machine (ARGS='--once --json')
	@$(BIN)/devstack demo $(ARGS)

up: install ## start everything on this machine (ARGS=--detach to leave it running)
	@$(BIN)/devstack up $(ARGS)

down: install ## stop what `make up` started
	@$(BIN)/devstack down

logs: install ## what the processes say (ARGS=mapper for one)
	@$(BIN)/devstack logs $(ARGS)

all: lint types check-generated deployable test conformance browser ## every check, as .ci/run does
