//! Reads `queries.yaml` of `postgres_exporter`, and of programs with the same format, such as `CloudNativePG`.

use super::entries::YamlEntries;
use super::foreign_query::{
    ColumnUsage, ForeignColumn, ForeignFile, ForeignQuery, ForeignVariant, RestOfColumns,
};
use super::versions;
use crate::finding::metric::MetricKind;
use crate::finding::report::ServerRole;
use crate::percona::advisor_check::IgnoredPart;
use crate::percona::yaml::{YamlKey, YamlNode, mistake};

/// The keys of a query that are read, or that do not matter to posemo.
const KEYS: [&str; 9] = [
    "query",
    "metrics",
    "master",
    "cache_seconds",
    "runonserver",
    "primary",
    "target_databases",
    "name",
    "predicate_query",
];

/// The keys of a column that are read.
const COLUMN_KEYS: [&str; 6] = ["usage", "description", "name", "rename", "scale", "default"];

/// Reads the queries of a file.
pub(super) fn read(file: &str, root: YamlEntries<'_>, content: &mut ForeignFile) {
    for (index, (key, node)) in root.0.iter().enumerate() {
        if content.is_full() {
            return;
        }
        if let Some(line) = root.replaced_in(index) {
            content.ignored.push(replaced(file, key, line));
            continue;
        }
        query(file, key, node, content);
    }
}

/// Why an entry has no query.
pub(super) fn without_query(entries: YamlEntries<'_>) -> String {
    match entries.get("query").map(YamlNode::type_name) {
        Some(name @ ("a list" | "a mapping")) => format!("query must be a text, and is {name}"),
        _ => "has no query".to_owned(),
    }
}

/// A query that another with the same name replaces.
pub(super) fn replaced(file: &str, key: &YamlKey, line: usize) -> IgnoredPart {
    IgnoredPart {
        file: file.to_owned(),
        line: key.line,
        what: key.text.clone(),
        reason: format!("the query with the same name in line {line} replaces it"),
    }
}

fn query(file: &str, key: &YamlKey, node: &YamlNode, content: &mut ForeignFile) {
    let refused = |message: &str| mistake(file, key.line, &key.text, message);
    let Some(entries) = YamlEntries::of(node) else {
        content.refused.push(refused("must be a mapping with the keys query and metrics"));
        return;
    };
    let (Some(sql), Some(text)) = (entries.text("query"), entries.get("query")) else {
        content.refused.push(refused(&without_query(entries)));
        return;
    };
    let (columns, others) = metrics(entries);
    let mut remarks = unknown(entries, &KEYS);
    remarks.extend(others);
    let mut found = ForeignQuery {
        file: file.to_owned(),
        program: "postgres_exporter",
        line: key.line,
        name: entries.text("name").unwrap_or_else(|| key.text.clone()),
        interval: entries.seconds("cache_seconds"),
        columns,
        rest: RestOfColumns::Labels,
        once: entries.is_true("master").then_some("master: true"),
        role: entries.is_true("primary").then_some(ServerRole::Primary),
        databases: entries.texts("target_databases"),
        remarks,
        ..ForeignQuery::default()
    };
    if entries.get("predicate_query").is_some() {
        found.remarks.push(PREDICATE.to_owned());
    }
    let mut variant = ForeignVariant { line: text.line, sql, ..ForeignVariant::default() };
    if let Some(range) = entries.text("runonserver") {
        match versions::of_expression(&range) {
            Some((from, until)) => (variant.from, variant.until) = (from, until),
            None => found.remarks.push(format!(
                "`runonserver: {range}` is not a simple range of versions: set `servers` in check.toml."
            )),
        }
    }
    found.variants.push(variant);
    content.queries.push(found);
}

/// A remark on conditions that are queries.
pub(super) const PREDICATE: &str = "The file has a query that determines whether this one runs. posemo does not run it: add the condition to the query.";

/// The columns of `metrics`: a list of mappings from a name to usage and description, or one mapping of all names. Also remarks
/// on what was not read.
pub(super) fn metrics(query: YamlEntries<'_>) -> (Vec<ForeignColumn>, Vec<String>) {
    let (mut columns, mut remarks) = (Vec::new(), Vec::new());
    let list = query.list("metrics").iter().filter_map(YamlEntries::of);
    for (key, node) in list.chain(query.map("metrics")).flat_map(|entries| entries.0) {
        let fields = YamlEntries::of(node).unwrap_or(YamlEntries(&[]));
        let mut number = |name: &str| {
            let text = fields.text(name)?;
            let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
            if number.is_none() {
                remarks.push(format!(
                    "Column `{}`: `{name}: {text}` is not a number, and was not read.",
                    key.text
                ));
            }
            number
        };
        let (scale, default) = (number("scale"), number("default"));
        let others = others(fields, &COLUMN_KEYS);
        if !others.is_empty() {
            remarks.push(format!("Column `{}`: these keys were not read: {others}.", key.text));
        }
        let name = fields.text("name").filter(|name| *name != key.text);
        columns.push(ForeignColumn {
            name: key.text.clone(),
            renamed: fields.text("rename").or(name),
            usage: usage(&key.text, &fields.text("usage").unwrap_or_default(), &mut remarks),
            help: fields.text("description").unwrap_or_default(),
            scale,
            default,
            ..ForeignColumn::default()
        });
    }
    (columns, remarks)
}

fn usage(column: &str, word: &str, remarks: &mut Vec<String>) -> ColumnUsage {
    match word.to_ascii_uppercase().as_str() {
        "LABEL" => ColumnUsage::Label,
        "COUNTER" => ColumnUsage::Metric(MetricKind::Counter),
        "GAUGE" => ColumnUsage::Metric(MetricKind::Gauge),
        "DISCARD" => ColumnUsage::Discard,
        known @ ("HISTOGRAM" | "MAPPEDMETRIC" | "DURATION") => {
            remarks.push(format!(
                "Column `{column}`: `usage: {known}` makes other numbers of the value, and posemo shows the value as a detail: compute the number in the query."
            ));
            ColumnUsage::Info
        }
        "" => ColumnUsage::ByType,
        _ => {
            remarks.push(format!(
                "Column `{column}`: `usage: {word}` is not known, so the type of the column determines its role."
            ));
            ColumnUsage::ByType
        }
    }
}

/// A remark on keys that are not read.
pub(super) fn unknown(entries: YamlEntries<'_>, known: &[&str]) -> Vec<String> {
    let others = others(entries, known);
    if others.is_empty() {
        return Vec::new();
    }
    vec![format!("These keys of the file were not read: {others}.")]
}

/// The keys that are not known, in one text.
fn others(entries: YamlEntries<'_>, known: &[&str]) -> String {
    let others = entries.0.iter().filter(|(key, _)| !known.contains(&key.text.as_str()));
    others.map(|(key, _)| format!("`{}`", key.text)).collect::<Vec<_>>().join(", ")
}
