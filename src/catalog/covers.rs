//! What a check replaces in other monitoring tools: the key `covers` of check.toml.

use std::fmt;

use crate::text::mistake::Mistake;
use crate::text::suggestion::suggestion;
use crate::text::toml::TomlDocument;

/// The tools, as check.toml writes them.
pub const PEERS: [&str; 9] = [
    "check_postgres",
    "check_pgactivity",
    "postgres_exporter",
    "pgwatch",
    "zabbix",
    "pgmonitor",
    "percona",
    "posemo",
    "pgdsat",
];

/// An item of another monitoring tool that a check replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// One of [`PEERS`].
    pub tool: &'static str,
    /// The name there: an action, a service, a collector, a metric.
    pub item: String,
}

impl fmt::Display for Covered {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.tool, self.item)
    }
}

/// Reads the list. Each item is the name of a tool, a colon, and the name of an item there.
pub(super) fn read(document: TomlDocument<'_>, texts: &[String]) -> Result<Vec<Covered>, Mistake> {
    let mut covers = Vec::with_capacity(texts.len());
    for text in texts {
        let mistake = |problem: String| document.mistake(&["covers"], problem);
        let form = || mistake(format!("\"{text}\" is not \"TOOL: ITEM\""));
        let (tool, item) = text.split_once(':').ok_or_else(form)?;
        let (tool, item) = (tool.trim(), item.trim());
        if item.is_empty() || item.chars().any(char::is_control) {
            return Err(form());
        }
        let known = PEERS.into_iter().find(|known| *known == tool);
        let unknown = || mistake(format!("unknown tool \"{tool}\"{}", suggestion(tool, PEERS)));
        let covered = Covered { tool: known.ok_or_else(unknown)?, item: item.to_owned() };
        if covers.contains(&covered) {
            return Err(mistake(format!("contains \"{text}\" twice")));
        }
        covers.push(covered);
    }
    Ok(covers)
}
