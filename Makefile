# The tasks of this project; `make` alone lists them. They are done by cargo and the scripts in bin/.

SHELL := bash
.DEFAULT_GOAL := help
.NOTPARALLEL:

# The targets of `make lint`.
LINTS := lint-format lint-code lint-docs lint-scripts lint-dependencies

.PHONY: help demo test prerequisites lint $(LINTS) quick unit matrix receivers bench bench-catalogue bench-history bench-serve soak comparison fuzz dist packages container release

# The packaged server programs of the version that most tests use, unless the variable is set.
PACKAGED := $(wildcard /usr/lib/postgresql/15/bin/postgres)
ifneq ($(PACKAGED),)
export POSEMO_PG_BINDIR ?= $(dir $(PACKAGED))
endif

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: ## check a temporary server with sample problems, and print the result (installs what is missing)
	@bin/prerequisites demo
	@cargo run --release --quiet --locked -- demo

test: prerequisites ## run everything that must pass before a change is merged; list failures at the end
	@bin/suites all

prerequisites: ## install what the tests need: PostgreSQL, psql, npm, monitoring systems, linters
	@bin/prerequisites test

# It stops at the first failure; `make -k lint` runs all.
lint: $(LINTS) ## check formatting, code, documentation, shell scripts and dependencies

lint-format:
	cargo fmt --check

lint-code:
	cargo clippy --locked --all-targets -- -D warnings

lint-docs:
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps

lint-scripts:
	shellcheck .ci/run bin/*
	shellcheck -s sh packaging/check_posemo packaging/checkmk/posemo packaging/debian/p*
	shellcheck -s sh $$(find src -name '*.sh')

lint-dependencies:
	bin/dependencies

quick: ## run the tests that need no server and little time, between two edits
	@bin/suites quick

unit: ## run all tests on one version of PostgreSQL; list those that are skipped because a program is missing
	@bin/suites unit

matrix: ## run the tests that must pass on each of PostgreSQL 12 to 18, or on MAJORS="14 15" (fetches the programs once)
	@bin/suites matrix $(MAJORS)

receivers: ## run the tests with real Nagios, Icinga 2, Zabbix, Alertmanager and Prometheus
	@bin/suites receivers

bench: ## compare the release build with psql in pairs of runs
	@bin/bench

bench-catalogue: ## measure the cost of each check on a server with 10,000 tables, 1,000 roles and 50 databases
	@bin/bench-catalogue

bench-history: ## measure what the values of metrics cost in the history, on a simulated day
	@bin/bench-history

bench-serve: ## measure posemo serve with 2,000 targets, and with targets that never answer
	@bin/bench-serve

comparison: ## measure posemo beside other tools, and write docs/comparison.md (fetches the tools once)
	@bin/prerequisites comparison
	@bin/comparison

soak: ## run posemo serve for an hour while parts of it fail, and compare what it kept with what happened (not part of test)
	@cargo build --release --quiet --locked
	@python3 tests/soak/soak.py $${CARGO_TARGET_DIR:-target}/release/posemo $(POSEMO_PG_BINDIR)

fuzz: ## fuzz each reader of input for one minute (not part of test)
	@bin/fuzz

dist: ## make the archive of a release, see docs/releasing.md (not part of test)
	@bin/prerequisites packages
	@bin/dist

packages: ## make the .deb and the .rpm of a release, see docs/releasing.md (not part of test)
	@bin/prerequisites packages
	@bin/packages

container: ## make the container image of a release, see docs/releasing.md (not part of test)
	@bin/prerequisites packages
	@bin/container

release: ## make all files of a release and tag it, without pushing anything, see docs/releasing.md
	@bin/prerequisites packages
	@bin/release
