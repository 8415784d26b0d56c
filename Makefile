# Every command anybody needs. A machine with Python 3.11 and make is enough.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
VENDOR := linli/foundation/static/vendor/base.js
PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --progress-bar off --require-hashes
TEST_SETTINGS := DJANGO_SETTINGS_MODULE=config.settings.test
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-annotate --no-emit-index-url --no-emit-find-links

help:         ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: setup    ## The site with its demonstration, on http://127.0.0.1:8000
	LINLI_DEMONSTRATION=1 $(BIN)/linli prepare --demo
	LINLI_DEMONSTRATION=1 $(BIN)/linli serve 127.0.0.1:8000

setup: .venv/.core $(VENDOR)  ## What running needs: .venv and the browser files

.venv/.core: requirements.lock pyproject.toml
	@echo "邻里: installing the libraries into .venv (about 30 s)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "Python 3.11 with its venv module is needed (Debian: apt-get install python3-venv)."; exit 1; }
	$(PIP_INSTALL) --quiet -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: .venv/.core requirements-dev.lock
	@echo "邻里: installing what checking and testing need (about 30 s)"
	$(PIP_INSTALL) --quiet -r requirements-dev.lock
	@touch $@

$(VENDOR): $(wildcard frontend/src/* frontend/*.js frontend/*.json frontend/*.lock frontend/build.py) \
		linli/foundation/static/ui/echarts-theme.json
	$(PYTHON) frontend/build.py

dev: setup .venv/.dev  ## What checking and testing need besides

test: dev     ## The tests, on SQLite and then on PostgreSQL (about 15 minutes on two cores)
	@.ci/need chromium fonts postgresql servers
	@failed=0; \
	echo "== SQLite"; LINLI_TEST_DB=sqlite $(BIN)/pytest -q -n 2 --dist loadgroup -m "not proof and not servers" || failed=1; \
	echo "== PostgreSQL"; LINLI_TEST_DB=postgresql $(BIN)/pytest -q -n 2 --dist loadgroup -m "not proof and not once" || failed=1; \
	exit $$failed

quick: dev    ## A minute's worth of the tests, on SQLite
	$(BIN)/pytest -q -n 2 -m "not slow and not browser and not proof"

check: dev    ## All that can be said without running the tests
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy
	$(BIN)/djlint --lint --quiet linli
	$(TEST_SETTINGS) $(BIN)/python manage.py makemigrations --check --dry-run
	$(TEST_SETTINGS) $(BIN)/python manage.py check --fail-level WARNING
	$(BIN)/python -m tests.architecture.scanned

newest: dev   ## Is the newest patch of every library pinned? Asks the package index
	$(BIN)/python -m tests.architecture.newest

fix: dev      ## Format, and repair what a tool can repair
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format --quiet .

entries: dev  ## The acceptance sentences of docs/entries.csv, each with its test
	$(BIN)/python -m tests.acceptance.entries

walks: dev    ## Ten thousand random steps through every practice (about 10 minutes)
	$(BIN)/pytest -q -n 2 --dist loadgroup -m proof tests/proofs/test_walks.py

proofs: dev   ## All long proofs: walks, kills, tampering, overload, failover (an hour and more)
	@.ci/need chromium fonts postgresql servers failover strace
	@export CI=true; failed=0; \
	$(BIN)/pytest -q -m "proof and alone" || failed=1; \
	$(BIN)/pytest -q -n 2 --dist loadgroup -m "proof and not servers and not alone" || failed=1; \
	LINLI_TEST_DB=postgresql $(BIN)/pytest -q -m "proof and servers" || failed=1; \
	exit $$failed

bench: dev    ## Measure, with shipped settings and the consumer running
	$(BIN)/python -m bench

screenshots: dev  ## Lay out the demonstration and take docs/screenshots (a minute)
	@.ci/need chromium fonts
	$(BIN)/python docs/screenshots/make.py

lock: .venv/.dev  ## Pin every library, with hashes (licences are listed in docs/licences.md)
	$(BIN)/python -m pip install --quiet uv==0.13.8
	$(LOCK) requirements.in -o requirements.lock
	$(LOCK) requirements-dev.in -o requirements-dev.lock
	$(LOCK) frontend/requirements.in -o frontend/node.lock
	$(BIN)/python docs/licences.py > docs/licences.md

.PHONY: help run setup dev test quick check newest fix entries walks proofs bench screenshots lock
