# Every target does its own set-up: .venv with this checkout (editable) and the versions in constraints.txt.
PYTHON ?= python3
WORKERS ?= 2

VENV := .venv
BIN := $(VENV)/bin
# The constraints hold for the build backend too; newer pips read the second name for that.
export PIP_CONSTRAINT := constraints.txt
export PIP_BUILD_CONSTRAINT := constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1
PIP_INSTALL := $(BIN)/python -m pip install --quiet --prefer-binary

OLDEST := .venv-oldest
# numpy, pandas and matplotlib of that time have wheels for Python 3.11 and 3.12.
OLDEST_PYTHON ?= $(PYTHON)
# What the oldest versions could break: the edges to scikit-learn, skorch, pandas, numpy and typer.
OLDEST_TESTS := tests/test_sklearn_checks.py tests/test_sklearn_protocol.py \
	tests/test_search_and_composition.py tests/forecasters tests/regressors tests/taggers \
	tests/preprocessing tests/test_frames.py tests/test_columns.py tests/test_clocks.py tests/cli tests/persistence tests/kernels

.DEFAULT_GOAL := help
.PHONY: help demo test lint unit oldest wheel clean

help: ## list the targets
	@sed -nE 's/^([a-z]+):.*## /\1|/p' Makefile | while IFS='|' read -r target does; do \
		printf 'make %-7s%s\n' "$$target" "$$does"; done
	@echo "PYTHON=python3.12 names another interpreter (3.11 or later)."

demo: $(VENV)/.package ## forecast real data: forecast.csv and forecast.png in this folder
	$(BIN)/python examples/quickstart.py

test: lint unit oldest wheel ## all that CI runs: the linter, the tests, the oldest versions, the wheel

lint: $(VENV)/.package-test ## ruff: the rules and the format
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .

# One thread per worker: several would fight over the same cores. Hypothesis draws the same cases in every run.
unit: $(VENV)/.package-test ## the tests alone
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --quiet --numprocesses $(WORKERS) --dist loadfile \
		--hypothesis-profile ci --durations 10

oldest: $(OLDEST)/.package ## some tests on the oldest versions of what tsrnn depends on
	OMP_NUM_THREADS=1 $(OLDEST)/bin/python -m pytest --quiet --numprocesses $(WORKERS) --dist loadfile \
		--hypothesis-profile ci -p no:cacheprovider $(OLDEST_TESTS)

wheel: $(VENV)/.package-test ## build the wheel and forecast from it, away from this folder
	rm -rf dist
	$(BIN)/python -m build --quiet
	$(BIN)/python .ci/try_wheel.py dist/*.whl

clean: ## remove what the other targets made
	rm -rf $(VENV) $(OLDEST) dist .pytest_cache .ruff_cache .hypothesis forecast.csv forecast.png
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
		f"tsrnn needs Python 3.11 or later, and $(PYTHON) is {sys.version.split()[0]}: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.package: $(VENV)/.python pyproject.toml constraints.txt
	@echo "Installing tsrnn and its dependencies into $(VENV): some minutes the first time (torch is large)."
	$(PIP_INSTALL) --editable .
	@touch $@

$(VENV)/.package-test: $(VENV)/.package
	$(PIP_INSTALL) --editable '.[test]'
	@touch $@

$(OLDEST)/.package: export PIP_CONSTRAINT := constraints-oldest.txt
$(OLDEST)/.package: export PIP_BUILD_CONSTRAINT := constraints-oldest.txt
$(OLDEST)/.package: pyproject.toml constraints-oldest.txt
	@$(OLDEST_PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] > (3, 12) and \
		f"the oldest versions have no wheels for Python {sys.version.split()[0]}: make OLDEST_PYTHON=python3.12 ...")'
	@echo "Installing the oldest versions into $(OLDEST): some minutes the first time."
	$(OLDEST_PYTHON) -m venv $(OLDEST)
	$(OLDEST)/bin/python -m pip install --quiet --prefer-binary --editable . pytest pytest-xdist hypothesis skops
	@touch $@
