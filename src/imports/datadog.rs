//! Reads the custom queries of the Datadog agent: `custom_queries` of an instance, and those of all instances.

use super::entries::YamlEntries;
use super::foreign_query::{
    ColumnUsage, ForeignColumn, ForeignFile, ForeignQuery, ForeignVariant, RestOfColumns,
};
use crate::finding::metric::MetricKind;
use crate::percona::yaml::{YamlNode, mistake};

/// Reads the queries of a file.
pub(super) fn read(file: &str, root: YamlEntries<'_>, content: &mut ForeignFile) {
    let mut number = 0;
    let mut add = |item: &YamlNode, databases: &[String], content: &mut ForeignFile| {
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
                content.refused.push(mistake(file, item.line, "custom_queries", message));
            }
        }
    };
    let global = root.map("init_config").map_or(&[][..], |init| init.list("global_custom_queries"));
    for item in global.iter().chain(root.list("custom_queries")) {
        add(item, &[], content);
    }
    for instance in root.list("instances").iter().filter_map(YamlEntries::of) {
        let databases: Vec<String> = instance.text("dbname").into_iter().collect();
        for item in instance.list("custom_queries") {
            add(item, &databases, content);
        }
    }
}

fn query(item: &YamlNode, number: usize) -> Result<ForeignQuery, &'static str> {
    let entries =
        YamlEntries::of(item).ok_or("must be a mapping with the keys query and columns")?;
    let (Some(sql), Some(text)) = (entries.text("query"), entries.get("query")) else {
        return Err("has no query");
    };
    let columns: Vec<ForeignColumn> = entries.list("columns").iter().map(column).collect();
    if columns.is_empty() {
        return Err("has no columns");
    }
    let prefix = entries.text("metric_prefix").filter(|prefix| prefix != "postgresql");
    let first = columns.iter().find(|column| matches!(column.usage, ColumnUsage::Metric(_)));
    let name = prefix.or_else(|| first.map(|column| column.name.clone()));
    let mut remarks = Vec::new();
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

fn column(item: &YamlNode) -> ForeignColumn {
    // A column without a name is left out, as in the agent.
    let entries = YamlEntries::of(item).unwrap_or(YamlEntries(&[]));
    let Some(name) = entries.text("name") else {
        return ForeignColumn { usage: ColumnUsage::Discard, ..ForeignColumn::default() };
    };
    let usage = match entries.text("type").unwrap_or_default().as_str() {
        "tag" | "tag_list" | "tag_not_null" => ColumnUsage::Label,
        // The agent computes a difference or a rate of these values, so they grow.
        "monotonic_count" | "rate" | "monotonic_gauge" => ColumnUsage::Metric(MetricKind::Counter),
        // The agent submits a count as the number of events since its last run.
        "gauge" | "count" | "histogram" => ColumnUsage::Metric(MetricKind::Gauge),
        _ => ColumnUsage::ByType,
    };
    ForeignColumn { name, usage, ..ForeignColumn::default() }
}
