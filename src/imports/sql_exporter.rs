//! Reads collectors of `sql_exporter`: files with one collector, and configurations with several.

use super::entries::YamlEntries;
use super::foreign_query::{
    ColumnUsage, ForeignColumn, ForeignFile, ForeignQuery, ForeignVariant, RestOfColumns,
};
use crate::finding::metric::MetricKind;
use crate::percona::advisor_check::IgnoredPart;
use crate::percona::yaml::{YamlNode, mistake};

/// Reads the collectors of a file.
pub(super) fn read(file: &str, root: YamlEntries<'_>, content: &mut ForeignFile) {
    if root.get("collector_name").is_some() {
        collector(file, root, content);
    }
    for item in root.list("collectors") {
        if let Some(entries) = YamlEntries::of(item) {
            collector(file, entries, content);
        } else {
            let message = "must be a mapping with the key collector_name";
            content.refused.push(mistake(file, item.line, "collectors", message));
        }
    }
    if let Some(files) = root.get("collector_files") {
        content.ignored.push(IgnoredPart {
            file: file.to_owned(),
            line: files.line,
            what: "collector_files".to_owned(),
            reason: "name the files of the collectors in the command, too".to_owned(),
        });
    }
}

/// Reads a collector. Metrics of one query become one check.
fn collector(file: &str, entries: YamlEntries<'_>, content: &mut ForeignFile) {
    let own = content.queries.len();
    let interval = entries.seconds("min_interval");
    for item in entries.list("metrics") {
        let Some(metric) = YamlEntries::of(item) else {
            let message = "must be a mapping with the key metric_name";
            content.refused.push(mistake(file, item.line, "metrics", message));
            continue;
        };
        let name = metric.text("metric_name").unwrap_or_else(|| "metrics".to_owned());
        let source = match source(entries, metric, &name) {
            Ok(source) => source,
            Err(message) => {
                content.refused.push(mistake(file, item.line, &name, message));
                continue;
            }
        };
        let known = content.queries[own..].iter().position(|query| query.name == source.0);
        let index = known.map_or_else(
            || {
                content.queries.push(ForeignQuery {
                    file: file.to_owned(),
                    program: "sql_exporter",
                    line: metric.line(),
                    name: source.0.clone(),
                    rest: RestOfColumns::Discarded,
                    interval,
                    variants: vec![source.1],
                    ..ForeignQuery::default()
                });
                content.queries.len() - 1
            },
            |position| own + position,
        );
        columns(metric, &name, &mut content.queries[index]);
    }
}

/// The name and the text of the query of a metric.
fn source(
    collector: YamlEntries<'_>,
    metric: YamlEntries<'_>,
    name: &str,
) -> Result<(String, ForeignVariant), String> {
    let variant =
        |node: &YamlNode, sql| ForeignVariant { line: node.line, sql, ..ForeignVariant::default() };
    if let (Some(node), Some(sql)) = (metric.get("query"), metric.text("query")) {
        return Ok((name.to_owned(), variant(node, sql)));
    }
    let reference = metric.text("query_ref").ok_or("has neither query nor query_ref")?;
    let queries = collector.list("queries").iter().filter_map(YamlEntries::of);
    let found = queries
        .filter(|query| query.text("query_name").as_deref() == Some(&reference))
        .find_map(|query| Some((query.get("query")?, query.text("query")?)));
    let (node, sql) =
        found.ok_or_else(|| format!("query_ref: the query \"{reference}\" does not exist"))?;
    Ok((reference, variant(node, sql)))
}

/// Adds the columns of a metric to its query.
fn columns(metric: YamlEntries<'_>, name: &str, query: &mut ForeignQuery) {
    let kind = match metric.text("type").as_deref() {
        Some("counter") => MetricKind::Counter,
        _ => MetricKind::Gauge,
    };
    let help = metric.text("help").unwrap_or_default();
    if query.summary.is_empty() && !help.is_empty() {
        query.summary.clone_from(&help);
    }
    let values = metric.texts("values");
    // The name of the metric has the unit.
    let unit = super::units::guess(name, &help, kind);
    let unit = Some(unit.0).filter(|_| values.len() == 1 && unit.1.contains("its name"));
    let labels = metric.texts("key_labels").into_iter().map(|label| ForeignColumn {
        name: label,
        usage: ColumnUsage::Label,
        ..ForeignColumn::default()
    });
    let values = values.into_iter().map(|value| ForeignColumn {
        name: value,
        usage: ColumnUsage::Metric(kind),
        help: help.clone(),
        unit,
        renamed: None,
    });
    for column in labels.chain(values) {
        if !query.columns.iter().any(|known| known.name == column.name) {
            query.columns.push(column);
        }
    }
    for (key, what) in [
        (
            "static_value",
            "has a fixed value, and posemo does not report it: count the rows in the query",
        ),
        ("static_labels", "has fixed labels, which the settings of a target replace"),
        ("timestamp_value", "takes its time from a column, and posemo reports the time of the run"),
    ] {
        if metric
            .get(key)
            .is_some_and(|node| node.text().is_some() || YamlEntries::of(node).is_some())
        {
            query.remarks.push(format!("`{key}`: the metric {name} {what}."));
        }
    }
}
