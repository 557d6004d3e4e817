# Two commands on a fresh machine: `make demo` and `make test`.
# Both set up a virtual environment beside the checkout and need only Python, make and git.

PYTHON ?= python3
VENV := .venv
# Downloads are kept beside the checkout, like everything else that is kept.
export PIP_CACHE_DIR := $(CURDIR)/.cache/pip
export UV_CACHE_DIR := $(CURDIR)/.cache/uv
BIN := $(VENV)/bin
# Python compiles what is imported, once, even where the environment says to keep nothing: the tests
# start thousands of processes. Most of what is installed is never imported.
export PYTHONDONTWRITEBYTECODE :=
QUIETLY := --quiet --no-compile
ARGS ?=
# Two workers; one that has finished takes over tests of the other.
TWO := -n 2 --dist worksteal
UPGRADE ?= --upgrade

.PHONY: demo test quick lint types check programs compiled docs reference site zizmor lowest highest format screenshots bench lock clean

demo: $(VENV)/.installed ## The whole loop on this machine; ARGS=--once exits when done
	@$(BIN)/ghpypi demo $(ARGS)

test: ## Every check there is; what the tests need is made beside style and types
	@$(MAKE) --no-print-directory --jobs=3 types lint programs compiled
	@$(MAKE) --no-print-directory check

QUICK_TESTS := tests/core tests/jobs tests/contract tests/golden tests/cli
quick: lint types ## Style, types, and the tests of little more than a minute: the inner loop
	$(BIN)/pytest -q $(TWO) -m "not slow and not e2e" $(QUICK_TESTS) $(ARGS)

lint: $(VENV)/.tested ## Style, and the directions of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache --no-logo

types: $(VENV)/.tested ## Strict types, tests included
	$(BIN)/mypy

# Three workers keep two cores busy: a fifth of the time of a test is spent on waiting.
check: $(VENV)/.tested $(VENV)/.browser $(VENV)/.nginx ## The tests, three at a time
	$(BIN)/pytest -n 3 --dist worksteal $(ARGS)

docs: $(VENV)/.documented ## The documentation site, into .site; a warning is an error
	$(VENV)/docs/bin/sphinx-build --quiet --fail-on-warning --keep-going --builder dirhtml \
		--doctree-dir .cache/doctrees docs .site

reference: $(VENV)/.tested ## The pages of docs/reference that follow from the program
	@$(BIN)/python -m tests.documents.reference

site: docs $(VENV)/.installed ## That site with a demo index below it, which has ghpypi itself
	$(BIN)/pip wheel $(QUIETLY:--no-compile=) --no-deps --wheel-dir .cache/demo .
	$(BIN)/ghpypi upload .cache/demo --store .site/demo --quiet

zizmor: $(VENV)/.tested ## The workflows and the Action; online if GH_TOKEN is set
	$(BIN)/zizmor --persona pedantic .github action.yml

# The test tools come second: they must not change the versions that were chosen for ghpypi.
define quick_with
	$(BIN)/uv venv -q --clear .cache/$(1)
	$(BIN)/uv pip install -q --python .cache/$(1) --resolution $(2) -e '.[attest,keyring,serve]'
	$(BIN)/uv pip freeze -q --exclude-editable --python .cache/$(1) > .cache/$(1).txt
	$(BIN)/uv pip install -q --python .cache/$(1) -c .cache/$(1).txt -e . --group dev
	.cache/$(1)/bin/pytest -q $(TWO) -m "not slow and not e2e" $(QUICK_TESTS) $(ARGS)
endef

lowest: $(VENV)/.tested ## The quick tests with the lowest dependencies that pyproject.toml allows
	$(call quick_with,lowest,lowest-direct)

highest: $(VENV)/.tested ## The quick tests with the newest dependencies
	$(call quick_with,highest,highest)

format: $(VENV)/.tested
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

screenshots: $(VENV)/.tested $(VENV)/.browser ## The pictures of the README, into docs/
	$(BIN)/python -m tests.site.screenshots

QUICK ?=
bench: $(VENV)/.tested ## Measure, beside other programs; QUICK=1 in about two minutes; ARGS=serve for one piece, index-1m for a large one
	$(BIN)/python -m benchmarks $(if $(QUICK),--quick) $(ARGS)

COMPILE := $(BIN)/uv --no-config pip compile -q --universal --python-version 3.11 --no-annotate --no-header
HASHED := --generate-hashes -c constraints.txt
LOCKS := ghpypi/templates/workflows/locks

lock: $(VENV)/.tested ## Everything's newest versions, or with UPGRADE= those that are locked
	$(COMPILE) $(UPGRADE) --group dev --all-extras pyproject.toml -o constraints.txt
	$(COMPILE) $(HASHED) pyproject.toml -o action/requirements.txt
	$(COMPILE) $(HASHED) pyproject.toml --extra serve -o action/requirements-serve.txt
	$(COMPILE) $(HASHED) pyproject.toml --extra serve --extra attest -o action/requirements-attest.txt
	echo obstore | $(COMPILE) $(HASHED) - -o action/requirements-objects.txt > /dev/null
	$(COMPILE) $(UPGRADE) --generate-hashes --group docs -o docs/requirements.txt
	@for tools in "build pip" uv; do \
		printf '%s\n' $$tools | $(COMPILE) $(HASHED) - -o $(LOCKS)/$${tools%% *}.txt > /dev/null || exit 1; done

clean: ## Everything that make has put beside the checkout
	rm -rf $(VENV) .cache .site .hypothesis .mypy_cache .pytest_cache .ruff_cache .tmp

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install $(QUIETLY) --upgrade 'pip>=26'

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/pip install $(QUIETLY) -c constraints.txt -e .
	@touch $@

$(VENV)/.tested: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/pip install $(QUIETLY) -c constraints.txt -e . --group dev
	@touch $@ $(VENV)/.installed

# Sphinx has an environment of its own: it admits older versions of docutils than ghpypi's lock has.
$(VENV)/.documented: docs/requirements.txt | $(BIN)/python
	$(PYTHON) -m venv $(VENV)/docs
	$(VENV)/docs/bin/pip install $(QUIETLY) --require-hashes -r $<
	@touch $@

# Otherwise each worker would compile all tests, with their assertions rewritten.
compiled: $(VENV)/.tested
	@$(BIN)/pytest --collect-only -qq > $(VENV)/collected || { tail -50 $(VENV)/collected >&2; exit 1; }

# One after the other: apt-get has a lock.
programs: | $(BIN)/python
	@$(MAKE) --no-print-directory $(VENV)/.browser
	@$(MAKE) --no-print-directory $(VENV)/.nginx

# The tests of the pages drive Chromium, which no package registry of Python has.
BROWSERS := chromium chromium-browser google-chrome google-chrome-stable
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)

$(VENV)/.browser: | $(BIN)/python
	@for name in $(BROWSERS); do if command -v $$name > /dev/null; then touch $@; exit 0; fi; done; \
		command -v apt-get > /dev/null || { \
			echo "The tests of the pages need Chromium: install it, and run make again." >&2; exit 1; }; \
		echo "Installing Chromium for the tests of the pages" >&2; \
		$(SUDO) apt-get update -qq && \
		$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
			chromium > /dev/null && touch $@

# The tests of the examples run nginx, with scripts (njs).
NJS := /usr/lib/nginx/modules/ngx_http_js_module.so

$(VENV)/.nginx: | $(BIN)/python
	@if [ -x /usr/sbin/nginx ] && [ -e $(NJS) ]; then touch $@; exit 0; fi; \
		command -v apt-get > /dev/null || { \
			echo "The tests of the examples need nginx and njs: install them, and run make again." >&2; \
			exit 1; }; \
		echo "Installing nginx and njs for the tests of the examples" >&2; \
		$(SUDO) apt-get update -qq && \
		$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
			nginx-light libnginx-mod-http-js > /dev/null && touch $@
