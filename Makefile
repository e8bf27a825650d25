# Two commands are enough: `make demo` shows Baton at work, `make test` proves it. Both begin with `make setup`.
PYTHON ?= python3
JOBS ?= 3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: help setup demo test check bench chaos
help:
	@sed -n 's/^## //p' Makefile

## make setup   .venv, packages, and the cache for the local broker; a second run takes a second
setup: $(STAMP)
	@$(BIN)/baton setup

$(STAMP): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[local,dev]'
	@touch $(STAMP)

## make demo    a made-up company at work, or a log of yours: LOG=file MAPPING=name SPEED=times SECONDS=n, all optional
demo: setup
	$(BIN)/baton demo --log "$(LOG)" --mapping "$(MAPPING)" --speed "$(SPEED)" $(if $(SECONDS),--seconds $(SECONDS))

## make test    every test that can run here; the others are named at the end. JOBS=2 on a machine with less than 8 GB
test: setup
	$(BIN)/python -m pytest -m "not chaos" -n $(JOBS) --dist loadfile

## make check   what needs no running process: form, types, house rules, generated files
check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m schemas.generate --check
	$(BIN)/python -m sinks.warehouse_docs --check
	$(BIN)/python -m pytest -q tests/house tests/unit/schemas_examples tests/unit/schemas_generate

## make bench   benchmarks against peers; takes minutes
bench: setup
	$(BIN)/python -m bench

## make chaos   long and violent: crashes at every step
chaos: setup
	$(BIN)/python -m pytest -m chaos
