//! Valid checks, changes that make them invalid, and the expected messages.

/// A valid check of version 2.
pub(super) const GOOD: &str = "\
checks:
  - version: 2
    name: postgresql_sample
    summary: Sample
    description: A sample.
    advisor: dev
    family: POSTGRESQL
    queries:
      - type: POSTGRESQL_SELECT
        query: 1 AS one
    script: |
      def check_context(docs, context):
          return []
";

/// A valid check of version 1.
pub(super) const FIRST: &str = "\
checks:
  - version: 1
    name: postgresql_sample
    summary: Sample
    description: A sample.
    type: POSTGRESQL_SELECT
    query: 1 AS one
    script: |
      def check_context(rows, context):
          return []
";

/// A part of the check of version 2, the text that replaces it, and the expected messages.
pub(super) const BAD: [(&str, &str, &str); 49] = [
    ("checks:\n", "check:\n", "f:1: check: unknown key \"check\"; did you mean \"checks\"?"),
    (
        "    name:",
        "    nmae:",
        "f:3: checks.1.nmae: unknown key \"nmae\"; did you mean \"name\"?\nf:2: checks.1.name: is missing; each check must have this key",
    ),
    (
        "version: 2",
        "version: 3",
        "f:2: postgresql_sample.version: is \"3\"; must be the number 1 or 2, without quotes",
    ),
    (
        "version: 2",
        "version: \"2\"",
        "f:2: postgresql_sample.version: is \"2\"; must be the number 1 or 2, without quotes",
    ),
    (
        "- version: 2\n    name",
        "- name",
        "f:2: postgresql_sample.version: is missing; must be 1 or 2",
    ),
    (
        "_sample",
        "-sample",
        "f:3: checks.1.name: \"postgresql-sample\" is not a name; begin with a letter or an underscore, followed by letters, digits and underscores",
    ),
    (
        "postgresql_sample",
        "1st",
        "f:3: checks.1.name: \"1st\" is not a name; begin with a letter or an underscore, followed by letters, digits and underscores",
    ),
    (
        "postgresql_sample",
        "_1",
        "f:3: _1.name: cannot be the name of a folder, which begins with a letter; rename the check",
    ),
    (
        "postgresql_sample",
        "a_name_that_is_much_too_long_for_what_is_made_of_it_0",
        "f:3: a_name_that_is_much_too_long_for_what_is_made_of_it_0.name: has 53 characters; the name of a check has at most 49, as its functions have the same name; rename the check",
    ),
    (
        "summary: Sample",
        "summary:",
        "f:4: postgresql_sample.summary: is missing; each check must have this key",
    ),
    (
        "summary: Sample",
        "summary: [a]",
        "f:4: postgresql_sample.summary: is a list; must be a text",
    ),
    (
        "    description: A sample.\n",
        "",
        "f:2: postgresql_sample.description: is missing; each check must have this key",
    ),
    (
        "    advisor: dev\n",
        "",
        "f:2: postgresql_sample.advisor: is missing; a check of version 2 must have an advisor or a category",
    ),
    (
        "    family: POSTGRESQL\n",
        "",
        "f:2: postgresql_sample.family: is missing; a check of version 2 must have a family or a technology",
    ),
    (
        "family: POSTGRESQL",
        "family: POSTGRES",
        "f:7: postgresql_sample.family: unknown family \"POSTGRES\"; did you mean \"POSTGRESQL\"?",
    ),
    (
        "family: POSTGRESQL",
        "technology: PG",
        "f:7: postgresql_sample.technology: unknown technology \"PG\"; one of MYSQL, POSTGRESQL, MONGODB",
    ),
    (
        "family: POSTGRESQL",
        "family: POSTGRESQL\n    technology: MYSQL",
        "f:8: postgresql_sample.technology: is MYSQL, but family is POSTGRESQL; remove one of the two",
    ),
    (
        "family: POSTGRESQL",
        "family: POSTGRESQL\n    type: POSTGRESQL_SELECT",
        "f:8: postgresql_sample.type: belongs to version 1 of the format; write queries in the list \"queries\"",
    ),
    (
        "family: POSTGRESQL",
        "family: POSTGRESQL\n    interval: hourly",
        "f:8: postgresql_sample.interval: unknown interval \"hourly\"; one of standard, frequent, rare",
    ),
    (
        "family: POSTGRESQL",
        "family: POSTGRESQL\n    tiers: [paid, free]",
        "f:8: postgresql_sample.tiers: unknown tier \"free\"; one of anonymous, registered, paid",
    ),
    (
        "family: POSTGRESQL",
        "family: POSTGRESQL\n    tiers: [paid, paid]",
        "f:8: postgresql_sample.tiers: contains \"paid\" twice",
    ),
    (
        "family: POSTGRESQL",
        "family: POSTGRESQL\n    tiers: paid",
        "f:8: postgresql_sample.tiers: is a text; must be a list",
    ),
    (
        "family: POSTGRESQL",
        "family: POSTGRESQL\n    debug: true",
        "f:8: postgresql_sample.debug: unknown key \"debug\"; one of version, name, summary, description, advisor, category, subcategory, tiers, technology, family, type, query, queries, interval, script",
    ),
    (
        "family: POSTGRESQL",
        "family: POSTGRESQL\n    family: MYSQL",
        "f:8: duplicate mapping key: family not allowed here",
    ),
    (
        "family: POSTGRESQL",
        "family: MYSQL",
        "f:9: postgresql_sample.queries.1.type: POSTGRESQL_SELECT is not a type of query for MYSQL",
    ),
    (
        "_SELECT\n",
        "_SELEKT\n",
        "f:9: postgresql_sample.queries.1.type: unknown type \"POSTGRESQL_SELEKT\"; did you mean \"POSTGRESQL_SELECT\"?",
    ),
    (
        "type: POSTGRESQL_SELECT\n        query",
        "query",
        "f:9: postgresql_sample.queries.1.type: is missing; each query must have a type",
    ),
    (
        "POSTGRESQL_SELECT",
        "POSTGRESQL_SHOW",
        "f:10: postgresql_sample.queries.1.query: must be empty, as a query of type POSTGRESQL_SHOW has no text",
    ),
    (
        "query: 1 AS one",
        "query: \"\"",
        "f:10: postgresql_sample.queries.1.query: is missing; a query of type POSTGRESQL_SELECT must have one",
    ),
    (
        "        query: 1 AS one\n",
        "",
        "f:9: postgresql_sample.queries.1.query: is missing; a query of type POSTGRESQL_SELECT must have one",
    ),
    (
        "query: 1 AS one",
        "query: {a: b}",
        "f:10: postgresql_sample.queries.1.query: is a mapping; must be a text",
    ),
    (
        "query: 1 AS one",
        "query: \"';' AS one\"",
        "f:10: postgresql_sample.queries.1.query: contains a semicolon, which a query for PostgreSQL must not contain, also not in a text; write chr(59)",
    ),
    (
        "query: 1 AS one",
        "query: |\n          1 AS one,\n          ';' AS two",
        "f:12: postgresql_sample.queries.1.query: contains a semicolon, which a query for PostgreSQL must not contain, also not in a text; write chr(59)",
    ),
    (
        "query: 1 AS one",
        "sql: 1 AS one",
        "f:10: postgresql_sample.queries.1.sql: unknown key \"sql\"; one of type, query, parameters\nf:9: postgresql_sample.queries.1.query: is missing; a query of type POSTGRESQL_SELECT must have one",
    ),
    (
        "1 AS one",
        "1 AS one\n        parameters: {all_db: true}",
        "f:11: postgresql_sample.queries.1.parameters.all_db: unknown parameter \"all_db\" of POSTGRESQL_SELECT; did you mean \"all_dbs\"?",
    ),
    (
        "1 AS one",
        "1 AS one\n        parameters: {all_dbs: yes}",
        "f:11: postgresql_sample.queries.1.parameters.all_dbs: is \"yes\"; must be true or false",
    ),
    (
        "1 AS one",
        "1 AS one\n        parameters: [all_dbs]",
        "f:11: postgresql_sample.queries.1.parameters: is a list; must be a mapping",
    ),
    (
        "POSTGRESQL_SELECT",
        "METRICS_INSTANT\n        parameters: {lookback: 5}",
        "f:10: postgresql_sample.queries.1.parameters.lookback: is \"5\"; must be a duration such as 5m or 1h30m",
    ),
    (
        "POSTGRESQL_SELECT",
        "METRICS_RANGE\n        parameters: {range: 5m}",
        "f:10: postgresql_sample.queries.1.parameters.step: is missing; a query of type METRICS_RANGE must have one",
    ),
    (
        "      - type: POSTGRESQL_SELECT\n        query: 1 AS one\n",
        "",
        "f:8: postgresql_sample.queries: must be a list of at least one query",
    ),
    (
        "    queries:\n      - type: POSTGRESQL_SELECT\n        query: 1 AS one\n",
        "",
        "f:2: postgresql_sample.queries: is missing; a check of version 2 must have at least one query",
    ),
    (
        "      - type: POSTGRESQL_SELECT\n        query: 1 AS one\n",
        "      - 1 AS one\n",
        "f:9: postgresql_sample.queries.1: is a text; must be a mapping",
    ),
    (
        "          return []",
        "          # a\ttab\n          return []",
        "f:13: postgresql_sample.script: contains a tab, which the format does not allow; indent with spaces",
    ),
    (
        "    script: |\n      def check_context(docs, context):\n          return []\n",
        "",
        "f:2: postgresql_sample.script: is missing; each check must have this key",
    ),
    (
        "checks:\n",
        "checks: 5\nmore:\n",
        "f:1: checks: is a number; must be a list of checks\nf:2: more: unknown key \"more\"; one of checks",
    ),
    ("  - version", "  - text\n  - version", "f:2: checks.1: is a text; must be a mapping"),
    (
        "checks:\n",
        "- a\n---\nchecks:\n",
        "f:1: is a list; must be a mapping with the key \"checks\"",
    ),
    ("    name:", "   name:", ""),
    ("summary: Sample", "summary: 'open", ""),
];

/// The same for version 1.
pub(super) const BAD_FIRST: [(&str, &str, &str); 6] = [
    (
        "type: POSTGRESQL_SELECT",
        "type: METRICS_INSTANT",
        "f:6: postgresql_sample.type: unknown type \"METRICS_INSTANT\" for version 1; one of POSTGRESQL_SHOW, POSTGRESQL_SELECT, MYSQL_SHOW, MYSQL_SELECT, MONGODB_GETPARAMETER, MONGODB_BUILDINFO, MONGODB_GETCMDLINEOPTS, MONGODB_REPLSETGETSTATUS, MONGODB_GETDIAGNOSTICDATA",
    ),
    (
        "    type: POSTGRESQL_SELECT\n",
        "",
        "f:2: postgresql_sample.type: is missing; each check must have this key",
    ),
    (
        "    query:",
        "    family: POSTGRESQL\n    query:",
        "f:7: postgresql_sample.family: belongs to version 2 of the format",
    ),
    (
        "    query:",
        "    queries: [{}]\n    query:",
        "f:7: postgresql_sample.queries: belongs to version 2 of the format",
    ),
    (
        "query: 1 AS one",
        "query: 1; 2",
        "f:7: postgresql_sample.query: contains a semicolon, which a query for PostgreSQL must not contain, also not in a text; write chr(59)",
    ),
    (
        "    query: 1 AS one\n",
        "",
        "f:2: postgresql_sample.query: is missing; a query of type POSTGRESQL_SELECT must have one",
    ),
];
