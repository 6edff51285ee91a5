# make demo   set up and code the shipped export;  make test   set up and run the tests
VENV ?= .venv
BIN = $(VENV)/bin
export PYTHONHASHSEED = 0

.PHONY: demo test lint train evaluate benchmark lock clean

$(BIN)/rehabcoder: requirements.lock pyproject.toml
	python3 -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $@

demo: $(BIN)/rehabcoder
	$(BIN)/rehabcoder batch demo/export.csv --out out/demo

test: $(BIN)/rehabcoder
	$(BIN)/python -m pytest

lint: $(BIN)/rehabcoder
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

train: $(BIN)/rehabcoder
	$(BIN)/rehabcoder train

evaluate: $(BIN)/rehabcoder
	$(BIN)/python scripts/cross_validate.py
	$(BIN)/rehabcoder evaluate out/cv/gold.jsonl --results out/cv/results.jsonl

benchmark: $(BIN)/rehabcoder
	$(BIN)/python scripts/benchmark.py

# The versions that everything above is run with; renew them after a change of the ranges in pyproject.toml.
lock:
	python3 -m venv build/lock
	build/lock/bin/pip install --quiet --upgrade pip
	build/lock/bin/pip install --quiet . --group dev
	build/lock/bin/pip freeze --exclude rehabcoder > requirements.lock

clean:
	rm -rf $(VENV) out build
