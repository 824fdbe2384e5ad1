# Every target makes the virtual environment it needs by itself; all it takes is Python 3.11 or newer.

VENV ?= .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v $$each; break; }; done)
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.DELETE_ON_ERROR:
.PHONY: help demo test check bench browser format docs clean

help:
	@echo 'make demo     a living sample page, on a temporary folder; PORT=7070'
	@echo 'make test     the whole suite; ARGS="-k fence" passes options on to pytest'
	@echo 'make check    format, lint, types, import contracts, documents'
	@echo 'make bench    the benchmarks, with peers where they are installed'
	@echo 'make browser  the tests in Chromium alone'
	@echo 'make format   put the code into its format'
	@echo 'make docs     write the reference pages that are made from the code'
	@echo 'make clean    remove the environment and everything that can be made again'

demo: $(VENV)/.program
	@$(BIN)/tocsin demo $(if $(PORT),--port $(PORT))

# Modules are compiled once, also where Python is told to keep none: tests start hundreds of processes.
test: export PYTHONDONTWRITEBYTECODE =
test: $(VENV)/.development
	$(BIN)/python -m pytest --numprocesses auto $(ARGS)

browser: $(VENV)/.development
	$(BIN)/python -m pytest tests/browser $(ARGS)

check: $(VENV)/.development
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/docs

bench: $(VENV)/.development
	$(BIN)/python -m bench $(ARGS)

format: $(VENV)/.development
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

docs: $(VENV)/.development
	$(BIN)/python -m tests.docs.incident_lifecycle

clean:
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo 'Tocsin needs Python 3.11 or newer, and none was found. Install one, or name it: make PYTHON=/path/to/python3 ...' >&2; \
		exit 1; fi
	@$(PYTHON) -m venv $(VENV) || { \
		echo '$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv' >&2; exit 1; }

$(VENV)/.program: pyproject.toml constraints.txt | $(BIN)/python
	@echo 'Installing Tocsin into $(VENV) ...'
	@$(PIP) install --editable . --constraint constraints.txt
	@touch $@

$(VENV)/.development: pyproject.toml constraints.txt | $(BIN)/python
	@echo 'Installing Tocsin and the development tools into $(VENV) ...'
	@$(PIP) install --editable '.[dev]' --constraint constraints.txt
	@touch $@ $(VENV)/.program
