//! Determines the format of a file by its content.

use std::str::FromStr;

use super::custom_query;
use super::entries::YamlEntries;
use super::sql_jobs;
use crate::percona::yaml::{self, YamlNode, YamlValue};
use crate::text::mistake::Mistake;
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

    /// The names of all formats.
    pub(super) fn names() -> [&'static str; 8] {
        Self::ALL.map(|(_, name)| name)
    }

    /// The format of a document of YAML.
    fn of_document(document: &YamlNode) -> Option<ForeignFormat> {
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
        if has("collector_name")
            || has("collectors")
            || has("collector_files")
            || sql_jobs::has_jobs(root)
        {
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

/// What a text contains.
#[derive(Debug)]
pub(super) enum Recognized {
    /// Percona's advisor checks, whose reader reports what is wrong with them.
    Percona,
    /// Settings of Telegraf.
    Telegraf,
    /// Command lines.
    CustomQuery,
    /// Documents of YAML in one of the other formats.
    Yaml(ForeignFormat, Vec<YamlNode>),
    /// Texts in a document of YAML, such as those of a `ConfigMap` or of values for Helm, that are files themselves.
    Embedded(Vec<(ForeignFormat, Vec<YamlNode>)>),
    /// No known format, and the text is not YAML.
    Invalid(Mistake),
    /// No known format.
    Unknown,
}

impl Recognized {
    /// A text in a format that the user gives.
    pub(super) fn given(format: ForeignFormat, file: &str, text: &str) -> Recognized {
        match format {
            ForeignFormat::Percona => Recognized::Percona,
            ForeignFormat::Telegraf => Recognized::Telegraf,
            ForeignFormat::CustomQuery => Recognized::CustomQuery,
            _ => match yaml::documents_of_others(file, text) {
                Ok(documents) => Recognized::Yaml(format, documents),
                Err(mistake) => Recognized::Invalid(mistake),
            },
        }
    }

    /// Determines the format of a text by its content. A file in YAML or TOML may name a command in a text or a comment.
    pub(super) fn of(file: &str, text: &str) -> Recognized {
        if text.lines().any(is_table_of_telegraf) {
            return Recognized::Telegraf;
        }
        let documents = yaml::documents_of_others(file, text);
        let known = documents.iter().flatten().find_map(ForeignFormat::of_document);
        match (known, documents) {
            (Some(ForeignFormat::Percona), _) => Recognized::Percona,
            (Some(format), Ok(documents)) => Recognized::Yaml(format, documents),
            _ if custom_query::has_call(text) => Recognized::CustomQuery,
            (_, Err(_)) if text.lines().any(begins_advisors) => Recognized::Percona,
            (_, Err(mistake)) => Recognized::Invalid(mistake),
            (None, Ok(documents)) => match embedded(file, text.len(), &documents) {
                embedded if embedded.is_empty() => Recognized::Unknown,
                embedded => Recognized::Embedded(embedded),
            },
        }
    }
}

/// The texts of documents that are files of queries. The lines are those of the whole file, which has `length` bytes.
fn embedded(
    file: &str,
    length: usize,
    documents: &[YamlNode],
) -> Vec<(ForeignFormat, Vec<YamlNode>)> {
    let mut texts = Vec::new();
    for document in documents {
        texts_in(document, &mut texts);
    }
    let mut read = 0;
    let known = texts.into_iter().filter_map(|(line, text)| {
        // Only aliases, which repeat a text, make more than the file has.
        read += text.len();
        if read > length {
            return None;
        }
        let below = |document: YamlNode| document.below(line.saturating_sub(1));
        let documents = yaml::documents_of_others(file, text).ok()?.into_iter().map(below);
        let documents: Vec<YamlNode> = documents.collect();
        let format = documents.iter().find_map(ForeignFormat::of_document)?;
        (format != ForeignFormat::Percona).then_some((format, documents))
    });
    known.collect()
}

/// The texts of several lines that could contain a query.
fn texts_in<'n>(node: &'n YamlNode, found: &mut Vec<(usize, &'n str)>) {
    match &node.value {
        YamlValue::Scalar(text) if text.contains('\n') && text.contains("quer") => {
            found.push((node.line, text));
        }
        YamlValue::List(items) => items.iter().for_each(|item| texts_in(item, found)),
        YamlValue::Map(entries) => entries.iter().for_each(|(_, value)| texts_in(value, found)),
        YamlValue::Null | YamlValue::Scalar(_) | YamlValue::Number(_) => {}
    }
}

/// Whether a line is the name of a table of an input, so that a comment or a name elsewhere does not count.
fn is_table_of_telegraf(line: &str) -> bool {
    let name = line.trim_start().trim_start_matches('[');
    line.trim_start().starts_with('[')
        && ["inputs.postgresql_extensible", "inputs.sql"]
            .iter()
            .any(|input| name.strip_prefix(input).is_some_and(|rest| rest.starts_with([']', '.'])))
}

/// Whether a line begins a file of Percona that is not valid YAML.
fn begins_advisors(line: &str) -> bool {
    line.starts_with("checks:") || line.starts_with("advisors:")
}

impl FromStr for ForeignFormat {
    type Err = String;

    fn from_str(word: &str) -> Result<ForeignFormat, String> {
        let known = Self::ALL.iter().find(|(_, name)| *name == word);
        known.map(|(format, _)| *format).ok_or_else(|| {
            let names = Self::names();
            format!("unknown format{}; write one of {}", suggestion(word, names), names.join(", "))
        })
    }
}
