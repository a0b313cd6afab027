# `make help` lists what there is. The work is done by scripts/ and by `python -m bot`.
PY := .venv/bin/python
export RASA_TELEMETRY_ENABLED := false
export SQLALCHEMY_SILENCE_UBER_WARNING := 1

.NOTPARALLEL:
.PHONY: help run test check install install-dev train adapt bench lock widget widget-check clean

help:  ## What there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1 | \2/p' Makefile | while IFS='|' read -r name text; do \
		printf '  make %-13s%s\n' "$$name" "$$text"; done

run: install  ## Set up what is missing, then run the assistant on http://127.0.0.1:8000/
	@exec $(PY) -m bot serve

test: install-dev train  ## Every test: unit, contract, stories, conversations, browser
	@CHROMIUM="$$(scripts/find-chromium)" exec $(PY) -m pytest

check: install-dev widget-check  ## Style, types, import rules, content and training data
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	.venv/bin/lint-imports
	$(PY) -m bot content check
	$(PY) -m rasa data validate

install:
	@scripts/bootstrap run

install-dev:
	@scripts/bootstrap dev

train: install  ## Train the model if the data or code behind it changed
	@$(PY) -m bot train

adapt: install  ## For maintainers: learn the encoder's adapter again (about 20 minutes, needs torch)
	@scripts/adapt/run $(ARGUMENTS)

bench: install-dev  ## Compare understanding with stock Rasa and others (hours); results in docs/bench
	@$(PY) -m bench.understanding

lock: install-dev  ## Work out the lock files again after a change to requirements/*.in
	@scripts/lock

widget:  ## Build the widget from its source (needs Node)
	@scripts/widget build

widget-check:
	@scripts/widget check

clean:  ## Remove what was made, but not the data under var/
	rm -rf .venv .rasa models results reports .mypy_cache .ruff_cache .pytest_cache .hypothesis widget/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
