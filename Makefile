# Two commands do everything:   make ask Q="How many parameters does GPT-2 have?"     make test
# Needs Python 3.11+, a C++ compiler and make. The environment is .venv; nothing outside this folder changes.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
DEV := $(VENV)/.ready-dev
Q ?=

.DEFAULT_GOAL := help
XQUAD ?=
SEED ?= 1
MINUTES ?= 20
# One test process a core, each with its own; at most four, as each loads the models.
SIDE_BY_SIDE := -n auto --maxprocesses 4 --dist worksteal
SVAMP ?=
.PHONY: help setup ask index doctor test test-long torture sbom check results docs lock clean

help:
	@echo 'make ask Q="..."   ask the notes in corpus/ (sets everything up the first time)'
	@echo 'make test          run the tests;  make test-long adds those that take minutes'
	@echo 'make torture       faults of disk, processes, endpoints and files, for MINUTES=20 (SEED=1)'
	@echo 'make check         ruff and mypy'
	@echo 'make results       docs/results.md and its plots anew (XQUAD=FILE SVAMP=FILE for the public sets)'
	@echo 'make docs          docs/ as a site with search, in build/site'
	@echo 'make setup         only the environment;  make clean removes it and the index'

setup: $(STAMP)

$(STAMP): requirements.lock requirements-models.lock pyproject.toml setup/install.py setup/llama_only.cmake
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer was not found. Install it, or run: make setup PYTHON=/path/to/python3"; exit 2; }
	@command -v $${CXX:-c++} >/dev/null || { echo "No C++ compiler was found. Install g++ or clang (Debian: apt install g++; macOS: xcode-select --install)."; exit 2; }
	@echo "Setting up $(VENV) with $$($(PYTHON) --version), once: about 4 minutes on 2 cores (llama.cpp is compiled for this processor)."
	@$(PYTHON) -m venv $(VENV) || { echo "Could not create $(VENV). On Debian: apt install python3-venv"; exit 2; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "pip>=24,<27"
	@$(BIN)/python setup/install.py
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): $(STAMP) requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	@touch $@

ask: $(STAMP)
	@$(BIN)/thinkscale ask -- "$$Q" </dev/null

index: $(STAMP)
	@$(BIN)/thinkscale index

doctor: $(STAMP)
	@$(BIN)/thinkscale doctor

test: $(DEV)
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE)

test-long: $(DEV)
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE) --hypothesis-profile=hunt -m "long or not long"

torture: $(DEV)
	@$(BIN)/python -m benchmarks.torture --seed $(SEED) --minutes $(MINUTES) --state build/torture-$(SEED).json
	@$(BIN)/python -m pytest -q --hypothesis-profile=hunt --hypothesis-seed=$(SEED) -m "long or not long" tests/torture/test_fuzz.py

# Every installed package with version and licence, as CycloneDX; the tool has an environment of its own.
sbom: $(STAMP)
	@mkdir -p build && test -x build/sbom-tool/bin/cyclonedx-py || { $(PYTHON) -m venv build/sbom-tool \
		&& build/sbom-tool/bin/pip install --quiet --disable-pip-version-check "cyclonedx-bom>=7,<8"; }
	@build/sbom-tool/bin/cyclonedx-py environment $(BIN)/python -o build/sbom.json && echo "build/sbom.json"

check: $(DEV)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

results: $(STAMP)
	@$(BIN)/python -m evals.results $(if $(XQUAD),--xquad "$(XQUAD)") $(if $(SVAMP),--svamp "$(SVAMP)")

docs: $(STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "mkdocs-material>=9.5,<10"
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet && echo "build/site/index.html"

# What is installed now becomes what everyone gets; the lines above "resolved" are kept as written.
lock: $(DEV)
	@$(BIN)/python setup/lock.py

clean:
	rm -rf $(VENV) .thinkscale

export Q
