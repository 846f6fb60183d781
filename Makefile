# The project's commands. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev
LAYOUT := $(VENV)/layout
BI_VENV := .venv-superset
BI_STAMP := $(BI_VENV)/.installed
export SUPERSET_HOME ?= .superset
SPARK_VENV := .venv-spark
SPARK_STAMP := $(SPARK_VENV)/.installed
SPARK := tests/transforms/apache_spark
S3 := tests/end_to_end/s3
DELTA := io.delta:delta-spark_4.1_2.13:4.1.0 io.delta:delta-storage:4.1.0
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-annotate
SQLFLUFF := PYTHONWARNINGS=ignore $(BIN)/sqlfluff lint --nocolor --processes 2
# a worker for each core; what a file's tests share is made once
WORKERS := -n $(shell getconf _NPROCESSORS_ONLN) --dist loadfile --no-loadscope-reorder
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps

# what Python compiled once serves every process of a run
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install init demo test test-long test-nightly check soak lint lint-all format sync emulate bench bi bi-export bi-serve spark s3 docs models diagram clean lock

help: ## List these commands
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-9s %s\n", $$1, $$2}'

install: $(STAMP) ## Install what accbooks needs to run into .venv

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	@echo "Installing into $(VENV); this takes a minute the first time …"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-build-isolation -e .
	-@$(BIN)/python -m accbooks_warehouse.pipelines.transform
	@touch $@

$(DEV_STAMP): $(STAMP) requirements-dev.lock
	@echo "Adding what tests and lint need …"
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

init: install ## Set up the API key and the warehouse in .dlt
	@$(BIN)/accbooks init

demo: install ## Sync made-up books into demo.duckdb and compare them with AccBooks' reports; a second run is incremental
	@$(BIN)/accbooks demo

test: lint ## Lint, check types, run all tests but the long ones: 8 to 10 minutes
	@$(BIN)/pytest -q $(WORKERS) -m "not long and not soak"

test-long: $(DEV_STAMP) ## Run the long tests, on PostgreSQL where it differs: 14 minutes
	@$(BIN)/pytest -q $(WORKERS) -m "long and not nightly and not soak"

test-nightly: $(DEV_STAMP) ## Run the long tests and those that continuous integration leaves to the night
	@$(BIN)/pytest -q $(WORKERS) -m "long and not soak"

# two runs: the quick tests took a quarter less time in processes that hold little (830 s of 1,077)
check: lint-all ## Run what continuous integration does: all lint, and all tests but nightly ones and sweeps
	@$(BIN)/pytest -q $(WORKERS) -m "not long and not soak"
	@$(BIN)/pytest -q $(WORKERS) -m "long and not nightly and not soak"

soak: $(DEV_STAMP) ## Run the sweeps of what CI shows by one case: faults, kills, disks, shapes; hours
	@$(BIN)/pytest -q -m soak --timeout=0 --log-cli-level=INFO

lint: $(DEV_STAMP) ## Check style, types, layers, and the SQL that differs from main
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@rm -rf $(LAYOUT) && mkdir -p $(LAYOUT)/accbooks_warehouse
	@cp -Rp accbooks_warehouse/. pipelines sources emulator $(LAYOUT)/accbooks_warehouse
	@$(BIN)/mypy --no-error-summary
	@found=$$(cd $(LAYOUT) && ../bin/lint-imports ../../pyproject.toml --no-cache --no-logo) || { echo "$$found"; exit 1; }
	@changed=$$(.ci/changed-sql); [ -z "$$changed" ] || $(SQLFLUFF) $$changed

lint-all: lint ## Check style, types, layers, and all SQL
	@$(SQLFLUFF) transforms

format: $(DEV_STAMP) ## Format the code
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .
	@$(BIN)/sqlfluff fix --quiet transforms

sync: install ## Sync the books of the configured key
	@$(BIN)/accbooks sync

emulate: install ## Serve the emulator on port 8800
	@$(BIN)/accbooks emulate

bench: $(DEV_STAMP) ## Run the benchmarks and compare them with their bars
	@$(BIN)/python -m benchmarks

bi: $(BI_STAMP) ## Set up Superset with the dashboards of bi/superset
	@$(BI_VENV)/bin/python bi/superset/set_up.py

$(BI_STAMP): bi/superset/requirements.lock
	@echo "Installing Superset into $(BI_VENV) …"
	@$(PYTHON) -m venv $(BI_VENV)
	@$(BI_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r bi/superset/requirements.lock
	@touch $@

bi-export: $(BI_STAMP) ## Take changes made in Superset back into bi/superset
	@$(BI_VENV)/bin/python bi/superset/export.py

bi-serve: $(BI_STAMP) ## Serve Superset on http://127.0.0.1:8088
	@SUPERSET_CONFIG_PATH=bi/superset/superset_config.py $(BI_VENV)/bin/gunicorn --threads 8 --timeout 120 --bind 127.0.0.1:8088 "superset.app:create_app()"

spark: $(SPARK_STAMP) ## Install Apache Spark with Delta Lake, on which nightly tests build the models

$(SPARK_STAMP): $(SPARK)/requirements.lock $(SPARK)/jars.sha256
	@command -v java >/dev/null && command -v mvn >/dev/null || { echo "Apache Spark needs Java 17 or newer, and Maven to fetch Delta Lake: apt install openjdk-17-jre-headless maven"; exit 1; }
	@echo "Installing Apache Spark into $(SPARK_VENV) …"
	@$(PYTHON) -m venv $(SPARK_VENV)
	@$(SPARK_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(SPARK)/requirements.lock
	@for each in $(DELTA); do mvn --quiet --batch-mode dependency:copy -Dartifact=$$each -DoutputDirectory="$(CURDIR)/$(SPARK_VENV)/jars" || exit 1; done
	@cd $(SPARK_VENV)/jars && sha256sum --check --quiet "$(CURDIR)/$(SPARK)/jars.sha256"
	@touch $@

s3: $(DEV_STAMP) ## Add a server of S3's API to .venv, on which a nightly test keeps a lakehouse
	@$(PIP) --require-hashes -r $(S3)/requirements.lock

docs: $(DEV_STAMP) ## Build dbt's documentation site as one file, with the columns as they are in demo.duckdb
	@DBT_SEND_ANONYMOUS_USAGE_STATS=false $(BIN)/python docs/site.py build/docs

models: $(DEV_STAMP) ## Generate docs/models.md from the project and the emulator's books
	@$(BIN)/python docs/model_pages.py docs/models.md

diagram: $(DEV_STAMP) ## Generate docs/diagram.md, how the tables lead to each other, from the project
	@$(BIN)/python docs/diagram.py docs/diagram.md

lock: install ## Update the lock files, with hashes (needs uv)
	@$(COMPILE) --extra dev pyproject.toml -o requirements-dev.lock
	@$(COMPILE) --extra editable --extra emulator --extra live --extra postgres -c requirements-dev.lock pyproject.toml -o requirements.lock
	@$(COMPILE) bi/superset/requirements.in -o bi/superset/requirements.lock
	@$(COMPILE) $(SPARK)/requirements.in -o $(SPARK)/requirements.lock
	@$(COMPILE) -c requirements-dev.lock $(S3)/requirements.in -o $(S3)/requirements.lock

clean: ## Remove what was installed and built, but no databases
	@rm -rf $(VENV) $(BI_VENV) $(SPARK_VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .schemathesis
	@rm -rf transforms/target transforms/logs
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
