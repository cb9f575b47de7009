# What people and machines do with this project; `make` alone lists it.
# The work is done by cargo and by the scripts in bin/; nothing is built here.

SHELL := bash
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test prerequisites lint unit matrix bench fuzz dist

# The packaged programs of the version most tests are written against, where they are and nobody says otherwise.
PACKAGED := $(wildcard /usr/lib/postgresql/15/bin/postgres)
ifneq ($(PACKAGED),)
export POSEMO_PG_BINDIR ?= $(dir $(PACKAGED))
endif

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: ## a throw-away server with problems made on purpose, checked and shown (installs what is missing)
	@bin/prerequisites demo
	@cargo run --release --quiet --locked -- demo

test: prerequisites lint unit matrix ## everything that must pass before a change goes in

prerequisites: ## installs what the tests need: PostgreSQL, psql, npm, the linter
	@bin/prerequisites test

lint: ## formatting, clippy, documentation and shell scripts
	@if cargo fmt --version >/dev/null 2>&1; then set -x; cargo fmt --check; \
	  else echo "lint: rustfmt is not installed, formatting is not checked" >&2; fi
	@if cargo clippy --version >/dev/null 2>&1; then set -x; cargo clippy --locked --all-targets -- -D warnings; \
	  else echo "lint: clippy is not installed, the code is not linted" >&2; fi
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps
	bin/dependencies
	@if command -v shellcheck >/dev/null; then set -x; shellcheck .ci/run bin/* && shellcheck -s sh src/cluster/guard.sh; \
	  else echo "lint: shellcheck is not installed, the scripts are not checked" >&2; fi

unit: ## all tests, on one version of PostgreSQL
	cargo test --locked

# Set apart so that a failure to fetch the programs is one of this recipe, and not an empty list.
matrix: ## the tests that must pass on each of PostgreSQL 12 to 18 (fetches their programs once)
ifeq ($(shell uname -sm),Linux x86_64)
	@directories=$$(bin/pg-matrix) && POSEMO_PG_MATRIX=$$(paste -sd: <<<"$$directories") \
	  && export POSEMO_PG_MATRIX && set -x && cargo test --locked --test it matrix -- --ignored
else
	@echo "matrix: left out, as there are programs for Linux on x86_64 only" >&2
endif

bench: ## paired timings of the release build against psql
	@bin/bench

fuzz: ## looks for inputs that break what reads them, a minute for each reader (not part of test)
	@bin/fuzz

dist: ## the archive that is handed out, see docs/releasing.md (not part of test)
	@bin/dist
