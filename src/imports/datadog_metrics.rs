//! Reads the older form of Datadog's custom queries, `custom_metrics`: the agent writes the names of the metrics into the query.

use super::entries::YamlEntries;
use super::foreign_query::{
    ColumnUsage, ForeignColumn, ForeignQuery, ForeignVariant, MOST_COLUMNS, RestOfColumns,
};
use super::postgres_exporter::unknown;
use crate::finding::metric::MetricKind;
use crate::percona::yaml::{YamlNode, YamlValue};

/// The keys that are read.
const KEYS: [&str; 4] = ["query", "descriptors", "metrics", "relation"];

/// Reads one query, without its line. Its name is empty where the file has none.
pub(super) fn read(entries: YamlEntries<'_>) -> Result<ForeignQuery, String> {
    let (Some(sql), Some(text)) = (entries.text("query"), entries.get("query")) else {
        return Err("has no query".to_owned());
    };
    if entries.is_true("relation") {
        return Err("relation: the agent appends a condition with the names of `relations`: write it into the query, and remove the key".to_owned());
    }
    let metrics = entries.map("metrics").ok_or("must have a mapping metrics")?;
    let mut remarks = unknown(entries, &KEYS);
    let label = |item: &YamlNode| {
        let names = list(item);
        // The name in the query, and that of the tag.
        let name = names.last().cloned().unwrap_or_default();
        ForeignColumn { name, usage: ColumnUsage::Label, ..ForeignColumn::default() }
    };
    let mut columns: Vec<ForeignColumn> = entries.list("descriptors").iter().map(label).collect();
    let mut selected = Vec::new();
    for (key, node) in metrics.0 {
        let [name, kind] = match list(node).as_slice() {
            [name, kind] => [name.clone(), kind.to_ascii_uppercase()],
            _ => [key.text.clone(), String::new()],
        };
        let usage = match kind.as_str() {
            "RATE" | "MONOTONIC" | "MONOTONIC_COUNT" => ColumnUsage::Metric(MetricKind::Counter),
            "GAUGE" => ColumnUsage::Metric(MetricKind::Gauge),
            _ => {
                remarks.push(format!("Metric `{}`: its type was not read.", key.text));
                ColumnUsage::ByType
            }
        };
        let name = name.strip_prefix("postgresql.").unwrap_or(&name).to_owned();
        columns.push(ForeignColumn { name, usage, ..ForeignColumn::default() });
        selected.push(key.text.as_str());
    }
    columns.truncate(MOST_COLUMNS + 1);
    if sql.matches("%s").count() != 1 {
        return Err(
            "must contain %s once in its query, where the agent writes the metrics".to_owned()
        );
    }
    let sql = sql.replacen("%s", &selected.join(", "), 1).replace("%%", "%");
    let metric = columns.iter().find(|column| matches!(column.usage, ColumnUsage::Metric(_)));
    Ok(ForeignQuery {
        program: "Datadog",
        name: metric.map(|column| column.name.clone()).unwrap_or_default(),
        columns,
        by_position: true,
        rest: RestOfColumns::Discarded,
        variants: vec![ForeignVariant { line: text.line, sql, ..ForeignVariant::default() }],
        remarks,
        ..ForeignQuery::default()
    })
}

/// The texts of a list.
fn list(node: &YamlNode) -> Vec<String> {
    match &node.value {
        YamlValue::List(items) => items.iter().filter_map(YamlNode::text).collect(),
        _ => Vec::new(),
    }
}
