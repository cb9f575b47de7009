//! Triggers: of states, which posemo has judged, and of limits, which Zabbix may judge for each object.
//!
//! A state of Unknown raises its own alarm and ends no other: what was wrong may still be.

use crate::catalog::check::Check;
use crate::catalog::function::{Column, ColumnType};
use crate::finding::State;
use crate::finding::range::Range;

use super::{Definition, TEMPLATE, key, tag_nodes, uuid};
use crate::definitions::yaml::Node;

/// When a problem is over.
#[derive(Debug, Clone, Default)]
pub(super) enum Recovery {
    /// When its expression no longer holds.
    #[default]
    Itself,
    /// When, besides, this holds.
    Only(String),
}

/// A trigger, or a prototype of one.
#[derive(Debug, Default)]
pub(super) struct Alarm {
    /// The name, from which its identifier is made.
    pub(super) name: String,
    /// How a problem is called, with what is known only then.
    pub(super) event_name: Option<String>,
    pub(super) expression: String,
    pub(super) recovery: Recovery,
    pub(super) priority: &'static str,
    /// What to do, for whoever looks at the problem.
    pub(super) advice: String,
    pub(super) tags: Vec<(&'static str, String)>,
}

impl Alarm {
    /// The alarm in the template; `kind` tells triggers from prototypes.
    pub(super) fn node(&self, kind: &str) -> Node {
        let mut entries =
            vec![uuid(kind, &self.name), ("expression", self.expression.as_str().into())];
        if let Recovery::Only(expression) = &self.recovery {
            entries.push(("recovery_mode", "RECOVERY_EXPRESSION".into()));
            entries.push(("recovery_expression", expression.as_str().into()));
        }
        entries.push(("name", self.name.as_str().into()));
        if let Some(name) = &self.event_name {
            entries.push(("event_name", name.as_str().into()));
        }
        entries.push(("priority", self.priority.into()));
        if !self.advice.is_empty() {
            entries.push(("description", self.advice.as_str().into()));
        }
        // For what is gone from the server together with its problem.
        entries.push(("manual_close", "YES".into()));
        entries.push(("tags", tag_nodes(&self.tags)));
        Node::Map(entries)
    }
}

/// The three alarms of a check's state; `parameters` are those of its keys.
pub(super) fn of_states(
    check: &Check,
    parameters: &[&str],
    place: &str,
    tags: &[(&'static str, String)],
) -> [Alarm; 3] {
    let last = |name: &str| format!("last(/{TEMPLATE}/{})", key(name, parameters));
    let (state, summary) = (last("posemo.state"), last("posemo.summary"));
    let unknown = State::Unknown.exit_code();
    [(State::Warning, "WARNING"), (State::Critical, "HIGH"), (State::Unknown, "AVERAGE")].map(
        |(alarming, priority)| {
            let (code, label) = (alarming.exit_code(), alarming.label());
            let name = format!("{}{place}: {label}", check.name);
            Alarm {
                event_name: Some(format!("{name}: {{ITEM.LASTVALUE2}}")),
                name,
                // The text is a part of it so that the problem's name can hold it.
                expression: format!("{state}={code} and length({summary})>=0"),
                recovery: match alarming {
                    State::Unknown => Recovery::Itself,
                    _ => Recovery::Only(format!("{state}<>{code} and {state}<>{unknown}")),
                },
                priority,
                advice: check.what_to_do(),
                tags: tags.to_vec(),
            }
        },
    )
}

/// A limit of the catalogue or the settings as a macro.
pub(super) struct Limit {
    /// The macro's name, without braces.
    pub(super) name: String,
    pub(super) value: String,
    pub(super) metric: String,
    /// Whether smaller values are worse.
    below: bool,
    state: State,
}

impl Limit {
    /// The limit that holds for an object.
    fn of_object(&self) -> String {
        format!("{{${}:\"{{#OBJECT}}\"}}", self.name)
    }
}

/// The limits of all metrics of a check that are one number.
pub(super) fn limits(definition: &Definition) -> Vec<Limit> {
    let columns = definition.check.metrics();
    columns.flat_map(|column| of_column(definition, column)).collect()
}

/// The alarms of one metric's limits. The higher of two is one alarm, and not both.
pub(super) fn of_limits(
    definition: &Definition,
    column: &Column,
    tags: &[(&'static str, String)],
) -> Vec<Alarm> {
    let check = definition.check.name.as_str();
    let last = key("posemo.metric", &[check, &column.name, "{#DATABASE}", "{#OBJECT}"]);
    let last = format!("last(/{TEMPLATE}/{last})");
    let limits = of_column(definition, column);
    let alarm = |limit: &Limit| {
        let (sign, within, words) =
            if limit.below { ("<", ">=", "below") } else { (">", "<=", "above") };
        let is_higher = |other: &&Limit| {
            (limit.state, other.state) == (State::Warning, State::Critical)
                && other.below == limit.below
        };
        let higher = limits.iter().find(is_higher);
        let higher = higher.map(|other| format!(" and {last}{within}{}", other.of_object()));
        let (beyond, higher) = (limit.of_object(), higher.unwrap_or_default());
        let start = format!("{check}: {}{{#PLACE}}", column.name.replace('_', " "));
        Alarm {
            name: format!("{start} {words} its limit ({})", limit.state.label()),
            event_name: Some(format!("{start} is {{ITEM.LASTVALUE1}}, {words} {beyond}")),
            expression: format!(
                "{last}{sign}{beyond}{higher} and {{$POSEMO.LIMITS:\"{check}\"}}=1"
            ),
            priority: if limit.state == State::Critical { "HIGH" } else { "WARNING" },
            advice: definition.check.what_to_do(),
            tags: tags.to_vec(),
            recovery: Recovery::Itself,
        }
    };
    limits.iter().map(alarm).collect()
}

fn of_column(definition: &Definition, column: &Column) -> Vec<Limit> {
    if column.sql_type == ColumnType::Boolean {
        return Vec::new();
    }
    let levels = definition.thresholds.levels.get(&column.name).cloned().unwrap_or_default();
    let limit = |state: State, range: Option<Range>| {
        let (value, below) = plain(&range?)?;
        let parts = [&definition.check.name, &column.name].map(|part| part.to_uppercase());
        let name = format!("POSEMO.{}.{}", parts.join("."), state.label());
        Some(Limit { name, value, metric: column.name.clone(), below, state })
    };
    [limit(State::Warning, levels.warning), limit(State::Critical, levels.critical)]
        .into_iter()
        .flatten()
        .collect()
}

/// The one number of a range that has but one, and whether it is crossed from above: `80` and `~:80` are
/// above 80 (of `80` it is not asked whether a value is negative), `80:` is below it.
fn plain(range: &Range) -> Option<(String, bool)> {
    let text = range.as_str();
    match text.split_once(':') {
        _ if text.starts_with('@') => None,
        None => Some((text.to_owned(), false)),
        Some(("~" | "" | "0", end)) if !end.is_empty() => Some((end.to_owned(), false)),
        Some((start, "")) if start != "~" => Some((start.to_owned(), true)),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn only_a_range_with_one_number_is_a_limit() {
        for (range, expected) in [
            ("80", Some(("80", false))),
            ("~:80", Some(("80", false))),
            (":80", Some(("80", false))),
            ("0.9:", Some(("0.9", true))),
            ("10:20", None),
            ("@10:20", None),
            ("@5", None),
            ("~:", None),
        ] {
            let found = plain(&range.parse().unwrap());
            let expected = expected.map(|(value, below)| (value.to_owned(), below));
            assert_eq!(found, expected, "{range}");
        }
    }
}
