# Every target sets itself up: a clone, python3 >= 3.11 with venv, and make are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
RUN_STAMP := $(VENV)/run.stamp
DEV_STAMP := $(VENV)/dev.stamp
EXTRAS_STAMP := $(VENV)/extras.stamp
HA_VENV := .venv-ha
HA_STAMP := $(HA_VENV)/ha.stamp
POSTGRES_STAMP := $(VENV)/postgres.stamp

.PHONY: help extras postgres demo test coverage lint types contracts bench bench-peers test-crash test-faults test-ha test-nfc test-vm vm-kernel fuzz soak sim sim-ci lock messages pages clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

$(RUN_STAMP): requirements/run.txt pyproject.toml
	@echo "setting up $(VENV) (first time only)"
	@$(PYTHON) -c 'import sys; sys.exit("pos-loyalty needs python3 >= 3.11, this is " + sys.version.split()[0] + "; try: make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "python3 has no venv: apt-get install python3-venv"; rm -rf $(VENV); exit 1; }
	@$(PIP) install --require-hashes -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV_STAMP): requirements/dev.txt $(RUN_STAMP)
	@echo "adding the development tools to $(VENV)"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

$(EXTRAS_STAMP): requirements/extras.txt $(DEV_STAMP)
	@echo "adding the native extras to $(VENV) (needs gcc, swig and libpcsclite-dev)"
	@$(PIP) install --require-hashes -r requirements/extras.txt
	@touch $@

extras: $(EXTRAS_STAMP) ## the native parts: contactless readers by PC/SC

$(POSTGRES_STAMP): requirements/postgres.txt $(RUN_STAMP)
	@$(PIP) install --require-hashes -r requirements/postgres.txt
	@touch $@

postgres: $(POSTGRES_STAMP) ## what a hub needs to keep its data in PostgreSQL

demo: $(RUN_STAMP) ## till, virtual scanner and screen with a sample shop (ARGS="--headless" for a transcript)
	@$(BIN)/pos-loyalty demo $(ARGS)

test: $(DEV_STAMP) ## the whole suite
	@$(BIN)/python -m pytest $(ARGS)

coverage: $(DEV_STAMP) ## every branch of the core, by its own tests
	@$(BIN)/python -m pytest tests/core --cov=pos_loyalty.core --cov-branch --cov-report=term-missing --cov-fail-under=100 $(ARGS)

lint: $(DEV_STAMP) ## ruff
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(DEV_STAMP) ## mypy, strict
	@$(BIN)/mypy

contracts: $(DEV_STAMP) ## one direction of imports
	@$(BIN)/lint-imports --no-cache

test-crash: $(DEV_STAMP) ## kill -9 the service at 200 random moments of a running sale
	@$(BIN)/python -m pytest -m crash --crash-kills 200 $(ARGS)

FAULTS ?= 1000
test-faults: $(DEV_STAMP) ## cut lines, kill tills, hub and database FAULTS=1000 times; nothing may be lost
	@$(BIN)/python -m pytest tests/faults -m faults -n 0 -rP --faults $(FAULTS) $(ARGS)

$(HA_STAMP): requirements/ha.txt
	@echo "setting up $(HA_VENV) with Patroni (also needs etcd: apt-get install etcd-server)"
	@test -x $(HA_VENV)/bin/python || $(PYTHON) -m venv $(HA_VENV)
	@$(HA_VENV)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements/ha.txt
	@touch $@

test-ha: $(DEV_STAMP) $(HA_STAMP) ## kill the leading database server twice under load, and lose nothing (needs etcd)
	@$(BIN)/python -m pytest tests/ha -m ha -n 0 -rsP $(ARGS)

test-nfc: $(EXTRAS_STAMP) ## contactless cards behind a real PC/SC service (needs pcscd and vsmartcard-vpcd)
	@$(BIN)/python -m pytest tests/pcsc -m nfc -n 0 -rs $(ARGS)

test-vm: $(DEV_STAMP) ## readers on real kernel devices, in a small virtual machine (needs QEMU)
	@$(BIN)/python -m pytest tests/vm -m vm -n 0 -rs $(ARGS)

vm-kernel: ## a Debian kernel for test-vm, unpacked into .vm and not installed
	@rm -rf .vm && mkdir .vm && cd .vm && \
		image=$$(apt-cache depends linux-image-amd64 | sed -n 's/ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -1) && \
		apt-get download -qq -o APT::Sandbox::User=root "$$image" && dpkg-deb -x linux-image-*.deb . && rm linux-image-*.deb

fuzz: $(DEV_STAMP) ## a million damaged frames at every lexer and decoder
	@$(BIN)/python -m pytest tests/fuzz --fuzz-frames 1000000 $(ARGS)

soak: $(DEV_STAMP) ## ten thousand readings at one till, and nothing grows
	@$(BIN)/python -m pytest tests/soak --soak-scans 10000 -rP $(ARGS)

sim: $(DEV_STAMP) ## ten thousand stories of tills and a hub with every fault there is, on all cores
	@$(BIN)/pos-loyalty sim --seed 1 --seeds 10000 --jobs 0 $(ARGS)

sim-ci: $(DEV_STAMP) ## two thousand of them
	@$(BIN)/pos-loyalty sim --seed 1 --seeds 2000 --jobs 0 $(ARGS)

bench: $(DEV_STAMP) ## the figures of docs/explanation/speed.md, as ratios to a floor of the same run
	@$(BIN)/python -m bench $(ARGS)

bench-peers: $(DEV_STAMP) ## our engine beside pretix and django-oscar, our sync beside PouchDB
	@$(BIN)/python -m bench.peers $(ARGS)

pages: $(DEV_STAMP) ## write the pages that come from the code
	@$(BIN)/python -m tests.core.session_page
	@$(BIN)/python -m tests.core.programs.schema_page
	@$(BIN)/python -m tests.core.price_page
	@$(BIN)/python -m tests.programs_page
	@$(BIN)/python -m tests.drivers.codes.forms_page

messages: $(DEV_STAMP) ## extract, update and compile the catalogues
	@$(BIN)/python -m tests.support.messages

lock: ## resolve the dependencies anew (needs uv)
	@uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --no-annotate --quiet --upgrade \
		--python-version 3.11 pyproject.toml --group build -o requirements/run.txt
	@uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --no-annotate --quiet --upgrade \
		--python-version 3.11 pyproject.toml --group build --extra postgres -o requirements/postgres.txt
	@uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --no-annotate --quiet --upgrade \
		--python-version 3.11 pyproject.toml --group build --group dev -o requirements/dev.txt
	@uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --no-annotate --quiet --upgrade \
		--python-version 3.11 pyproject.toml --group build --group dev --all-extras -o requirements/extras.txt
	@uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --no-annotate --quiet --upgrade \
		--python-version 3.11 requirements/ha.in -o requirements/ha.txt

clean: ## remove what the targets made
	@rm -rf $(VENV) $(HA_VENV) .demo .vm .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage build dist
