# Every verb of this repository. CI and people run the same ones.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help setup validate bench-tools test exhaustive lint cluster-test golden docs schemas arguments oracle models words lock renderer bench mutants clean

help:            ## list the verbs
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/'

setup: $(VENV)/runtime ## create .venv with the pinned packages

validate: $(VENV)/runtime ## render, schema-check and lint the whole fleet
	$(BIN)/python scripts/validate.py

bench-tools: $(VENV)/bench ## add what scripts/bench.py draws plots and writes Parquet with; nothing else needs it

test: $(VENV)/development ## run the tests, but for those that try hundreds of inputs for minutes
	$(BIN)/python -m pytest -n auto --dist worksteal -m 'not exhaustive'

SHARE ?= 1/1
MINUTES ?= 0
exhaustive: $(VENV)/development ## run those: hostile inputs, faults, edits; SHARE=2/4 takes each fourth, MINUTES=9 ends it then
	$(BIN)/python -m pytest -n auto --dist worksteal -m exhaustive -rs --share $(SHARE) --minutes $(MINUTES)

lint: $(VENV)/lint $(BIN)/actionlint ## code, types, YAML, spelling and workflows
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy scripts/servelint
	$(BIN)/yamllint --strict .
	$(BIN)/codespell
	$(BIN)/zizmor --quiet --offline --pedantic --strict-collection .github
	$(BIN)/actionlint -shellcheck= -pyflakes=

cluster-test: $(VENV)/development ## run the tests that need a real control plane; builds it once
	$(BIN)/python -m pytest -n 0 tests/cluster

golden: $(VENV)/runtime ## rewrite tests/golden from the overlays
	$(BIN)/python scripts/golden.py

docs: $(VENV)/runtime ## rewrite what is made from code and data: rules, overlays, matrix, calibration
	$(BIN)/python scripts/docs.py
	$(BIN)/python scripts/matrix.py --write

schemas: $(VENV)/runtime ## rewrite the vendored schemas from their pinned sources
	$(BIN)/python scripts/vendor_schemas.py

arguments: $(VENV)/runtime ## rewrite the lists of engine arguments from their pinned sources
	$(BIN)/python scripts/vendor_arguments.py

models: $(VENV)/runtime ## rewrite the facts of many checkpoints from their pinned wheel
	$(BIN)/python scripts/vendor_models.py

words: $(VENV)/runtime ## rewrite the words that controllers read from their pinned sources
	$(BIN)/python scripts/vendor_words.py

oracle: $(VENV)/runtime ## ask the real engines, outside the checkout and without a network, what they take, refuse and override; takes half an hour
	$(BIN)/python scripts/oracle.py
	$(BIN)/python scripts/oracle.py --trial 600

# Keeps each pin that still fits; `make lock COMPILE_OPTIONS=--upgrade` takes the newest. Renovate reads the command in the
# head of each file, and knows some options only: see .github/renovate.json5.
COMPILE := uv pip compile --universal --python-version=3.11 --generate-hashes
COMPILE_OPTIONS :=
LOCKS := requirements requirements-bench requirements-dev requirements-lint

lock: $(VENV)/lint ## recompile the lock files from requirements*.in and base/*/image/requirements.in
	@set -e; for lock in $(LOCKS); do \
	  $(BIN)/$(COMPILE) $(COMPILE_OPTIONS) --quiet --output-file=$$lock.txt $$lock.in; done
	@set -e; for lock in scripts/servelint/vendoring/oracle/locks/*.in; do \
	  $(BIN)/$(COMPILE) $(COMPILE_OPTIONS) --quiet --output-file=$${lock%.in}.txt $$lock; done
	@set -e; for folder in base/*/image; do \
	  $(BIN)/$(COMPILE) $(COMPILE_OPTIONS) --no-deps --quiet --output-file=$$folder/requirements.txt $$folder/requirements.in; done

renderer: $(VENV)/runtime ## build the optional renderer with Go, once: SERVELINT_KUSTOMIZE=$$(make -s renderer) make validate
	@$(BIN)/python scripts/renderer.py

bench: $(VENV)/development ## print the benchmarks, each against its alternative
	$(BIN)/python -m pytest -q -s -n 0 tests/bench

mutants: $(VENV)/development ## print how many of 300 small mistakes in the validator the tests notice; takes a quarter of an hour
	nice -n 19 $(BIN)/python tests/bench/mutants.py

clean:           ## remove .venv and caches inside the checkout
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .hypothesis

# A venv that was interrupted half-way has no stamp, and is made anew.
$(VENV)/runtime: requirements.txt
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	touch $@

$(VENV)/bench: requirements-bench.txt $(VENV)/runtime
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.txt
	touch $@

$(VENV)/development: requirements-dev.txt $(VENV)/bench
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

$(VENV)/lint: requirements-lint.txt $(VENV)/runtime
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-lint.txt
	touch $@

# The package index has no wheel that carries actionlint; go.sum holds its hashes.
$(BIN)/actionlint: .github/actionlint/go.mod .github/actionlint/go.sum $(VENV)/runtime
	@command -v go >/dev/null || { echo 'make lint: actionlint is built with Go 1.26 or newer (https://go.dev/dl), and there is no go'; exit 1; }
	cd .github/actionlint && go build -o $(CURDIR)/$@ github.com/rhysd/actionlint/cmd/actionlint
