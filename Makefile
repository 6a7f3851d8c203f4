# Everything a newcomer needs: `make demo` and `make test` do all their own set-up in .venv. `make` lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/sh
BIN := .venv/bin
PYTHON ?=
export PYTHON
# Each of the many programs that tests start would compile all of ours again.
export PYTHONDONTWRITEBYTECODE =
TESTS_AT_ONCE ?= 4
PIP_COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --generate-hashes --strip-extras \
	--no-emit-index-url --no-emit-find-links --build-deps-for editable --allow-unsafe

.PHONY: help
help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

.PHONY: demo
demo: runtime ## run a whole estate on this machine (Python 3.11 or newer is enough); Ctrl-C stops it
	@$(BIN)/facility demo

.PHONY: outage
outage: runtime ## in a second terminal: take the mains of the running demo away
	@$(BIN)/facility simulate power-outage

.PHONY: test
test: development ## run all tests, side by side (TESTS_AT_ONCE=4); prints which servers each suite ran on
	@$(BIN)/python -m pytest -n $(TESTS_AT_ONCE) --dist loadfile --no-loadscope-reorder

.PHONY: torture
torture: development ## hold the product to its promises in full length (about an hour; FACILITY_TORTURE=short: minutes)
	@$(BIN)/python -m tests.torture $(PROMISES)

.PHONY: check
check: development ## what CI checks beside the tests: style, types, import contracts, documentation
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/docs

.PHONY: bench
bench: development ## what a point costs beside Telegraf and pymodbus at 15 000 points/s, and other figures (about 10 minutes)
	@$(BIN)/python -m benchmarks

.PHONY: bench-history
bench-history: development ## how quickly charts read a year: readings beside roll-ups, on SQLite and InfluxDB
	@$(BIN)/python -m benchmarks.history --seconds 30

.PHONY: screenshots
screenshots: development ## make the pictures of docs/screenshots anew (needs Chromium)
	@$(BIN)/python -m tests.api.browser.screenshots
	@$(BIN)/python -m tests.simulators.screenshots

.PHONY: format
format: development ## put the code into its agreed form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: boards
boards: development ## generate the Grafana boards from grafana/build.py
	$(BIN)/python -m grafana.build

.PHONY: profiles
profiles: development ## write the profile reference, docs/profiles, from the profiles and their tests
	@$(BIN)/facility profiles pages docs/profiles

.PHONY: secrets
secrets: ## make the secrets that docker-compose.yml reads (those that are missing)
	@deploy/make-secrets

.PHONY: lock
lock: development ## renew the lock files from pyproject.toml (a few minutes)
	$(PIP_COMPILE) -o requirements.lock pyproject.toml
	$(PIP_COMPILE) --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml

.PHONY: clean
clean: ## remove the environment, caches and the demo's data
	rm -rf .venv var dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: runtime development
runtime:
	@.ci/venv requirements.lock
development:
	@.ci/venv requirements-dev.lock
