# All a person needs to type. `make help` lists it.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help install demo demo-reset test check format bench bench-burst bench-detection bench-engine bench-pages chaos conformance lock clean

PORT ?= 8000
WORKERS ?= 2
URL ?= http://127.0.0.1:8000
CLIENT ?=
export TOKEN OTHER_TOKEN
ARGS ?=
VENV := .venv/bin
BASE := .venv/.installed
DEV := .venv/.installed-dev
CLIENTS := tests/clients/node_modules/.installed
PYTEST := $(VENV)/python -m pytest

# What `check --deploy` is shown: a production server, with no real secret in it.
PRODUCTION := DEMO=no SECRET_KEY=only-for-this-check-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF \
	ALLOWED_HOSTS=rootwatch.example DATABASE_URL=postgresql://check@127.0.0.1:1/check DATABASE_POOL_SIZE=0 \
	REDIS_URL=redis://127.0.0.1/0 EMAIL_URL=smtp+tls://mail.example:587

help:  ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: $(BASE)  ## run everything on this machine with a simulated clinic (PORT=8000)
	@DEMO=yes PORT=$(PORT) exec $(VENV)/python manage.py demo

demo-reset: $(BASE)  ## forget the demo's data; the next `make demo` starts over
	@DEMO=yes $(VENV)/python manage.py demo --reset

test: $(DEV) $(CLIENTS)  ## run every test, with real servers and a real browser (ARGS=... for pytest)
	@CHROMIUM="$$(.ci/browser)" && export CHROMIUM && $(PYTEST) -n $(WORKERS) --dist loadgroup $(ARGS)

check: $(DEV)  ## format, lint, types, layers, missing migrations, deployment settings
	$(VENV)/ruff format --check .
	$(VENV)/ruff check .
	$(VENV)/mypy .
	$(VENV)/lint-imports
	$(PRODUCTION) $(VENV)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(VENV)/python manage.py check --deploy --fail-level WARNING

format: $(DEV)  ## write the code in the house's format, and mend what lint can mend
	$(VENV)/ruff format .
	$(VENV)/ruff check --fix .

chaos: $(DEV)  ## kill servers, jump clocks, break providers under 200 alerts (CHAOS_SEED=...)
	@CHAOS=large $(VENV)/python -m pytest -q -s tests/integration/alerts/test_alert_chaos.py

bench: $(DEV)  ## measure what the speed claims rest on, and print the ratios
	@$(VENV)/python -m bench.run $(ARGS)

conformance: $(DEV)  ## check a server or an app against the sync protocol (URL=... TOKEN=... CLIENT=...)
	@$(VENV)/python -m clients.conformance --url "$(URL)" --client "$(CLIENT)"

bench-burst: $(DEV)  ## time how long ten thousand alerts at once wait (ARGS="--alerts 500" for a part)
	@$(VENV)/python -W ignore -m bench.burst $(ARGS)

bench-detection: $(DEV)  ## score the detection on simulated people (ARGS=--quick for one seed)
	@$(VENV)/python -m bench.detection $(ARGS)

bench-engine: $(DEV)  ## time the engine beside its rivals (ARGS="--patients 1000" for a part)
	@$(VENV)/uv pip install --quiet --python $(VENV)/python --group bench
	@$(VENV)/python -m bench.engine $(ARGS)

bench-pages: $(DEV)  ## time the dashboard's pages in a clinic of 50 and one of 5,000 patients
	@$(VENV)/python -W ignore -m bench.pages $(ARGS)

lock: $(DEV)  ## compile the pinned requirements anew from pyproject.toml
	$(VENV)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements.txt
	$(VENV)/uv pip compile pyproject.toml --group dev --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -c requirements.txt -o requirements-dev.txt

install: $(DEV) $(CLIENTS)  ## make the virtual environment with all tools

clean:  ## remove the virtual environment, the demo's data and all caches
	@if [ -x $(VENV)/python ]; then DEMO=yes $(VENV)/python manage.py demo --reset; fi
	rm -rf .venv .run .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache staticfiles test-results tests/clients/node_modules clients/typescript/node_modules clients/typescript/dist

$(BASE): requirements.txt
	@.ci/install requirements.txt $(BASE)

$(DEV): requirements-dev.txt
	@.ci/install requirements-dev.txt $(DEV)
	@touch $(BASE)

$(CLIENTS): tests/clients/package-lock.json tests/clients/.npmrc clients/typescript/package-lock.json $(wildcard clients/typescript/src/*.ts) | $(DEV)
	@.ci/clients $(CLIENTS)
