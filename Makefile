.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BENCHES := audio receiver server

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

$(VENV)/.ready: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Loa needs Python 3.11 or newer: sudo apt-get install python3"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing: sudo apt-get install python3-venv"; exit 1; }
	@echo "Setting up $(VENV) (once, a few minutes on a slow line) …"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --disable-pip-version-check --progress-bar on --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	@touch $@

setup: $(VENV)/.ready ## Virtual environment with the locked dependencies

demo: setup ## The main job, from a file to the village (AUDIO=folder DATA=folder ONCE=1 SOUND=1)
	@$(BIN)/python -m deploy.demo $(if $(AUDIO),--audio "$(AUDIO)") $(if $(DATA),--data "$(DATA)") $(if $(filter-out 0,$(ONCE)),--once) $(if $(filter-out 0,$(SOUND)),--sound)

lint: setup ## Style, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint ## Everything that a change must pass (under ten minutes on two cores)
	$(BIN)/pytest -n 2 --dist loadgroup

test-slow: setup ## Fault matrices, fuzzing, long runs, what needs system packages
	$(BIN)/pytest -m slow

soak: setup ## For nights: HOURS=8 of broadcasts while processes are killed
	$(BIN)/python -m tests.system.soak --hours $${HOURS:-8}

docs: setup ## Write the pages of docs/ that list what the code holds
	$(BIN)/python -m tests.house.pages

bench: ## Every benchmark; one JSON line a figure on standard output
	@for name in $(BENCHES); do $(MAKE) --no-print-directory bench-$$name || failed=1; done; exit $${failed:-0}

figures: ## Measure everything and write docs/performance.md
	@for name in $(BENCHES); do $(MAKE) --no-print-directory bench-$$name | tee docs/figures/$$name.jsonl; done
	$(BIN)/python -m bench.page

bench-server: setup ## A district that comes back at once, beside Mosquitto; a week compiled
	@$(BIN)/python -m bench.server

bench-receiver: setup ## Start, memory, processor, two receivers in step
	@$(BIN)/python -m bench.receiver

$(VENV)-bench/.ready: bench/requirements.txt
	$(PYTHON) -m venv $(VENV)-bench
	$(VENV)-bench/bin/pip install --quiet --disable-pip-version-check -r bench/requirements.txt
	@touch $@

bench-audio: setup $(VENV)-bench/.ready ## Intake: time, memory, accuracy, intelligibility, beside the rivals
	@command -v ffmpeg >/dev/null || apt-get install -y -q ffmpeg >&2 || { echo "Missing: sudo apt-get install ffmpeg"; exit 1; }
	@$(BIN)/python -m bench.audio

lock: ## Renew requirements/*.txt from pyproject.toml
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile -q pyproject.toml --all-extras --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -o requirements/dev.txt
	$(BIN)/uv pip compile -q pyproject.toml --extra server --extra speech --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -o requirements/server.txt
	$(BIN)/uv pip compile -q pyproject.toml --extra receiver --extra sound --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -o requirements/receiver.txt
	$(BIN)/uv pip compile -q --group build --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -o requirements/build.txt

.PHONY: help setup demo lint test test-slow soak docs bench figures bench-audio bench-server bench-receiver lock
