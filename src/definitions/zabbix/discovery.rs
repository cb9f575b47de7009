//! Discovery rules of the template: the databases in which a check runs, and the objects that it measures.
//!
//! posemo sends the lists with each report that contains all of them.

use crate::catalog::check::Scope;
use crate::catalog::function::Column;
use crate::finding::metric::Unit;

use super::item::{ItemSource, TemplateItem, ValueType, state_items};
use super::parts::{LIFETIME, tags, uuid};
use super::topics::weight;
use super::trigger::{Trigger, limit_triggers, state_triggers};
use crate::definitions::TemplateCheck;
use crate::definitions::yaml::Yaml;
use crate::output::zabbix::key;

/// The rule for the databases of a check that runs in each database. A template by topic counts the states in each instead of
/// having triggers for them.
pub(super) fn database_rule(
    template_check: &TemplateCheck,
    outages: &[Yaml],
    by_topic: bool,
) -> Option<Yaml> {
    let check = &template_check.check;
    if !check.has_query_of(Scope::Database) {
        return None;
    }
    let mut tags = tags(&check.name, &check.topic);
    tags.push(("database", "{#DATABASE}".to_owned()));
    let parameters = [check.name.as_str(), "{#DATABASE}"];
    let place = " ({#DATABASE})";
    let mut items = state_items(&check.name, &parameters, place, &check.summary, &tags).to_vec();
    let triggers = state_triggers(&check.name, &check.what_to_do(), &parameters, place, &tags)
        .map(|trigger| trigger.held(template_check.hold, &parameters));
    let triggers = if by_topic { Vec::new() } else { prototypes(triggers, outages) };
    if by_topic {
        items.push(weight(&check.name, Some(parameters[1]), place, &tags));
    }
    Some(rule("posemo.discovery.databases", &check.name, "databases", items, triggers))
}

/// The rule for the objects that a check measures.
pub(super) fn object_rule(template_check: &TemplateCheck, outages: &[Yaml]) -> Option<Yaml> {
    let check = &template_check.check;
    let mut tags = tags(&check.name, &check.topic);
    tags.push(("database", "{#DATABASE}".to_owned()));
    tags.push(("object", "{#OBJECT}".to_owned()));
    let columns: Vec<&Column> = check.metrics().collect();
    if columns.is_empty() {
        return None;
    }
    let items = columns.iter().map(|column| {
        let parameters = [check.name.as_str(), &column.name, "{#DATABASE}", "{#OBJECT}"];
        let item = TemplateItem {
            kind: "item prototype",
            key: key("posemo.metric", &parameters),
            name: format!("{}: {}{{#PLACE}}", check.name, column.name.replace('_', " ")),
            description: &column.help,
            values: ValueType::Float,
            units: units(column.unit),
            map: None,
            tags: &tags,
            source: ItemSource::Sent,
        };
        item.yaml()
    });
    let triggers = columns.iter().flat_map(|column| limit_triggers(template_check, column, &tags));
    let triggers = prototypes(triggers, outages);
    Some(rule("posemo.discovery.objects", &check.name, "objects", items.collect(), triggers))
}

/// The prototypes of triggers, which depend on the triggers for outages of the server.
fn prototypes(triggers: impl IntoIterator<Item = Trigger>, outages: &[Yaml]) -> Vec<Yaml> {
    let dependent = |trigger| Trigger { depends_on: outages.to_vec(), ..trigger };
    triggers.into_iter().map(|trigger| dependent(trigger).yaml("trigger prototype")).collect()
}

fn rule(name: &str, check: &str, what: &str, items: Vec<Yaml>, triggers: Vec<Yaml>) -> Yaml {
    let key = key(name, &[check]);
    // An unchanged list needs no work.
    let unchanged = Yaml::Map(vec![
        ("type", "DISCARD_UNCHANGED_HEARTBEAT".into()),
        ("parameters", vec!["1h".into()].into()),
    ]);
    Yaml::Map(vec![
        uuid("discovery rule", &key),
        ("name", format!("{check}: {what}").into()),
        ("type", "TRAP".into()),
        ("key", key.into()),
        ("delay", "0".into()),
        ("lifetime", LIFETIME.into()),
        ("item_prototypes", items.into()),
        ("trigger_prototypes", triggers.into()),
        ("preprocessing", vec![unchanged].into()),
    ])
}

/// The unit in Zabbix, which shortens large numbers by it.
fn units(unit: Unit) -> &'static str {
    match unit {
        Unit::Percent => "%",
        Unit::Bytes => "B",
        Unit::Seconds => "s",
        Unit::None | Unit::Count | Unit::Ratio | Unit::Boolean => "",
    }
}
