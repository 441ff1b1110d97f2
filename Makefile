# `make demo` and `make test` need nothing but Python 3.11 or later and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q

.PHONY: demo test slow soak watch-check lint models-check audit docs clean
.DEFAULT_GOAL := demo

# The demo's environment is what watching needs: no torch.
$(VENV)/.demo: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install -c constraints.txt -e '.[demo,watch]'
	touch $@

$(VENV)/.dev: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install -c constraints.txt -e '.[train,tensorboard,evaluate,report,demo,openvino,keras,watch,web,client,docs,dev]'
	touch $@ $(VENV)/.demo $(VENV)/.docs

demo: $(VENV)/.demo
	$(BIN)/maskwatch demo

test: $(VENV)/.dev
	$(BIN)/python -m pytest -m 'not slow'

slow: $(VENV)/.dev
	$(BIN)/python -m pytest -m slow

# The long forms of the tests of the watch: hours of outage, a hundred kills.
soak: $(VENV)/.dev
	MASKWATCH_SOAK=1 $(BIN)/python -m pytest -m slow --timeout 7200 tests/test_watch_*.py tests/test_cli_watch.py

# How well passages are judged, into docs/watch-check.md; labelled pictures and clips are looked for in DATA.
DATA ?= ../shared/data
watch-check: $(VENV)/.dev
	$(BIN)/python benchmarks/watch_check.py --data $(DATA) --out docs/watch-check.md

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/bandit -q -ll -r src

# The figures of every card again, from the shipped files; DATA is a folder with train/, val/ and no_faces/.
DATA ?= ../shared/data
models-check: $(VENV)/.dev
	$(BIN)/python recipes/check_models.py --data $(DATA)

# Asks the package index, so it is no part of lint.
audit: $(VENV)/.dev
	$(BIN)/pip-audit --disable-pip --no-deps --progress-spinner off -r constraints.txt

# Into build/site: open index.html there, no server is needed. The pictures are drawn by the demo's portraits.
$(VENV)/.docs: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install -c constraints.txt -e '.[docs,demo,watch]'
	touch $@

# Material's notice of what comes after MkDocs is no fault of a page.
docs: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

clean:
	rm -rf $(VENV) build dist demo-output
