# The project's commands. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help install init demo test test-long soak lint format sync emulate bench docs models clean lock

help: ## List what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-9s %s\n", $$1, $$2}'

install: $(STAMP) ## Set up .venv with the locked dependencies and the command accbooks

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	@echo "Installing into $(VENV); this takes a minute the first time …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

init: install ## Ask for key, warehouse and start date, and write them into .dlt
	@$(BIN)/accbooks init

demo: install ## Sync made-up books into demo.duckdb and prove them; a second run is incremental
	@$(BIN)/accbooks demo

test: lint ## Lint, check types, run all tests but the long ones: ten minutes
	@$(BIN)/pytest -q -n 2 --dist loadfile -m "not long and not soak"

test-long: install ## Run the long tests, on both databases: 35 to 50 minutes
	@$(BIN)/pytest -q -n 2 --dist loadfile -m "long and not soak"

soak: install ## Run the sweeps: signals, kills, full disks and odd answers at random moments; hours
	@$(BIN)/pytest -q -m soak --log-cli-level=INFO tests/soak

lint: install ## Check style, types and SQL
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary
	@found=$$($(BIN)/lint-imports --no-cache --no-logo) || { echo "$$found"; exit 1; }
	@PYTHONWARNINGS=ignore $(BIN)/sqlfluff lint --nocolor --processes 2 transforms

format: install ## Rewrite the code in the project's style
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .
	@$(BIN)/sqlfluff fix --quiet transforms

sync: install ## Sync the books of the configured key
	@$(BIN)/accbooks sync

emulate: install ## Serve the emulator on port 8800
	@$(BIN)/accbooks emulate

bench: install ## Measure against the bars
	@$(BIN)/python -m benchmarks

docs: install ## Build dbt's documentation site as one file, with the columns as they are in demo.duckdb
	@DBT_SEND_ANONYMOUS_USAGE_STATS=false $(BIN)/python docs/site.py build/docs

models: install ## Write docs/models.md anew from the project and the emulator's books
	@$(BIN)/python docs/model_pages.py docs/models.md

lock: install ## Pin the dependencies anew, with hashes (needs uv)
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --extra dev --no-emit-index-url --no-annotate pyproject.toml -o requirements.lock

clean: ## Remove what was installed and built; databases are left alone
	@rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .schemathesis
	@rm -rf transforms/target transforms/logs
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
