//! Writes a dashboard for Grafana 9 and newer. Its series are those of `output::prometheus`.
//!
//! Above are the servers and the checks that are not OK; below, one row for each topic has a panel for each check.

use serde_json::{Value, json};

use super::TemplateCheck;
use crate::catalog::TOPICS;
use crate::catalog::check::Check;
use crate::catalog::function::{Column, ColumnType};
use crate::finding::metric::{MetricKind, Unit};
use crate::output::prometheus::series;

/// The width of a dashboard in Grafana.
const WIDTH: u32 = 24;

/// The height of a panel with a graph.
const HEIGHT: u32 = 8;

/// The selector of a series by the variables of the dashboard.
const SELECTED: &str = "{target=~\"$target\"}";

/// The dashboard, as JSON to import.
pub fn dashboard(checks: &[TemplateCheck]) -> String {
    let mut panels = overview();
    let mut below = 14;
    for topic in TOPICS {
        let of_topic = checks.iter().map(|one| &one.check).filter(|check| check.topic == topic);
        let graphs: Vec<Value> = of_topic
            .flat_map(graphs)
            .zip(0..)
            .map(|(graph, number)| placed(graph, number, below + 1))
            .collect();
        if graphs.is_empty() {
            continue;
        }
        panels.push(json!({
            "type": "row", "title": topic, "collapsed": true, "panels": graphs,
            "gridPos": { "x": 0, "y": below, "w": WIDTH, "h": 1 },
        }));
        below += 1;
    }
    // Grafana refers to panels by their numbers.
    for (panel, id) in panels.iter_mut().zip((1..).map(|number| number * 1000)) {
        panel["id"] = json!(id);
        let inner = panel["panels"].as_array_mut().into_iter().flatten();
        inner.zip(id + 1..).for_each(|(inner, id)| inner["id"] = json!(id));
    }
    let dashboard = json!({
        "title": "PostgreSQL, monitored by posemo",
        "uid": "posemo",
        "tags": ["posemo", "postgresql"],
        "schemaVersion": 36,
        "refresh": "1m",
        "time": { "from": "now-6h", "to": "now" },
        "templating": { "list": [source(), targets()] },
        "panels": panels,
    });
    format!("{dashboard:#}\n")
}

/// The variable for the data source.
fn source() -> Value {
    json!({ "name": "source", "label": "Data source", "type": "datasource", "query": "prometheus" })
}

/// The variable for the targets.
fn targets() -> Value {
    json!({
        "name": "target", "label": "Target", "type": "query", "datasource": used_source(),
        "query": "label_values(posemo_up, target)", "definition": "label_values(posemo_up, target)",
        "refresh": 2, "multi": true, "includeAll": true, "current": { "text": "All", "value": "$__all" },
    })
}

fn used_source() -> Value {
    json!({ "type": "prometheus", "uid": "${source}" })
}

/// The panels about servers and states.
fn overview() -> Vec<Value> {
    let states = json!([{ "type": "value", "options": {
        "0": { "text": "OK", "color": "green" }, "1": { "text": "WARNING", "color": "yellow" },
        "2": { "text": "CRITICAL", "color": "red" }, "3": { "text": "UNKNOWN", "color": "purple" },
    }}]);
    let count = |title: &str, expression: &str, color: &str, x: u32| {
        json!({
            "type": "stat", "title": title, "datasource": used_source(),
            "gridPos": { "x": x, "y": 0, "w": 6, "h": 4 },
            "fieldConfig": { "defaults": { "color": { "mode": "fixed", "fixedColor": color }, "noValue": "0" } },
            "targets": [target(expression, "", 0)],
        })
    };
    let in_state = |code: u8| format!("count(posemo_check_state{SELECTED} == {code})");
    vec![
        count("CRITICAL", &in_state(2), "red", 0),
        count("WARNING", &in_state(1), "yellow", 6),
        count("UNKNOWN", &in_state(3), "purple", 12),
        count("Servers that do not answer", &format!("count(posemo_up{SELECTED} == 0)"), "red", 18),
        json!({
            "type": "table", "title": "Checks that are not OK", "datasource": used_source(),
            "gridPos": { "x": 0, "y": 4, "w": WIDTH, "h": 10 },
            "fieldConfig": { "defaults": {}, "overrides": [{
                "matcher": { "id": "byName", "options": "Value" },
                "properties": [{ "id": "mappings", "value": states }, { "id": "displayName", "value": "State" },
                               { "id": "custom.cellOptions", "value": { "type": "color-text" } }],
            }]},
            "transformations": [{ "id": "organize", "options": { "excludeByName": {
                "Time": true, "__name__": true, "instance": true, "job": true } } }],
            "targets": [{
                "refId": "A", "datasource": used_source(), "format": "table", "instant": true,
                "expr": format!("sort_desc(posemo_check_state{SELECTED} > 0)"),
            }],
        }),
    ]
}

/// The panels of a check: one for each unit, as an axis has one unit.
fn graphs(check: &Check) -> Vec<Value> {
    let mut units: Vec<Unit> = Vec::new();
    for column in check.metrics().filter(|column| is_drawn(column)) {
        if !units.contains(&column.unit) {
            units.push(column.unit);
        }
    }
    let graph = |unit: &Unit| {
        let columns: Vec<&Column> =
            check.metrics().filter(|column| is_drawn(column) && column.unit == *unit).collect();
        let targets = columns.iter().zip(0..).map(|(column, number)| {
            let name = series(&check.name, &column.name, column.unit, column.kind);
            let expression = match column.kind {
                MetricKind::Counter => format!("rate({name}{SELECTED}[$__rate_interval])"),
                MetricKind::Gauge | MetricKind::Rate => format!("{name}{SELECTED}"),
            };
            let legend = format!("{{{{target}}}} {{{{database}}}} {{{{object}}}} {}", column.name);
            target(&expression, &legend, number)
        });
        let rate = columns.iter().any(|column| column.kind == MetricKind::Counter);
        json!({
            "type": "timeseries",
            "title": format!("{}{}", check.name, if rate { " (rates per second)" } else { "" }),
            "description": check.summary,
            "datasource": used_source(),
            "fieldConfig": { "defaults": { "unit": unit_of(*unit, rate), "min": 0 } },
            "targets": targets.collect::<Vec<_>>(),
        })
    };
    units.iter().map(graph).collect()
}

fn is_drawn(column: &Column) -> bool {
    column.sql_type != ColumnType::Boolean
}

/// A query of a panel. Its name is a letter and its number.
fn target(expression: &str, legend: &str, number: u32) -> Value {
    json!({
        "refId": format!("Q{number}"), "datasource": used_source(), "expr": expression, "legendFormat": legend,
    })
}

/// The panel at its place: three panels beside each other.
fn placed(mut panel: Value, number: u32, top: u32) -> Value {
    let width = WIDTH / 3;
    panel["gridPos"] = json!({
        "x": number % 3 * width, "y": top + number / 3 * HEIGHT, "w": width, "h": HEIGHT,
    });
    panel
}

/// The unit in Grafana.
fn unit_of(unit: Unit, rate: bool) -> &'static str {
    match unit {
        Unit::Bytes if rate => "Bps",
        Unit::Bytes => "bytes",
        Unit::Seconds => "s",
        Unit::Percent | Unit::Ratio => "percentunit",
        Unit::None | Unit::Count | Unit::Boolean if rate => "cps",
        Unit::None | Unit::Count | Unit::Boolean => "short",
    }
}
