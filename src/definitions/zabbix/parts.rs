//! The parts of the template that items, triggers and discovery rules have in common.

use sha2::{Digest, Sha256};

use crate::definitions::yaml::Yaml;

/// The template's name, which is a part of every expression.
pub(super) const TEMPLATE: &str = "posemo";

/// The macro for the time that Zabbix keeps items that are no longer discovered.
pub(super) const LIFETIME: &str = "{$POSEMO.LIFETIME}";

/// A tag of items and problems.
pub(super) type Tag = (&'static str, String);

/// The entry `uuid`. It is computed from kind and name, so Zabbix recognizes the entity when a newer template is
/// imported. Zabbix requires the form of a random UUID.
pub(super) fn uuid(kind: &str, name: &str) -> (&'static str, Yaml) {
    let mut hash: [u8; 32] = Sha256::digest(format!("posemo zabbix {kind} {name}")).into();
    hash[6] = hash[6] & 0x0f | 0x40;
    hash[8] = hash[8] & 0x3f | 0x80;
    let text = hash[..16].iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    ("uuid", text.into())
}

/// The tags by which problems are routed.
pub(super) fn tags(check: &str, topic: &str) -> Vec<Tag> {
    vec![("check", check.to_owned()), ("topic", topic.to_owned())]
}

/// The list of tags in the template.
pub(super) fn tag_list(tags: &[Tag]) -> Yaml {
    let entry = |(tag, value): &Tag| {
        Yaml::Map(vec![("tag", (*tag).into()), ("value", value.as_str().into())])
    };
    tags.iter().map(entry).collect::<Vec<_>>().into()
}

/// A value map: numbers, and the words that Zabbix shows for them.
pub(super) fn value_map(name: &'static str, mappings: &[(String, &str)]) -> Yaml {
    let mapping = |(value, word): &(String, &str)| {
        Yaml::Map(vec![("value", value.as_str().into()), ("newvalue", (*word).into())])
    };
    let mappings = mappings.iter().map(mapping).collect::<Vec<_>>();
    Yaml::Map(vec![uuid("value map", name), ("name", name.into()), ("mappings", mappings.into())])
}
