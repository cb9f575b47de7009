//! Items of the template, to which posemo sends values.

use super::parts::{Tag, tag_list, tags, uuid};
use crate::definitions::yaml::Yaml;
use crate::finding::State;
use crate::output::zabbix::key;

/// The type of an item's values.
#[derive(Clone, Copy)]
pub(super) enum ValueType {
    Text,
    Integer,
    Float,
}

/// An item, or the prototype of an item.
pub(super) struct TemplateItem<'a> {
    /// `item` or `item prototype`.
    pub(super) kind: &'static str,
    pub(super) key: String,
    pub(super) name: String,
    pub(super) description: &'a str,
    pub(super) values: ValueType,
    pub(super) units: &'static str,
    /// The name of a value map.
    pub(super) map: Option<&'static str>,
    pub(super) tags: &'a [Tag],
    pub(super) source: ItemSource,
}

/// Where the values of an item come from.
pub(super) enum ItemSource {
    /// posemo sends them.
    Sent,
    /// Zabbix calculates them every minute.
    Calculated { formula: String },
    /// Zabbix calculates them from each value of another item.
    Dependent { master: String, script: &'static str },
}

impl<'a> TemplateItem<'a> {
    /// An item without key, name and unit whose values posemo sends.
    fn sent(
        kind: &'static str,
        description: &'a str,
        values: ValueType,
        map: Option<&'static str>,
        tags: &'a [Tag],
    ) -> TemplateItem<'a> {
        let (key, name, units, source) = (String::new(), String::new(), "", ItemSource::Sent);
        TemplateItem { kind, key, name, description, values, units, map, tags, source }
    }

    pub(super) fn yaml(&self) -> Yaml {
        let trends = if matches!(self.values, ValueType::Text) { "0" } else { "365d" };
        let (kind, interval) = match self.source {
            ItemSource::Sent => ("TRAP", "0"),
            ItemSource::Calculated { .. } => ("CALCULATED", "1m"),
            ItemSource::Dependent { .. } => ("DEPENDENT", "0"),
        };
        let mut entries = vec![
            uuid(self.kind, &self.key),
            ("name", self.name.as_str().into()),
            ("type", kind.into()),
            ("key", self.key.as_str().into()),
            ("delay", interval.into()),
            ("history", "31d".into()),
            ("trends", trends.into()),
        ];
        match self.values {
            ValueType::Text => entries.push(("value_type", "TEXT".into())),
            ValueType::Float => entries.push(("value_type", "FLOAT".into())),
            // The default of Zabbix.
            ValueType::Integer => {}
        }
        if !self.units.is_empty() {
            entries.push(("units", self.units.into()));
        }
        match &self.source {
            ItemSource::Sent => {}
            ItemSource::Calculated { formula } => entries.push(("params", formula.as_str().into())),
            ItemSource::Dependent { master, script } => {
                let step = Yaml::Map(vec![
                    ("type", "JAVASCRIPT".into()),
                    ("parameters", vec![(*script).into()].into()),
                ]);
                entries.push(("preprocessing", vec![step].into()));
                let master = Yaml::Map(vec![("key", master.as_str().into())]);
                entries.push(("master_item", master));
            }
        }
        if !self.description.is_empty() {
            entries.push(("description", self.description.into()));
        }
        if let Some(map) = self.map {
            entries.push(("valuemap", Yaml::Map(vec![("name", map.into())])));
        }
        entries.push(("tags", tag_list(self.tags)));
        Yaml::Map(entries)
    }
}

/// The items of a host besides those of its checks.
pub(super) fn host_items() -> Vec<Yaml> {
    let tags = tags("posemo", "availability");
    let item = |key: &str, name: &str, values, map| {
        let (key, name) = (key.to_owned(), name.to_owned());
        TemplateItem { key, name, ..TemplateItem::sent("item", "", values, map, &tags) }.yaml()
    };
    let (text, integer) = (ValueType::Text, ValueType::Integer);
    let mut items = vec![
        item("posemo.up", "posemo: server reached", integer, Some("posemo reached")),
        item("posemo.state", "posemo: worst state", integer, Some("posemo state")),
        item("posemo.summary", "posemo: summary", text, None),
        item("posemo.server.version", "PostgreSQL: version", text, None),
        item("posemo.server.role", "PostgreSQL: role", text, None),
    ];
    items.extend(State::ALL.map(|state| {
        let (key, name) = (key("posemo.checks", &[state.name()]), state.label());
        item(&key, &format!("posemo: checks that are {name}"), integer, None)
    }));
    items
}

/// The three items with the state of a check, for the server or for each database. `place` is the end of their names.
pub(super) fn state_items(
    check: &str,
    parameters: &[&str],
    place: &str,
    description: &str,
    tags: &[Tag],
) -> [Yaml; 3] {
    let kind = if place.is_empty() { "item" } else { "item prototype" };
    [
        ("posemo.state", "state", ValueType::Integer, Some("posemo state")),
        ("posemo.summary", "summary", ValueType::Text, None),
        ("posemo.findings", "findings", ValueType::Text, None),
    ]
    .map(|(name, what, values, map)| {
        let (key, name) = (key(name, parameters), format!("{check}: {what}{place}"));
        TemplateItem { key, name, ..TemplateItem::sent(kind, description, values, map, tags) }
            .yaml()
    })
}
