//! Reads the custom queries of the Datadog agent: `custom_queries` of an instance, those of all instances, and the older
//! `custom_metrics`.

use super::datadog_metrics;
use super::entries::YamlEntries;
use super::foreign_query::{
    ColumnUsage, ForeignColumn, ForeignFile, ForeignQuery, ForeignVariant, RestOfColumns,
};
use super::postgres_exporter::unknown;
use crate::finding::metric::MetricKind;
use crate::percona::yaml::{YamlNode, mistake};

/// The keys of a query that are read, or that do not matter to posemo.
const KEYS: [&str; 5] = ["query", "columns", "tags", "metric_prefix", "collection_interval"];

/// Reads the queries of a file.
pub(super) fn read(file: &str, root: YamlEntries<'_>, content: &mut ForeignFile) {
    let mut number = 0;
    let mut add = |item: &YamlNode, key: &str, databases: &[String], content: &mut ForeignFile| {
        if content.is_full() {
            return;
        }
        number += 1;
        match query(item, number) {
            Ok(found) => {
                let databases = databases.to_vec();
                content.queries.push(ForeignQuery { file: file.to_owned(), databases, ..found });
            }
            Err(message) => {
                content.refused.push(mistake(file, item.line, key, message));
            }
        }
    };
    let places = root.map("init_config").map(|init| (init, "global_custom_queries"));
    for (place, key) in places.into_iter().chain([(root, "custom_queries")]) {
        for item in items(file, place, key, content) {
            add(item, key, &[], content);
        }
    }
    for instance in root.list("instances").iter().filter_map(YamlEntries::of) {
        let databases: Vec<String> = instance.text("dbname").into_iter().collect();
        for key in ["custom_queries", "custom_metrics"] {
            for item in items(file, instance, key, content) {
                add(item, key, &databases, content);
            }
        }
    }
}

/// The queries of a key. A mapping in place of a list would be lost.
fn items<'e>(
    file: &str,
    place: YamlEntries<'e>,
    key: &str,
    content: &mut ForeignFile,
) -> &'e [YamlNode] {
    let list = place.list(key);
    if let Some(node) = place.get(key).filter(|node| YamlEntries::of(node).is_some()) {
        let message = "must be a list: write - before the first key of each query";
        content.refused.push(mistake(file, node.line, key, message));
    }
    list
}

fn query(item: &YamlNode, number: usize) -> Result<ForeignQuery, String> {
    let entries =
        YamlEntries::of(item).ok_or("must be a mapping with the keys query and columns")?;
    if entries.get("descriptors").is_some() || entries.get("metrics").is_some() {
        let metric = datadog_metrics::read(entries)?;
        let name = metric.name.clone();
        return Ok(ForeignQuery {
            line: entries.line(),
            name: if name.is_empty() { format!("custom_metric_{number}") } else { name },
            ..metric
        });
    }
    let (Some(sql), Some(text)) = (entries.text("query"), entries.get("query")) else {
        return Err("has no query".to_owned());
    };
    let mut remarks = unknown(entries, &KEYS);
    let columns: Vec<ForeignColumn> =
        entries.list("columns").iter().map(|item| column(item, &mut remarks)).collect();
    if columns.is_empty() {
        return Err("has no columns".to_owned());
    }
    let prefix = entries.text("metric_prefix").filter(|prefix| prefix != "postgresql");
    let first = columns.iter().find(|column| matches!(column.usage, ColumnUsage::Metric(_)));
    let name = prefix.or_else(|| first.map(|column| column.name.clone()));
    if entries.get("tags").is_some() {
        remarks.push(
            "`tags`: the fixed tags are not imported; the settings of a target replace them."
                .to_owned(),
        );
    }
    Ok(ForeignQuery {
        program: "Datadog",
        line: entries.line(),
        name: name.unwrap_or_else(|| format!("custom_query_{number}")),
        interval: entries.seconds("collection_interval"),
        columns,
        by_position: true,
        rest: RestOfColumns::Discarded,
        variants: vec![ForeignVariant { line: text.line, sql, ..ForeignVariant::default() }],
        remarks,
        ..ForeignQuery::default()
    })
}

fn column(item: &YamlNode, remarks: &mut Vec<String>) -> ForeignColumn {
    // A column without a name is left out, as in the agent.
    let entries = YamlEntries::of(item).unwrap_or(YamlEntries(&[]));
    let Some(name) = entries.text("name") else {
        return ForeignColumn { usage: ColumnUsage::Discard, ..ForeignColumn::default() };
    };
    let kind = entries.text("type").unwrap_or_default();
    let usage = match kind.as_str() {
        "tag" | "tag_list" | "tag_not_null" => ColumnUsage::Label,
        // The agent computes a difference or a rate of these values, so they grow.
        "monotonic_count" | "rate" | "monotonic_gauge" => ColumnUsage::Metric(MetricKind::Counter),
        // The agent submits a count as the number of events since its last run.
        "gauge" | "count" | "histogram" => ColumnUsage::Metric(MetricKind::Gauge),
        other => {
            remarks.push(format!(
                "Column `{name}`: the type `{other}` was not read, so the type of the column in the query determines its role."
            ));
            ColumnUsage::ByType
        }
    };
    ForeignColumn { name, usage, ..ForeignColumn::default() }
}
