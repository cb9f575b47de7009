//! The template for Zabbix 6.0 and newer: items, what is discovered, and what raises an alarm.
//!
//! Its keys are those of `output::zabbix`, and it holds no host: one template serves all of them.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::Definition;
use super::yaml::Node;
use crate::finding::State;
use crate::settings::receiver::lifetime;
use crate::text::interval;
use alarm::Alarm;
use discovery::{databases, objects};

mod alarm;
mod discovery;

/// The template's name, which is a part of every expression.
const TEMPLATE: &str = "posemo";

/// How long what is no longer discovered is kept.
const LIFETIME: &str = "{$POSEMO.LIFETIME}";

/// The template; `interval` is how often reports are sent.
pub fn template(definitions: &[Definition], interval: Duration) -> String {
    let mut alarms = vec![dead(), unreachable()];
    let mut items = items_of_host();
    for Definition { check, .. } in definitions {
        let tags = tags(&check.name, &check.topic);
        items.extend(state_items(&check.name, &[&check.name], "", &check.summary, &tags));
        alarms.extend(alarm::of_states(check, &[&check.name], "", &tags));
    }
    let rules = definitions
        .iter()
        .flat_map(|definition| [databases(definition), objects(definition)].into_iter().flatten());
    let group =
        Node::Map(vec![uuid("group", "Templates/posemo"), ("name", "Templates/posemo".into())]);
    let of_group = Node::Map(vec![("name", "Templates/posemo".into())]);
    let template = Node::Map(vec![
        uuid("template", TEMPLATE),
        ("template", TEMPLATE.into()),
        ("name", TEMPLATE.into()),
        ("description", "PostgreSQL as posemo sees it, sent by posemo run --send".into()),
        ("groups", vec![of_group].into()),
        ("items", items.into()),
        ("discovery_rules", rules.collect::<Vec<_>>().into()),
        ("macros", macros(definitions, interval).into()),
        ("valuemaps", vec![states(), reached()].into()),
    ]);
    let alarms = alarms.iter().map(|alarm| alarm.node("trigger")).collect::<Vec<_>>();
    let export = Node::Map(vec![
        ("version", "6.0".into()),
        ("groups", vec![group].into()),
        ("templates", vec![template].into()),
        ("triggers", alarms.into()),
    ]);
    Node::Map(vec![("zabbix_export", export)]).document()
}

/// A line of the template with what makes it the same thing in the next version: an identifier in the shape
/// of a random one, made of kind and name.
fn uuid(kind: &str, name: &str) -> (&'static str, Node) {
    let mut hash: [u8; 32] = Sha256::digest(format!("posemo zabbix {kind} {name}")).into();
    hash[6] = hash[6] & 0x0f | 0x40;
    hash[8] = hash[8] & 0x3f | 0x80;
    let text = hash[..16].iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    ("uuid", text.into())
}

/// What kind of values an item has.
#[derive(Clone, Copy)]
enum Values {
    Text,
    Whole,
    Number,
}

/// An item, or a prototype of one, that is told its values.
struct Item<'a> {
    kind: &'static str,
    key: String,
    name: String,
    description: &'a str,
    values: Values,
    units: &'static str,
    map: Option<&'static str>,
    tags: &'a [(&'static str, String)],
}

impl Item<'_> {
    fn node(&self) -> Node {
        let trends = if matches!(self.values, Values::Text) { "0" } else { "365d" };
        let mut entries = vec![
            uuid(self.kind, &self.key),
            ("name", self.name.as_str().into()),
            ("type", "TRAP".into()),
            ("key", self.key.as_str().into()),
            ("delay", "0".into()),
            ("history", "31d".into()),
            ("trends", trends.into()),
        ];
        match self.values {
            Values::Text => entries.push(("value_type", "TEXT".into())),
            Values::Number => entries.push(("value_type", "FLOAT".into())),
            Values::Whole => {}
        }
        if !self.units.is_empty() {
            entries.push(("units", self.units.into()));
        }
        if !self.description.is_empty() {
            entries.push(("description", self.description.into()));
        }
        if let Some(map) = self.map {
            entries.push(("valuemap", Node::Map(vec![("name", map.into())])));
        }
        entries.push(("tags", tag_nodes(self.tags)));
        Node::Map(entries)
    }
}

fn items_of_host() -> Vec<Node> {
    let tags = tags("posemo", "availability");
    let item = |key: &str, name: &str, values, map| {
        let (key, name) = (key.to_owned(), name.to_owned());
        Item { kind: "item", key, name, description: "", values, units: "", map, tags: &tags }
            .node()
    };
    let mut items = vec![
        item("posemo.up", "posemo: server reached", Values::Whole, Some("posemo reached")),
        item("posemo.state", "posemo: worst state", Values::Whole, Some("posemo state")),
        item("posemo.summary", "posemo: summary", Values::Text, None),
        item("posemo.server.version", "PostgreSQL: version", Values::Text, None),
        item("posemo.server.role", "PostgreSQL: role", Values::Text, None),
    ];
    items.extend(State::ALL.map(|state| {
        let (key, name) = (key("posemo.checks", &[state.name()]), state.label());
        item(&key, &format!("posemo: checks that are {name}"), Values::Whole, None)
    }));
    items
}

/// The three items that say how a check stands, once or in each database.
fn state_items(
    check: &str,
    parameters: &[&str],
    place: &str,
    description: &str,
    tags: &[(&'static str, String)],
) -> [Node; 3] {
    let kind = if place.is_empty() { "item" } else { "item prototype" };
    [
        ("posemo.state", "state", Values::Whole, Some("posemo state")),
        ("posemo.summary", "summary", Values::Text, None),
        ("posemo.findings", "findings", Values::Text, None),
    ]
    .map(|(name, what, values, map)| {
        let (key, name) = (key(name, parameters), format!("{check}: {what}{place}"));
        Item { kind, key, name, description, values, units: "", map, tags }.node()
    })
}

/// Nobody reports for a host any more.
fn dead() -> Alarm {
    Alarm {
        name: "posemo has not reported for {$POSEMO.NODATA}".to_owned(),
        expression: format!("nodata(/{TEMPLATE}/posemo.up,{{$POSEMO.NODATA}})=1"),
        priority: "HIGH",
        tags: tags("posemo", "availability"),
        ..Alarm::default()
    }
}

/// The server could not be asked.
fn unreachable() -> Alarm {
    Alarm {
        name: "PostgreSQL could not be asked".to_owned(),
        event_name: Some("PostgreSQL could not be asked: {ITEM.LASTVALUE2}".to_owned()),
        expression: format!(
            "last(/{TEMPLATE}/posemo.up)=0 and length(last(/{TEMPLATE}/posemo.summary))>=0"
        ),
        priority: "HIGH",
        tags: tags("posemo", "availability"),
        ..Alarm::default()
    }
}

/// What a user may set otherwise for a host, or in a context.
fn macros(definitions: &[Definition], interval: Duration) -> Vec<Node> {
    let entry = |name: &str, value: &str, description: &str| {
        Node::Map(vec![
            ("macro", name.into()),
            ("value", value.into()),
            ("description", description.into()),
        ])
    };
    let mut macros = vec![
        entry(
            "{$POSEMO.NODATA}",
            &interval::write(lifetime(interval)),
            "Alarm if nothing is told for so long",
        ),
        entry(LIFETIME, "1d", "How long what is gone from the server is kept"),
        entry(
            "{$POSEMO.LIMITS}",
            "0",
            "1 for an alarm for each object that is beyond a limit below; context: the check",
        ),
    ];
    for definition in definitions {
        for limit in alarm::limits(definition) {
            let description = format!(
                "Limit for {} of {}; context: the object",
                limit.metric, definition.check.name
            );
            macros.push(entry(&format!("{{${}}}", limit.name), &limit.value, &description));
        }
    }
    macros
}

fn states() -> Node {
    value_map(
        "posemo state",
        &State::ALL.map(|state| (state.exit_code().to_string(), state.label())),
    )
}

fn reached() -> Node {
    value_map("posemo reached", &[("0".to_owned(), "no"), ("1".to_owned(), "yes")])
}

fn value_map(name: &'static str, mappings: &[(String, &str)]) -> Node {
    let mapping = |(value, word): &(String, &str)| {
        Node::Map(vec![("value", value.as_str().into()), ("newvalue", (*word).into())])
    };
    let mappings = mappings.iter().map(mapping).collect::<Vec<_>>();
    Node::Map(vec![uuid("value map", name), ("name", name.into()), ("mappings", mappings.into())])
}

/// Tags by which problems are routed.
fn tags(check: &str, topic: &str) -> Vec<(&'static str, String)> {
    vec![("check", check.to_owned()), ("topic", topic.to_owned())]
}

fn tag_nodes(tags: &[(&'static str, String)]) -> Node {
    let node = |(tag, value): &(&'static str, String)| {
        Node::Map(vec![("tag", (*tag).into()), ("value", value.as_str().into())])
    };
    tags.iter().map(node).collect::<Vec<_>>().into()
}

fn key(name: &str, parameters: &[&str]) -> String {
    crate::output::zabbix::key(name, parameters)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::catalog::Catalog;

    fn definitions() -> Vec<Definition> {
        let checks = Catalog::embedded().checks().unwrap().into_iter();
        checks.map(|check| Definition { thresholds: check.thresholds.clone(), check }).collect()
    }

    fn identifiers(template: &str) -> Vec<&str> {
        let lines = template.lines().filter_map(|line| line.split_once("uuid: "));
        lines.map(|(_, quoted)| quoted.trim_matches('"')).collect()
    }

    #[test]
    fn identifiers_are_random_in_shape_unique_and_the_same_again() {
        let all = definitions();
        let template = template(&all, Duration::from_secs(300));
        let found = identifiers(&template);
        let unique: BTreeSet<&str> = found.iter().copied().collect();
        assert!(found.len() > 100 && unique.len() == found.len(), "{}", found.len());
        for identifier in &found {
            let digits: Vec<char> = identifier.chars().collect();
            assert_eq!((digits.len(), digits[12]), (32, '4'), "{identifier}");
            assert!("89ab".contains(digits[16]), "{identifier}");
        }
        // Other thresholds, intervals and neighbours make no other things.
        let mut one = all[all.len() - 1].clone();
        one.thresholds.levels.values_mut().for_each(|levels| {
            levels.warning = levels.warning.as_ref().map(|_| "1".parse().unwrap());
        });
        let other = super::template(&[one], Duration::from_secs(30));
        assert!(identifiers(&other).iter().all(|identifier| unique.contains(identifier)));
        assert!(other.contains("\"2m\"") && template.contains("\"20m\""), "{other}");
    }

    #[test]
    fn limits_are_macros_and_alarms_name_them_for_each_object() {
        let template = template(&definitions(), Duration::from_secs(300));
        for expected in [
            "macro: \"{$POSEMO.SEQUENCE_USAGE.USED.CRITICAL}\"\n          value: \"95\"",
            "used,{#DATABASE},{#OBJECT}])>{$POSEMO.SEQUENCE_USAGE.USED.WARNING:\\\"{#OBJECT}\\\"} and last(",
            "units: \"B\"",
            "nodata(/posemo/posemo.up,{$POSEMO.NODATA})=1",
        ] {
            assert!(template.contains(expected), "{expected}");
        }
    }
}
