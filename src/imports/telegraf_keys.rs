//! Reads tables of Telegraf's settings, whose keys can be written in several ways: `min_version`, `minVersion` and `minversion`
//! are one key.

use toml::de::{DeTable, DeValue};

/// A table.
#[derive(Debug, Clone, Copy)]
pub(super) struct TelegrafTable<'t, 'i>(&'t DeTable<'i>);

/// A key without its case and underscores.
fn plain(key: &str) -> String {
    key.chars().filter(|letter| *letter != '_').flat_map(char::to_lowercase).collect()
}

impl<'t, 'i> TelegrafTable<'t, 'i> {
    /// A table.
    pub(super) fn of(table: &'t DeTable<'i>) -> TelegrafTable<'t, 'i> {
        TelegrafTable(table)
    }

    /// The value of a key, which is written without case and underscores.
    fn get(self, key: &str) -> Option<&'t DeValue<'i>> {
        let mut entries = self.0.iter();
        entries
            .find(|(name, _)| plain(name.get_ref()) == plain(key))
            .map(|(_, value)| value.get_ref())
    }

    /// The text of a key; empty texts are absent.
    pub(super) fn text(self, key: &str) -> Option<&'t str> {
        self.get(key)?.as_str().filter(|text| !text.trim().is_empty())
    }

    /// The whole number of a key, which can be a text.
    pub(super) fn whole(self, key: &str) -> Option<u32> {
        match self.get(key)? {
            DeValue::Integer(number) => number.as_str().parse().ok(),
            DeValue::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// Whether a key is true.
    pub(super) fn is_true(self, key: &str) -> bool {
        self.get(key).is_some_and(|value| value.as_bool() == Some(true))
    }

    /// The number of seconds of a key.
    pub(super) fn seconds(self, key: &str) -> Option<u64> {
        match self.get(key)? {
            DeValue::Integer(number) => super::entries::seconds(number.as_str()),
            value => super::entries::seconds(value.as_str()?),
        }
    }

    /// The texts of a list.
    pub(super) fn texts(self, key: &str) -> Vec<String> {
        match self.get(key) {
            Some(DeValue::Array(items)) => {
                items.iter().filter_map(|item| item.get_ref().as_str().map(str::to_owned)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The tables of a list, or a single table.
    pub(super) fn tables(self, key: &str) -> Vec<TelegrafTable<'t, 'i>> {
        match self.get(key) {
            Some(DeValue::Table(table)) => vec![TelegrafTable(table)],
            Some(DeValue::Array(items)) => items
                .iter()
                .filter_map(|item| match item.get_ref() {
                    DeValue::Table(table) => Some(TelegrafTable(table)),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The offset of its first key in the file.
    pub(super) fn start(self) -> usize {
        self.0.iter().map(|(key, _)| key.span().start).min().unwrap_or(0)
    }

    /// A remark on the keys that are not known.
    pub(super) fn unknown(self, known: &[&str]) -> Vec<String> {
        let names = self.0.iter().map(|(name, _)| name.get_ref().as_ref());
        let others: Vec<String> = names
            .filter(|name: &&str| !known.contains(&plain(name).as_str()))
            .map(|name| format!("`{name}`"))
            .collect();
        if others.is_empty() {
            return Vec::new();
        }
        vec![format!("These keys of the file were not read: {}.", others.join(", "))]
    }
}
