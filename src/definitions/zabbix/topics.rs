//! Items and triggers for each topic instead of triggers for each check.
//!
//! Zabbix counts the states of the checks itself, so it does not matter which checks a report contains. Zabbix 6.0 can add values,
//! but not count equal ones: each state has a weight, and the sum contains the number of results in each state.

use std::collections::BTreeMap;

use super::item::{ItemSource, TemplateItem, ValueType};
use super::parts::{TEMPLATE, Tag};
use super::trigger::{PROBLEMS, Recovery, Trigger};
use crate::catalog::check::Check;
use crate::definitions::yaml::Yaml;
use crate::finding::State;
use crate::output::zabbix::key;

/// The weights of OK, WARNING, CRITICAL and UNKNOWN. Fewer than 100,000 results in a state do not change the numbers of others.
const WEIGHT: &str = "return [0, 1, 100000, 10000000000][value]";

/// The item with the weight of a check's state, for the server or for each database. `place` is the end of its name.
///
/// Each key has two parameters, as a pattern of Zabbix matches only keys with its number of parameters.
pub(super) fn weight(check: &str, database: Option<&str>, place: &str, tags: &[Tag]) -> Yaml {
    let master = [check].into_iter().chain(database).collect::<Vec<_>>();
    let item = TemplateItem {
        kind: if database.is_none() { "item" } else { "item prototype" },
        key: key("posemo.weight", &[check, database.unwrap_or_default()]),
        name: format!("{check}: weight of the state{place}"),
        description: "",
        values: ValueType::Integer,
        units: "",
        map: None,
        tags,
        source: ItemSource::Dependent { master: key("posemo.state", &master), script: WEIGHT },
    };
    item.yaml()
}

/// A topic with its checks.
pub(super) struct TopicGroup<'a> {
    name: &'a str,
    checks: Vec<&'a str>,
    /// Whether a check calls the server. The others judge documents.
    needs_server: bool,
}

/// The topics of these checks.
pub(super) fn topics<'a>(checks: impl Iterator<Item = &'a Check>) -> Vec<TopicGroup<'a>> {
    let mut topics: BTreeMap<&str, TopicGroup<'_>> = BTreeMap::new();
    for check in checks {
        let name = check.topic.as_str();
        let new = || TopicGroup { name, checks: Vec::new(), needs_server: false };
        let topic = topics.entry(name).or_insert_with(new);
        topic.checks.push(&check.name);
        topic.needs_server |= check.document.is_none();
    }
    topics.into_values().collect()
}

impl TopicGroup<'_> {
    /// The numbers of results of the topic in each state but OK.
    pub(super) fn items(&self) -> [Yaml; 3] {
        let description = format!("Results of: {}", self.checks.join(", "));
        PROBLEMS.map(|(state, _)| {
            let item = TemplateItem {
                kind: "item",
                key: self.key(state),
                name: format!("{}: results that are {}", self.name, state.label()),
                description: &description,
                values: ValueType::Integer,
                units: "",
                map: None,
                tags: &self.tags(),
                source: ItemSource::Calculated { formula: self.formula(state) },
            };
            item.yaml()
        })
    }

    /// A problem ends when no result has its state, and none is UNKNOWN, as the problem may then continue.
    pub(super) fn triggers(&self, outages: &[Yaml]) -> [Trigger; 3] {
        let last = |state| format!("last(/{TEMPLATE}/{})", self.key(state));
        PROBLEMS.map(|(state, priority)| {
            let name = format!("{}: {}", self.name, state.label());
            Trigger {
                event_name: Some(format!("{name}: {{ITEM.LASTVALUE1}} of the results")),
                name,
                expression: format!("{}>0", last(state)),
                recovery: match state {
                    State::Unknown => Recovery::Expression,
                    _ => Recovery::And(format!("{}=0", last(State::Unknown))),
                },
                priority,
                state: Some(state),
                advice: format!(
                    "The items with the tag topic: {} show which check has the problem. posemo explain CHECK describes what to do.",
                    self.name
                ),
                tags: self.tags(),
                depends_on: if self.needs_server { outages.to_vec() } else { Vec::new() },
            }
        })
    }

    fn key(&self, state: State) -> String {
        key("posemo.topic", &[self.name, state.name()])
    }

    /// Counts the states of checks, and of checks in each database.
    fn formula(&self, state: State) -> String {
        let sum = format!("sum(last_foreach(//posemo.weight[*,*]?[tag=\"topic:{}\"]))", self.name);
        match state {
            State::Unknown => format!("floor({sum}/10000000000)"),
            State::Critical => format!("mod(floor({sum}/100000),100000)"),
            State::Warning | State::Ok => format!("mod({sum},100000)"),
        }
    }

    fn tags(&self) -> Vec<Tag> {
        vec![("topic", self.name.to_owned())]
    }
}
