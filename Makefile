# Liên Thông: `make run` starts everything on this machine, `make test` runs every check. Both install on first use.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help run test install install-dev system lint types imports compose fast e2e drill format lock clean

PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV ?= $(shell command -v uv || echo $(BIN)/uv)
SOAK ?= 120
# Test processes: two at least, four at most, each with stacks of its own.
SIDE_BY_SIDE ?= $(shell n=$$(nproc); [ $$n -lt 2 ] && n=2; [ $$n -gt 4 ] && n=4; echo $$n)
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := contracts policy workflows activities adapters documents records runtime orchestrator.py api workers \
	sim_agencies cli tests
UV_COMPILE = $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
# A program of each Debian package that the tests use.
SYSTEM := chromium:chromium pdfsig:poppler-utils softhsm2-util:softhsm2 certutil:libnss3-tools openssl:openssl

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: install ## Start everything on this machine; Ctrl-C stops it
	@exec $(BIN)/lienthong up --with-parent

test: install-dev system lint types imports compose fast e2e ## Run every check and test, as CI does

# ---- installing: done when the lock is newer than what was installed

install: $(VENV)/.installed-main ## Install what runs, if the lock has changed
install-dev: $(VENV)/.installed-dev ## Install what tests, if the lock has changed

$(BIN)/python:
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'Python 3.11 or newer is needed; name it with make PYTHON=…'; exit 1; }
	@echo 'making $(VENV) with $(PYTHON)'
	@$(PYTHON) -m venv $(VENV) || { echo 'on Debian: apt-get install python3-venv'; rm -rf $(VENV); exit 1; }

$(VENV)/.installed-main: requirements/main.txt cli/launcher.sh | $(BIN)/python
	@echo 'installing what runs (once; a minute or two)'
	@$(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r requirements/main.txt
	@install -m 755 cli/launcher.sh $(BIN)/lienthong
	@touch $@

$(VENV)/.installed-dev: requirements/dev.txt $(VENV)/.installed-main
	@echo 'installing what tests (once; a minute or two)'
	@$(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

system: # Debian packages: as root they are installed, otherwise named
	@missing=''; \
	for each in $(SYSTEM); do command -v "$${each%%:*}" >/dev/null 2>&1 || missing="$$missing $${each##*:}"; done; \
	[ -n "$$missing" ] || exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		echo "installing Debian packages:$$missing"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
	else \
		echo "the tests need these Debian packages, please install them:$$missing"; exit 1; \
	fi

# ---- checks

lint: install-dev ## Style: ruff check, and format without changing anything
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: install-dev ## Types: mypy, strict
	@$(BIN)/mypy $(PACKAGES)

imports: install-dev ## Import directions: import-linter
	@$(BIN)/lint-imports

compose: install-dev ## The production composition, read by the real parser
	@$(BIN)/docker-compose --env-file compose/example.env config --quiet

fast: install-dev ## Tests that need no running stack
	@$(BIN)/pytest -n $(SIDE_BY_SIDE) -m 'not e2e'

e2e: install-dev ## Tests of the whole product
	@$(BIN)/pytest -n $(SIDE_BY_SIDE) --dist loadfile --no-loadscope-reorder -m e2e tests/drills tests/e2e

drill: install-dev ## Faults, kills, leaks, fuzz, load and soak at full size (hours; SOAK=minutes shortens the soak)
	@$(BIN)/pytest -m drill --full --soak-minutes $(SOAK) tests/drills

# ---- changing things

format: install-dev ## Put the source into shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: ## Renew the locked requirements, with hashes and without index addresses (needs uv)
	@command -v $(UV) >/dev/null || { echo 'uv is needed: pip install uv'; exit 1; }
	@$(UV_COMPILE) requirements/main.in -o requirements/main.txt
	@$(UV_COMPILE) requirements/dev.in -o requirements/dev.txt

clean: ## Remove the installation and the checkers' caches; var/, the state, stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +
