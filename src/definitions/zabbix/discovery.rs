//! What Zabbix discovers: the databases that a check is asked in, and the objects that it measures.
//!
//! Which there are it is told by every report that knows all of them.

use crate::catalog::check::Scope;
use crate::catalog::function::Column;
use crate::finding::metric::Unit;

use super::{Definition, Item, LIFETIME, Values, alarm, key, state_items, tags, uuid};
use crate::definitions::yaml::Node;

/// The rule for the databases of a check that is asked in each of them.
pub(super) fn databases(definition: &Definition) -> Option<Node> {
    let check = &definition.check;
    if !check.has_query_of(Scope::Database) {
        return None;
    }
    let mut tags = tags(&check.name, &check.topic);
    tags.push(("database", "{#DATABASE}".to_owned()));
    let parameters = [check.name.as_str(), "{#DATABASE}"];
    let place = " ({#DATABASE})";
    let items = state_items(&check.name, &parameters, place, &check.summary, &tags);
    let alarms = alarm::of_states(check, &parameters, place, &tags);
    let alarms = alarms.iter().map(|alarm| alarm.node("trigger prototype")).collect();
    Some(rule("posemo.discovery.databases", &check.name, "databases", items.into(), alarms))
}

/// The rule for what a check measures.
pub(super) fn objects(definition: &Definition) -> Option<Node> {
    let check = &definition.check;
    let mut tags = tags(&check.name, &check.topic);
    tags.push(("database", "{#DATABASE}".to_owned()));
    tags.push(("object", "{#OBJECT}".to_owned()));
    let columns: Vec<&Column> = check.metrics().collect();
    if columns.is_empty() {
        return None;
    }
    let items = columns.iter().map(|column| {
        let parameters = [check.name.as_str(), &column.name, "{#DATABASE}", "{#OBJECT}"];
        let item = Item {
            kind: "item prototype",
            key: key("posemo.metric", &parameters),
            name: format!("{}: {}{{#PLACE}}", check.name, column.name.replace('_', " ")),
            description: &column.help,
            values: Values::Number,
            units: units(column.unit),
            map: None,
            tags: &tags,
        };
        item.node()
    });
    let alarms = columns.iter().flat_map(|column| alarm::of_limits(definition, column, &tags));
    let alarms = alarms.map(|alarm| alarm.node("trigger prototype")).collect();
    Some(rule("posemo.discovery.objects", &check.name, "objects", items.collect(), alarms))
}

fn rule(name: &str, check: &str, what: &str, items: Vec<Node>, alarms: Vec<Node>) -> Node {
    let key = key(name, &[check]);
    // The same list again is work for nothing.
    let unchanged = Node::Map(vec![
        ("type", "DISCARD_UNCHANGED_HEARTBEAT".into()),
        ("parameters", vec!["1h".into()].into()),
    ]);
    Node::Map(vec![
        uuid("discovery rule", &key),
        ("name", format!("{check}: {what}").into()),
        ("type", "TRAP".into()),
        ("key", key.into()),
        ("delay", "0".into()),
        ("lifetime", LIFETIME.into()),
        ("item_prototypes", items.into()),
        ("trigger_prototypes", alarms.into()),
        ("preprocessing", vec![unchanged].into()),
    ])
}

/// The sign by which Zabbix also knows how to shorten a number.
fn units(unit: Unit) -> &'static str {
    match unit {
        Unit::Percent => "%",
        Unit::Bytes => "B",
        Unit::Seconds => "s",
        Unit::None | Unit::Count | Unit::Ratio | Unit::Boolean => "",
    }
}
