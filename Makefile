# Everything this repository can do. Each target sets up what it needs, from nothing: Python 3.11+ and make are enough.
.DEFAULT_GOAL := help
.PHONY: help demo test check lint types format serve real-data bench schema registry golden lock clean

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$p && break; done)
BIN := .venv/bin
T ?=
TRANSPORT ?=

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/.demo ## Set up from nothing and watch the main job on real data
	@$(BIN)/velaurum demo

test: .venv/.test .venv/.softhsm ## Run every test (T=movements: one noun's; TRANSPORT=servicebus: on a message bus)
	@$(if $(TRANSPORT),VELAURUM_TEST_TRANSPORT=$(TRANSPORT) )$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(if $(T),-k $(T),)

check: lint test ## What CI runs

lint: .venv/.test types ## Style, layers, SQL, and no secret in the repository
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/sqlfluff lint --processes 2 src
	@PYTHONPATH=tests $(BIN)/python -m tidy.secret_scan

types: .venv/.test ## Types, strictly
	@$(BIN)/mypy

format: .venv/.test ## Rewrite Python as the style has it
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

serve: .venv/.demo ## Start the server here, in ./velaurum-data
	@$(BIN)/velaurum up --data-dir velaurum-data --insecure-http

real-data: .venv/.demo ## Import 1.47 million real transactions and prove every balance (minutes)
	@$(BIN)/python tests/real_data.py

bench: .venv/.test ## Measure against raw PostgreSQL; nothing else should run
	@$(BIN)/python -m benchmarks

schema: .venv/.test ## Rewrite the snapshot of the database; read the diff
	@$(BIN)/python -m velaurum.db.snapshot

registry: .venv/.test ## Prove every SQL statement anew, and rewrite the registry that the product reads
	@PYTHONPATH=tests $(BIN)/python -m proof.registry

golden: .venv/.test ## Rewrite the golden files; read the diff
	@VELAURUM_WRITE_GOLDEN=1 $(BIN)/pytest tests -k golden -q

LOCK := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml
lock: .venv/.test ## Resolve the dependencies anew
	@$(LOCK) --all-extras -o requirements/test.txt
	@$(LOCK) --extra build --extra demo -c requirements/test.txt -o requirements/demo.txt
	@$(LOCK) --extra build -c requirements/test.txt -o requirements/runtime.txt

clean: ## Remove what these commands made
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist

# Installed by hash from a whole lock, then the project itself. Nothing is resolved here: where a lock names an
# extra's package without the extra, pip would ask for the newest release of it and refuse that for having no hash.
.venv/.%: requirements/%.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; install it, or name one: make PYTHON=/path/to/python3"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing what this needs into .venv (a minute or less) …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r $<
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# No Python package has it. Where the system has none either, Debian's packages of it are unpacked below .venv.
.venv/.softhsm: tests/fetch_softhsm.py | .venv/.test
	@$(BIN)/python tests/fetch_softhsm.py $@
