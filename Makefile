# make demo   set up and code the shipped export;  make test   set up and run the tests
VENV ?= .venv
BIN = $(VENV)/bin
export PYTHONHASHSEED = 0

.PHONY: demo test lint train evaluate benchmark clean

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

clean:
	rm -rf $(VENV) out build
