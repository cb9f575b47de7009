//! The section `[history]`: where `posemo serve` keeps what it knows, how long and how much.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::state::state_directory;
use crate::text::interval;
use crate::text::mistake::Mistakes;
use crate::text::toml::TomlDocument;

/// The section, as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HistoryEntry {
    store: Option<String>,
    changes: Option<String>,
    values: Option<String>,
    hours: Option<String>,
    most: Option<String>,
    lease: Option<String>,
}

/// Where the history is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum HistoryStore {
    /// In a file in the directory for state.
    #[default]
    Usual,
    /// In this file.
    File(PathBuf),
    /// On a server: a service, a string of key=value pairs, or a URI.
    Server(String),
    /// Nowhere: after a restart nothing is known.
    Nowhere,
}

/// The settings of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistorySettings {
    /// Where it is kept.
    pub store: HistoryStore,
    /// How long changes of states, and acts of users, are kept.
    pub changes: Duration,
    /// How long values of metrics are kept.
    pub values: Duration,
    /// How long the minimum, average and maximum of each hour are kept.
    pub hours: Duration,
    /// The size of the file in bytes at which the oldest values are removed, then the oldest hours, acts and changes.
    pub most: u64,
    /// How long a node of a history on a server holds its targets without a sign of life.
    pub lease: Duration,
}

/// The shortest and the longest lease.
const LEASES: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(300)];

impl Default for HistorySettings {
    fn default() -> HistorySettings {
        HistorySettings {
            store: HistoryStore::Usual,
            changes: Duration::from_secs(400 * 86_400),
            values: Duration::from_secs(2 * 86_400),
            hours: Duration::from_secs(400 * 86_400),
            most: 2 << 30,
            lease: Duration::from_secs(15),
        }
    }
}

impl HistorySettings {
    /// The file; absent if nothing is kept. The error is the message for the user.
    pub fn path(&self) -> Result<Option<PathBuf>, &'static str> {
        match &self.store {
            HistoryStore::Nowhere => Ok(None),
            HistoryStore::File(path) => Ok(Some(path.clone())),
            HistoryStore::Server(_) => Err("the history is on a server, and not in a file"),
            HistoryStore::Usual => match state_directory() {
                Some(directory) => Ok(Some(directory.join("history.db"))),
                None => Err("no history is kept, as $HOME is not set: set store in [history]"),
            },
        }
    }
}

/// The settings of the section. Mistakes are added, and their values are left out.
pub(super) fn history(
    entry: &HistoryEntry,
    document: TomlDocument<'_>,
    mistakes: &mut Mistakes,
) -> HistorySettings {
    let mut settings = HistorySettings::default();
    let mut keep = |key: &str, message: String| {
        mistakes.push(document.mistake(&["history", key], message));
    };
    match entry.store.as_deref() {
        None => {}
        Some("none") => settings.store = HistoryStore::Nowhere,
        Some(text) if text.starts_with("postgres://") || text.starts_with("postgresql://") => {
            settings.store = HistoryStore::Server(text.to_owned());
        }
        Some(text) if text.starts_with("postgres:") => match text["postgres:".len()..].trim() {
            "" => {
                let message = "write \"postgres:SERVICE\" or \"postgres:host=NAME\"";
                keep("store", message.to_owned());
            }
            server => settings.store = HistoryStore::Server(server.to_owned()),
        },
        Some(text) => match text.strip_prefix("sqlite:").map(PathBuf::from) {
            Some(path) if path.is_absolute() => settings.store = HistoryStore::File(path),
            _ => keep(
                "store",
                format!(
                    "\"{text}\" is not a store; write \"sqlite:/var/lib/posemo/history.db\", \"postgres:SERVICE\", \"postgres:host=NAME\" or \"none\""
                ),
            ),
        },
    }
    for (key, text, time) in [
        ("changes", &entry.changes, &mut settings.changes),
        ("values", &entry.values, &mut settings.values),
        ("hours", &entry.hours, &mut settings.hours),
    ] {
        match text.as_deref().map(interval::parse) {
            None => {}
            Some(Ok(kept)) => *time = kept,
            Some(Err(message)) => keep(key, message),
        }
    }
    match entry.most.as_deref().map(bytes) {
        None => {}
        Some(Some(most)) => settings.most = most,
        Some(None) => {
            keep("most", "write a size of at least 1MiB, as in 500MiB or 2GiB".to_owned());
        }
    }
    match entry.lease.as_deref().map(interval::parse) {
        None => {}
        Some(Ok(lease)) if LEASES[0] <= lease && lease <= LEASES[1] => settings.lease = lease,
        Some(Ok(_)) => keep("lease", "write a time from 2s to 5m".to_owned()),
        Some(Err(message)) => keep("lease", message),
    }
    let is_on_a_server = entry.store.as_ref().is_some_and(|store| store.starts_with("postgres"));
    if entry.lease.is_some() && !is_on_a_server {
        keep("lease", "it has no effect without store = \"postgres:…\"; remove it".to_owned());
    }
    settings
}

/// The bytes of a size in MiB or GiB.
fn bytes(text: &str) -> Option<u64> {
    let (number, shift) = match (text.strip_suffix("MiB"), text.strip_suffix("GiB")) {
        (Some(number), _) => (number, 20),
        (_, Some(number)) => (number, 30),
        _ => return None,
    };
    let number: u64 = number.trim().parse().ok()?;
    number.checked_mul(1 << shift).filter(|bytes| *bytes > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_a_unit() {
        for (text, expected) in [("1MiB", 1 << 20), ("500 MiB", 500 << 20), ("2GiB", 2 << 30)] {
            assert_eq!(bytes(text), Some(expected));
        }
        for wrong in ["", "2", "2GB", "0MiB", "-1MiB", "99999999999999GiB"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }
}
