# What people and machines do with this project; `make` alone lists it.
# The work is done by cargo and by the scripts in bin/; nothing is built here.

SHELL := bash
.DEFAULT_GOAL := help
.NOTPARALLEL:

# What `make lint` runs; one more check is one more name here.
LINTS := lint-format lint-code lint-docs lint-scripts lint-dependencies

.PHONY: help demo test prerequisites lint $(LINTS) quick unit matrix receivers bench fuzz dist

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

test: prerequisites ## everything that must pass before a change is merged; lists what failed at the end
	@bin/suites all

prerequisites: ## installs what the tests need: PostgreSQL, psql, npm, monitoring systems, linters
	@bin/prerequisites test

# One fails for all: `make -k lint` shows what each finds.
lint: $(LINTS) ## formatting, clippy, documentation, shell scripts

lint-format:
	cargo fmt --check

lint-code:
	cargo clippy --locked --all-targets -- -D warnings

lint-docs:
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps

lint-scripts:
	shellcheck .ci/run bin/*
	shellcheck -s sh $$(find src -name '*.sh')

lint-dependencies:
	bin/dependencies

quick: ## what to run between two edits: tests that need neither a server nor much time
	@bin/suites quick

unit: ## all tests, on one version of PostgreSQL; skips those whose programs are missing, and lists them
	@bin/suites unit

matrix: ## the tests that must pass on each of PostgreSQL 12 to 18, or on MAJORS="14 15" (fetches the programs once)
	@bin/suites matrix $(MAJORS)

receivers: ## tests with real monitoring systems: Nagios, Icinga 2, Zabbix, Alertmanager, Prometheus
	@bin/suites receivers

bench: ## paired timings of the release build against psql
	@bin/bench

fuzz: ## looks for inputs that break what reads them, a minute for each reader (not part of test)
	@bin/fuzz

dist: ## packs the archive that is handed out, see docs/releasing.md (not part of test)
	@bin/dist
