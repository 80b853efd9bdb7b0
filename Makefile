# The commands of the project; each says what it does and how long each step takes.
#
#   make run     the national atlas on http://127.0.0.1:8000 (make run PORT=8080: another port)
#   make test    the whole test suite (ARGS="-k lacunes": part of it; ARGS="-n0 --pdb": one process)
#   make faults  break an installation in every way (ARGS="--list", ARGS="coupure silence")
#   make bench   the benchmarks, to tests/benchmarks/results.json
#   make check   style and types only
#   make setup   what a developer needs, without running anything
#   make fuzz    bytes that nobody meant, given to every reader (ARGS="--minutes 10")
#   make sbom    the bill of materials of what is installed, to .build/sbom.json
#   make audit   known vulnerabilities of what is installed, where their lists can be reached
#   make clean   stop and remove all that the others made

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := run
MAKEFLAGS += --no-print-directory

# What Python compiles is kept, out of the sources. On a machine set to keep none of it, each process
# would compile all its libraries again: four seconds of processor for a server.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/.build/bytecode

.PHONY: run test faults bench check lint setup clean fuzz sbom audit

run:
	@scripts/run.sh

test:
	@scripts/test.sh $(ARGS)

faults: setup
	@.venv/bin/python -m tests.faults $(ARGS)

bench: setup
	@.venv/bin/python -m tests.benchmarks $(ARGS)

check: setup lint
	@.venv/bin/mypy
	@npm run typecheck --prefix geo_service/web

lint: setup
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .

setup:
	@scripts/prepare.sh test

fuzz: setup
	@.build/uv/bin/uv sync --quiet --frozen --inexact --group fuzz
	@.venv/bin/python -m tests.fuzz $(ARGS)

sbom: setup
	@.venv/bin/python scripts/sbom.py $(ARGS)

audit: setup
	@scripts/audit.sh

clean:
	@scripts/clean.sh
