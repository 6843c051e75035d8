# Every verb of this repository. CI and people run the same ones.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help setup validate test cluster-test golden docs schemas arguments bench clean

help:            ## list the verbs
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/'

setup: $(VENV)/runtime ## create .venv with the pinned packages

validate: $(VENV)/runtime ## render, schema-check and lint the whole fleet
	$(BIN)/python scripts/validate.py

test: $(VENV)/development ## run the tests
	$(BIN)/python -m pytest -n auto

cluster-test: $(VENV)/development ## run the tests that need a real control plane; builds it once
	$(BIN)/python -m pytest -n 0 tests/cluster

golden: $(VENV)/runtime ## rewrite tests/golden from the overlays
	$(BIN)/python scripts/golden.py

docs: $(VENV)/runtime ## rewrite what is made from code and data: rules, matrix, calibration
	$(BIN)/python scripts/docs.py
	$(BIN)/python scripts/matrix.py --write

schemas: $(VENV)/runtime ## rewrite the vendored schemas from their pinned sources
	$(BIN)/python scripts/vendor_schemas.py

arguments: $(VENV)/runtime ## rewrite the lists of engine arguments from their pinned sources
	$(BIN)/python scripts/vendor_arguments.py

bench: $(VENV)/development ## print the benchmarks, each against its alternative
	$(BIN)/python -m pytest -q -s -n 0 tests/bench

clean:           ## remove .venv and caches inside the checkout
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis

# A venv that was interrupted half-way has no stamp, and is made anew.
$(VENV)/runtime: requirements.txt
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	touch $@

$(VENV)/development: requirements-dev.txt $(VENV)/runtime
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@
