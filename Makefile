# The whole workflow. Every target sets up what it needs; nothing outside this folder is touched.
.PHONY: demo test lint run bench reliability clean
.DEFAULT_GOAL := demo

PAPERROUND := .venv/bin/paperround

.venv/ready: requirements.lock pyproject.toml deploy/setup.sh
	@sh deploy/setup.sh requirements.lock $@

.venv/ready-dev: requirements-dev.lock pyproject.toml deploy/setup.sh
	@sh deploy/setup.sh requirements-dev.lock $@

demo: .venv/ready ## publish a sample issue to a local inbox and a local Discord
	@$(PAPERROUND) demo $(ARGS)

# Files of tests lie in memory where 4 GB of it are free: a database made for a test then costs a tenth of the time.
IN_MEMORY = $(shell [ -w /dev/shm ] && [ "$$(df -Pk /dev/shm | awk 'NR == 2 { print $$4 }')" -gt 4000000 ] && echo TMPDIR=/dev/shm)

test: .venv/ready-dev ## every test, on SQLite and, where its programs are installed, PostgreSQL
	@$(IN_MEMORY) .venv/bin/python -m pytest -n auto --dist worksteal $(ARGS)

lint: .venv/ready-dev ## style, format, types, import contracts
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --config pyproject.toml

run: .venv/ready ## serve for real, with the settings of the environment or paperround.toml
	@$(PAPERROUND) serve $(ARGS)

bench: .venv/ready-dev ## measure speed, as ratios against a reference in the same run
	@.venv/bin/python -m pytest tests/benchmarks -s -p no:xdist $(ARGS)

reliability: .venv/ready-dev ## kill, cut off, lock, fill up: 20,000 readers each; writes docs/reliability.md
	@.venv/bin/python -m tests.reliability $(ARGS)

clean: ## remove the environment, caches and the demo's scratch data
	@rm -rf .venv .demo build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .mail-servers
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
