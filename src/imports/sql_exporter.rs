//! Reads collectors of `sql_exporter`: files with one collector, and configurations with several.

use std::collections::{BTreeMap, BTreeSet};

use super::entries::YamlEntries;
use super::foreign_query::{
    ColumnUsage, ForeignColumn, ForeignFile, ForeignQuery, ForeignVariant, MOST_COLUMNS,
    RestOfColumns,
};
use super::postgres_exporter::unknown;
use super::sql_jobs;
use super::units;
use crate::finding::metric::MetricKind;
use crate::percona::advisor_check::IgnoredPart;
use crate::percona::yaml::mistake;

/// The keys of a metric that are read, or that do not matter to posemo.
const KEYS: [&str; 12] = [
    "metric_name",
    "type",
    "help",
    "key_labels",
    "static_labels",
    "values",
    "value_label",
    "static_value",
    "timestamp_value",
    "query",
    "query_ref",
    "no_prepared_statement",
];

/// Reads the collectors of a file.
pub(super) fn read(file: &str, root: YamlEntries<'_>, content: &mut ForeignFile) {
    let interval = root.map("global").and_then(|global| global.seconds("min_interval"));
    if root.get("collector_name").is_some() {
        collector(file, root, interval, content);
    }
    for item in root.list("collectors") {
        if let Some(entries) = YamlEntries::of(item) {
            collector(file, entries, interval, content);
        } else {
            let message = "must be a mapping with the key collector_name";
            content.refused.push(mistake(file, item.line, "collectors", message));
        }
    }
    sql_jobs::read(file, root, content);
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
fn collector(
    file: &str,
    entries: YamlEntries<'_>,
    interval: Option<u64>,
    content: &mut ForeignFile,
) {
    let own = content.queries.len();
    let interval = entries.seconds("min_interval").or(interval);
    let queries = named_queries(entries);
    for item in entries.list("metrics") {
        if content.is_full() {
            return;
        }
        let Some(metric) = YamlEntries::of(item) else {
            let message = "must be a mapping with the key metric_name";
            content.refused.push(mistake(file, item.line, "metrics", message));
            continue;
        };
        let name = metric.text("metric_name").unwrap_or_else(|| "metrics".to_owned());
        let source = match source(&queries, metric, &name) {
            Ok(source) => source,
            Err(message) => {
                content.refused.push(mistake(file, item.line, &name, message));
                continue;
            }
        };
        let known = content.queries[own..]
            .iter()
            .position(|query| query.name == source.0 && query.variants[0].sql == source.1.sql);
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
    // A query without a metric does not run.
    let metrics = entries.list("metrics").iter().filter_map(YamlEntries::of);
    let used: BTreeSet<String> = metrics.filter_map(|metric| metric.text("query_ref")).collect();
    for query in entries.list("queries").iter().filter_map(YamlEntries::of) {
        let name = query.text("query_name").unwrap_or_else(|| "queries".to_owned());
        if used.contains(&name) {
            continue;
        }
        if content.is_full() {
            return;
        }
        content.ignored.push(IgnoredPart {
            file: file.to_owned(),
            line: query.line(),
            what: name,
            reason: "is a query that no metric of the collector names in query_ref".to_owned(),
        });
    }
}

/// The queries of a collector by name.
fn named_queries(collector: YamlEntries<'_>) -> BTreeMap<String, ForeignVariant> {
    let queries = collector.list("queries").iter().filter_map(YamlEntries::of);
    let named =
        queries.filter_map(|query| Some((query.text("query_name")?, variant(query)?))).rev();
    // The first of two with one name remains.
    named.collect()
}

/// The text of the key `query`.
fn variant(entries: YamlEntries<'_>) -> Option<ForeignVariant> {
    let (line, sql) = (entries.get("query")?.line, entries.text("query")?);
    Some(ForeignVariant { line, sql, ..ForeignVariant::default() })
}

/// The name and the text of the query of a metric.
fn source(
    queries: &BTreeMap<String, ForeignVariant>,
    metric: YamlEntries<'_>,
    name: &str,
) -> Result<(String, ForeignVariant), String> {
    if let Some(variant) = variant(metric) {
        return Ok((name.to_owned(), variant));
    }
    let reference = metric.text("query_ref").ok_or("has neither query nor query_ref")?;
    let found = queries.get(&reference).cloned();
    let found =
        found.ok_or_else(|| format!("query_ref: the query \"{reference}\" does not exist"))?;
    Ok((reference, found))
}

/// Adds the columns of a metric to its query.
fn columns(metric: YamlEntries<'_>, name: &str, query: &mut ForeignQuery) {
    let kind = match metric.text("type").unwrap_or_default().to_lowercase().as_str() {
        "counter" => MetricKind::Counter,
        "gauge" => MetricKind::Gauge,
        other => {
            query.remarks.push(format!(
                "`type`: the type `{other}` of the metric {name} is not known; it is imported as a gauge."
            ));
            MetricKind::Gauge
        }
    };
    query.remarks.extend(unknown(metric, &KEYS));
    let help = metric.text("help").unwrap_or_default();
    if query.summary.is_empty() && !help.is_empty() {
        query.summary.clone_from(&help);
    }
    let values = metric.texts("values");
    // The name of the metric has the unit, and the column can have any name.
    let guess = units::guess(name, &help, kind, None);
    let guess = Some(guess).filter(|guess| values.len() == 1 && guess.by_name);
    let guessed_unit = guess.map(|guess| (guess.unit, format!("{}, {name}", guess.reason)));
    let labels = metric.texts("key_labels").into_iter().map(|label| ForeignColumn {
        name: label,
        usage: ColumnUsage::Label,
        ..ForeignColumn::default()
    });
    let values = values.into_iter().map(|value| ForeignColumn {
        name: value,
        usage: ColumnUsage::Metric(kind),
        help: help.clone(),
        guessed_unit: guessed_unit.clone(),
        ..ForeignColumn::default()
    });
    for column in labels.chain(values) {
        if query.columns.len() <= MOST_COLUMNS
            && !query.columns.iter().any(|known| known.name == column.name)
        {
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
