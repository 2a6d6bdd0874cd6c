# Two commands: `make demo` runs the notebooks on the bundled data, `make test` proves the package. Both set everything up.
# Beside them: make bench, make lint, make lab, make fresh (forget the virtual environment).

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
.PHONY: demo test test-rust test-python test-oldest lint bench lab fresh help check-tools

PYTHON ?= python3
VENV ?= .venv
OLDEST := .venv-oldest
OUT ?= out
BIN := $(VENV)/bin
# The oldest polars of the declared range; the newest one allowed is what pip installs by default.
OLDEST_POLARS := 1.35.2
EXTENSION := python/schoolframe/_native.abi3.so
RUST := Cargo.toml Cargo.lock $(shell find src -type f)
STAMP := $(VENV)/.installed
# Versions that the tests were last green with, where they are written down for this Python.
PINS := python/tools/constraints-$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null).txt
CONSTRAINT := $(if $(wildcard $(PINS)),--constraint $(PINS))

help:
	@echo "make demo    execute the notebooks on bundled data; pages, workbooks, tables and pictures land in $(OUT)/"
	@echo "make test    build and run every test"
	@echo "make lint    formatters, linters and type checkers, warnings are errors"
	@echo "make bench   speed against the peers, as ratios; tables land in $(OUT)/"
	@echo "make lab     open JupyterLab on the notebooks"

check-tools:
	@command -v cargo >/dev/null || { echo "missing: Rust (cargo). Install it with rustup, version 1.89 or later." >&2; exit 1; }
	cargo --version | awk '{ split($$2, v, "."); exit !(v[1] > 1 || v[2] >= 89) }' || { echo "missing: Rust 1.89 or later, this is $$(cargo --version)." >&2; exit 1; }
	command -v cc >/dev/null || { echo "missing: a C compiler (cc). On Debian: apt-get install build-essential" >&2; exit 1; }
	command -v $(PYTHON) >/dev/null || { echo "missing: Python 3.10 or later ($(PYTHON))." >&2; exit 1; }
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "missing: Python 3.10 or later, $(PYTHON) is $$($(PYTHON) -V)." >&2; exit 1; }
	$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "missing: the venv module of Python. On Debian: apt-get install python3-venv" >&2; exit 1; }

# The environment: everything the tests, the demonstration and the notebooks need, from pyproject.toml.
$(STAMP): pyproject.toml | check-tools
	@echo "== virtual environment in $(VENV)"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar off \
	  $(CONSTRAINT) --group dev \
	  $$($(BIN)/python python/tools/requirements.py notebook) | { grep -E '^(Collecting|Downloading|Installing)' || true; }
	touch $@

# The native library. A library of another build would be loaded in its place, so the old one goes first.
$(EXTENSION): $(RUST) $(STAMP)
	@echo "== native library (the first build compiles polars: 5 to 7 minutes on 2 cores, later ones 20 seconds)"
	rm -f python/schoolframe/_native*.so
	VIRTUAL_ENV=$(abspath $(VENV)) $(BIN)/maturin develop --release --locked > >(grep -vE '^(Requirement already|Ignoring )')
	touch $@

demo: $(EXTENSION)
	@mkdir -p $(OUT)
	for notebook in notebooks/*.ipynb; do
	  echo "== executing $$notebook"
	  SCHOOLFRAME_OUT=$(abspath $(OUT)) $(BIN)/jupyter nbconvert --log-level ERROR --to html --execute \
	    --output-dir $(OUT) $$notebook 2> >(grep -v "running over TCP" >&2)
	done
	echo "== done; look at:"
	ls -1 $(OUT)/* | sed 's/^/   /'

test: test-rust test-python test-oldest
	@echo "== all tests passed"

# Random tests have a fixed seed here, so that a run can be repeated; plain `cargo test` looks further each time. Without
# any optimisation the worked cases take two minutes.
test-rust: | check-tools
	@echo "== tests of the core, without polars"
	CARGO_PROFILE_DEV_OPT_LEVEL=1 PROPTEST_RNG_SEED=20190831 cargo test --locked --no-default-features --quiet

test-python: $(EXTENSION)
	@echo "== tests of the package on $$($(BIN)/python -c 'import polars; print("polars", polars.__version__)')"
	$(BIN)/python -m pytest -n auto --durations=5

# The same library under the oldest polars of the declared range.
test-oldest: $(EXTENSION)
	@echo "== tests of the border and the measures on polars $(OLDEST_POLARS)"
	test -x $(OLDEST)/bin/python || $(PYTHON) -m venv $(OLDEST)
	$(OLDEST)/bin/python -m pip install --disable-pip-version-check --progress-bar off --quiet \
	  $(CONSTRAINT) "polars==$(OLDEST_POLARS)" \
	  $$($(BIN)/python python/tools/requirements.py oldest)
	PYTHONPATH=$(abspath python) $(OLDEST)/bin/python -m pytest -n auto -q -m "not newest" --ignore tests/python/test_notebooks.py

lint: $(EXTENSION)
	cargo fmt --check
	cargo clippy --locked --no-default-features --all-targets -- -D warnings
	# A folder of its own: the settings of this check would make the next build start over. No interpreter is named, whose path
	# would make every clone check the dependencies again.
	CARGO_TARGET_DIR=$${CARGO_TARGET_DIR:-target}/lint PYO3_NO_PYTHON=1 PYO3_BUILD_EXTENSION_MODULE=1 \
	  cargo clippy --locked --release --features python --lib -- -D warnings
	$(BIN)/ruff format --check python tests notebooks
	$(BIN)/ruff check python tests notebooks
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest schoolframe._native --mypy-config-file pyproject.toml

bench: $(EXTENSION)
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar off --quiet \
	  $(CONSTRAINT) --group bench
	mkdir -p $(OUT)
	$(BIN)/python -m pytest tests/benches --benchmark-only --benchmark-json $(OUT)/bench.json -q
	$(BIN)/python tests/benches/report.py $(OUT)/bench.json $(OUT)/bench.md

lab: $(EXTENSION)
	$(BIN)/jupyter lab notebooks

fresh:
	rm -rf $(VENV) $(OLDEST) python/schoolframe/_native*.so
