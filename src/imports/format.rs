//! Determines the format of a file by its content.

use std::str::FromStr;

use super::entries::YamlEntries;
use crate::percona::yaml::YamlNode;
use crate::text::suggestion::suggestion;

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignFormat {
    /// Percona's advisor checks.
    Percona,
    /// `queries.yaml` of `postgres_exporter`.
    PostgresExporter,
    /// Collectors of `pg_exporter`.
    PgExporter,
    /// Collectors of `sql_exporter`.
    SqlExporter,
    /// Metrics of pgwatch, version 3 or 2.
    Pgwatch,
    /// Telegraf's `postgresql_extensible`.
    Telegraf,
    /// Custom queries of the Datadog agent.
    Datadog,
    /// Calls of `custom_query` of `check_postgres` and `check_pgactivity`.
    CustomQuery,
}

impl ForeignFormat {
    const ALL: [(ForeignFormat, &str); 8] = [
        (Self::Percona, "percona"),
        (Self::PostgresExporter, "postgres_exporter"),
        (Self::PgExporter, "pg_exporter"),
        (Self::SqlExporter, "sql_exporter"),
        (Self::Pgwatch, "pgwatch"),
        (Self::Telegraf, "telegraf"),
        (Self::Datadog, "datadog"),
        (Self::CustomQuery, "custom_query"),
    ];

    /// The format of a text that is not YAML.
    pub(super) fn of_text(text: &str) -> Option<ForeignFormat> {
        let is_call = |line: &str| {
            let line = line.trim_start();
            line.contains("custom_query")
                && (line.contains("check_postgres") || line.contains("check_pgactivity"))
        };
        // A line of a table, so that a comment or a name elsewhere does not count.
        let is_table = |line: &str| {
            let line = line.trim_start();
            line.starts_with("[[inputs.postgresql_extensible")
                || line.starts_with("[inputs.postgresql_extensible")
        };
        if text.lines().any(is_table) {
            return Some(Self::Telegraf);
        }
        let calls = text.lines().any(is_call);
        let is_yaml = text.lines().any(|line| line.trim_end() == "custom_queries:");
        (calls && !is_yaml).then_some(Self::CustomQuery)
    }

    /// The format of a document of YAML.
    pub(super) fn of_document(document: &YamlNode) -> Option<ForeignFormat> {
        /// Keys that only a query of `pg_exporter` has.
        const OWN: [&str; 10] = [
            "ttl",
            "tags",
            "min_version",
            "max_version",
            "timeout",
            "fatal",
            "skip",
            "desc",
            "predicate_queries",
            "scheme",
        ];
        let root = YamlEntries::of(document)?;
        let has = |key: &str| root.get(key).is_some();
        if has("checks") || has("advisors") {
            return Some(Self::Percona);
        }
        if has("instances") || has("custom_queries") || has("init_config") {
            return Some(Self::Datadog);
        }
        if has("collector_name") || has("collectors") {
            return Some(Self::SqlExporter);
        }
        if root.map("metrics").is_some() {
            return Some(Self::Pgwatch);
        }
        let queries: Vec<YamlEntries<'_>> =
            root.0.iter().filter_map(|(_, node)| YamlEntries::of(node)).collect();
        if !queries.iter().any(|query| query.get("query").is_some()) {
            return None;
        }
        let is_own = |query: &YamlEntries<'_>| OWN.iter().any(|key| query.get(key).is_some());
        Some(if queries.iter().any(is_own) { Self::PgExporter } else { Self::PostgresExporter })
    }
}

impl FromStr for ForeignFormat {
    type Err = String;

    fn from_str(word: &str) -> Result<ForeignFormat, String> {
        let known = Self::ALL.iter().find(|(_, name)| *name == word);
        known.map(|(format, _)| *format).ok_or_else(|| {
            let names = Self::ALL.map(|(_, name)| name);
            format!("unknown format{}; write one of {}", suggestion(word, names), names.join(", "))
        })
    }
}
