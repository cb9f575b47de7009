//! Triggers of the template: for the states that posemo sends, and for limits that Zabbix compares with each object.
//!
//! The state Unknown has its own trigger and ends no other problem, as the problem may continue.

use std::time::Duration;

use crate::catalog::function::{Column, ColumnType};
use crate::finding::State;
use crate::finding::range::Range;

use super::parts::{TEMPLATE, Tag, tag_list, uuid};
use crate::definitions::TemplateCheck;
use crate::definitions::yaml::Yaml;
use crate::output::zabbix::key;

/// The condition that ends a problem.
#[derive(Debug, Clone, Default)]
pub(super) enum Recovery {
    /// The expression of the trigger is false.
    #[default]
    Expression,
    /// This expression is also true.
    And(String),
}

/// A trigger, or the prototype of a trigger.
#[derive(Debug, Default)]
pub(super) struct Trigger {
    /// The name. The identifier is computed from it.
    pub(super) name: String,
    /// The name of a problem, with values of the time when it begins.
    pub(super) event_name: Option<String>,
    pub(super) expression: String,
    pub(super) recovery: Recovery,
    pub(super) priority: &'static str,
    /// The state of the check that it alerts for, if it does.
    pub(super) state: Option<State>,
    /// What to do about the problem.
    pub(super) advice: String,
    pub(super) tags: Vec<Tag>,
    /// Triggers about the server as a whole. While one of them has a problem, this one opens none.
    pub(super) depends_on: Vec<Yaml>,
}

impl Trigger {
    /// The reference to this trigger in the list of another one.
    pub(super) fn reference(&self) -> Yaml {
        let mut entries: Vec<(&'static str, Yaml)> = vec![
            ("name", self.name.as_str().into()),
            ("expression", self.expression.as_str().into()),
        ];
        if let Recovery::And(expression) = &self.recovery {
            entries.push(("recovery_expression", expression.as_str().into()));
        }
        Yaml::Map(entries)
    }

    /// The trigger for a problem that must last for a time: there was no state OK during it. The state Unknown is not held,
    /// as the check then knows nothing.
    pub(super) fn held(mut self, hold: Option<Duration>, parameters: &[&str]) -> Trigger {
        if let (Some(hold), Some(State::Warning | State::Critical)) = (hold, self.state) {
            let (state, ok) = (key("posemo.state", parameters), State::Ok.exit_code());
            let seconds = hold.as_secs();
            let held = format!(" and count(/{TEMPLATE}/{state},{seconds}s,\"eq\",\"{ok}\")=0");
            self.expression.push_str(&held);
        }
        self
    }

    /// The entry of the template. `kind` is `trigger` or `trigger prototype`.
    pub(super) fn yaml(&self, kind: &str) -> Yaml {
        let mut entries =
            vec![uuid(kind, &self.name), ("expression", self.expression.as_str().into())];
        if let Recovery::And(expression) = &self.recovery {
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
        entries.push(("dependencies", self.depends_on.clone().into()));
        // A problem of an object that was dropped does not end.
        entries.push(("manual_close", "YES".into()));
        entries.push(("tags", tag_list(&self.tags)));
        Yaml::Map(entries)
    }
}

/// The states of problems, with their severities in Zabbix.
pub(super) const PROBLEMS: [(State, &str); 3] =
    [(State::Warning, "WARNING"), (State::Critical, "HIGH"), (State::Unknown, "AVERAGE")];

/// The three triggers for the state of a check. `parameters` are those of its keys.
pub(super) fn state_triggers(
    check: &str,
    advice: &str,
    parameters: &[&str],
    place: &str,
    tags: &[Tag],
) -> [Trigger; 3] {
    let last = |name: &str| format!("last(/{TEMPLATE}/{})", key(name, parameters));
    let (state, summary) = (last("posemo.state"), last("posemo.summary"));
    let unknown = State::Unknown.exit_code();
    PROBLEMS.map(|(trigger_state, priority)| {
        let (code, label) = (trigger_state.exit_code(), trigger_state.label());
        let name = format!("{check}{place}: {label}");
        Trigger {
            event_name: Some(format!("{name}: {{ITEM.LASTVALUE2}}")),
            name,
            // The event name contains the summary, so the summary must be a part of the expression.
            expression: format!("{state}={code} and length({summary})>=0"),
            recovery: match trigger_state {
                State::Unknown => Recovery::Expression,
                _ => Recovery::And(format!("{state}<>{code} and {state}<>{unknown}")),
            },
            priority,
            state: Some(trigger_state),
            advice: advice.to_owned(),
            tags: tags.to_vec(),
            depends_on: Vec::new(),
        }
    })
}

/// A limit of the catalog or the settings, as a macro.
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
    /// The macro for one object.
    fn for_object(&self) -> String {
        format!("{{${}:\"{{#OBJECT}}\"}}", self.name)
    }
}

/// The limits of the metrics of a check.
pub(super) fn limits(template_check: &TemplateCheck) -> Vec<Limit> {
    let columns = template_check.check.metrics();
    columns.flat_map(|column| column_limits(template_check, column)).collect()
}

/// The triggers for the limits of one metric. Beyond the critical limit only the critical trigger fires.
pub(super) fn limit_triggers(
    template_check: &TemplateCheck,
    column: &Column,
    tags: &[Tag],
) -> Vec<Trigger> {
    let check = template_check.check.name.as_str();
    let last = key("posemo.metric", &[check, &column.name, "{#DATABASE}", "{#OBJECT}"]);
    let last = format!("last(/{TEMPLATE}/{last})");
    let limits = column_limits(template_check, column);
    let trigger = |limit: &Limit| {
        let (sign, within, side) =
            if limit.below { ("<", ">=", "below") } else { (">", "<=", "above") };
        let is_higher = |other: &&Limit| {
            (limit.state, other.state) == (State::Warning, State::Critical)
                && other.below == limit.below
        };
        let higher = limits.iter().find(is_higher);
        let higher = higher.map(|other| format!(" and {last}{within}{}", other.for_object()));
        let (beyond, higher) = (limit.for_object(), higher.unwrap_or_default());
        let start = format!("{check}: {}{{#PLACE}}", column.name.replace('_', " "));
        Trigger {
            name: format!("{start} {side} its limit ({})", limit.state.label()),
            event_name: Some(format!("{start} is {{ITEM.LASTVALUE1}}, {side} {beyond}")),
            expression: format!(
                "{last}{sign}{beyond}{higher} and {{$POSEMO.LIMITS:\"{check}\"}}=1"
            ),
            priority: if limit.state == State::Critical { "HIGH" } else { "WARNING" },
            advice: template_check.check.what_to_do(),
            tags: tags.to_vec(),
            recovery: Recovery::Expression,
            state: None,
            depends_on: Vec::new(),
        }
    };
    limits.iter().map(trigger).collect()
}

/// The limits of one metric. A range with two numbers is not a limit.
fn column_limits(template_check: &TemplateCheck, column: &Column) -> Vec<Limit> {
    if column.sql_type == ColumnType::Boolean {
        return Vec::new();
    }
    let levels = template_check.thresholds.levels.get(&column.name).cloned().unwrap_or_default();
    let limit = |state: State, range: Option<Range>| {
        let (value, below) = single_number(&range?)?;
        let parts = [&template_check.check.name, &column.name].map(|part| part.to_uppercase());
        let name = format!("POSEMO.{}.{}", parts.join("."), state.label());
        Some(Limit { name, value, metric: column.name.clone(), below, state })
    };
    [limit(State::Warning, levels.warning), limit(State::Critical, levels.critical)]
        .into_iter()
        .flatten()
        .collect()
}

/// The number of a range with one number, and whether values below it are beyond it: `80` and `~:80` are limits for
/// larger values (a negative value is not beyond `80` here), `80:` is a limit for smaller values.
fn single_number(range: &Range) -> Option<(String, bool)> {
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
    use super::single_number;

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
            let found = single_number(&range.parse().unwrap());
            let expected = expected.map(|(value, below)| (value.to_owned(), below));
            assert_eq!(found, expected, "{range}");
        }
    }
}
