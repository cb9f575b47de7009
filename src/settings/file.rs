//! The tables and keys of `posemo.toml`, as they are written.
//!
//! It does not check whether the names in it exist.

use std::path::PathBuf;

use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use super::history::HistoryEntry;
use super::maintenance::MaintenanceEntry;
use super::receiver::entry::ReceiverEntry;
use super::serve::ServeEntry;
use super::source::ThresholdLevel;
use super::suppression::SuppressionEntry;

/// The whole document.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SettingsFile {
    #[serde(default)]
    pub(super) catalog: CatalogEntry,
    #[serde(default)]
    pub(super) defaults: TargetEntry,
    #[serde(default)]
    pub(super) checks: IndexMap<String, CheckEntry>,
    #[serde(default)]
    pub(super) groups: IndexMap<String, GroupEntry>,
    #[serde(default)]
    pub(super) targets: IndexMap<String, TargetEntry>,
    #[serde(default)]
    pub(super) receivers: IndexMap<String, ReceiverEntry>,
    #[serde(default)]
    pub(super) suppressions: IndexMap<String, SuppressionEntry>,
    #[serde(default)]
    pub(super) serve: ServeEntry,
    #[serde(default)]
    pub(super) history: HistoryEntry,
    #[serde(default)]
    pub(super) maintenance: IndexMap<String, MaintenanceEntry>,
}

/// The document as a command reads it before it knows the checks. A wrong name of a section is a mistake, as it may be
/// meant to require signatures.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CatalogOnly {
    #[serde(default)]
    pub(super) catalog: CatalogEntry,
    #[serde(default, rename = "defaults")]
    _defaults: IgnoredAny,
    #[serde(default, rename = "checks")]
    _checks: IgnoredAny,
    #[serde(default, rename = "groups")]
    _groups: IgnoredAny,
    #[serde(default, rename = "targets")]
    _targets: IgnoredAny,
    #[serde(default, rename = "receivers")]
    _receivers: IgnoredAny,
    #[serde(default, rename = "suppressions")]
    _suppressions: IgnoredAny,
    #[serde(default, rename = "serve")]
    _serve: IgnoredAny,
    #[serde(default, rename = "history")]
    _history: IgnoredAny,
    #[serde(default, rename = "maintenance")]
    _maintenance: IgnoredAny,
}

/// The section `[catalog]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CatalogEntry {
    /// Folders and archives with checks of your own. A relative path begins at the folder of the settings file.
    pub(super) paths: Option<Vec<Spanned<PathBuf>>>,
    #[serde(default)]
    pub(super) require_signature: bool,
    #[serde(default)]
    pub(super) keys: Vec<Spanned<String>>,
}

/// A section `[targets.NAME]` or `[defaults]`: libpq's keywords without the secret ones, and settings of checks.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TargetEntry {
    pub(super) host: Option<String>,
    pub(super) hostaddr: Option<String>,
    /// A number, or a text with a list for several hosts.
    pub(super) port: Option<toml::Value>,
    pub(super) user: Option<String>,
    pub(super) dbname: Option<String>,
    pub(super) service: Option<String>,
    pub(super) passfile: Option<String>,
    pub(super) sslmode: Option<String>,
    pub(super) sslrootcert: Option<String>,
    pub(super) sslcert: Option<String>,
    pub(super) sslkey: Option<String>,
    pub(super) sslnegotiation: Option<String>,
    pub(super) channel_binding: Option<String>,
    pub(super) require_auth: Option<String>,
    pub(super) connect_timeout: Option<u32>,
    pub(super) target_session_attrs: Option<String>,
    /// posemo's own keyword: whether a password may be sent over a connection without TLS.
    pub(super) allow_cleartext: Option<bool>,
    /// Patterns for the databases to monitor.
    pub(super) databases: Option<Vec<String>>,
    /// The name of posemo's schema on the server.
    pub(super) schema: Option<String>,
    /// Whether checks run on a standby that repeats their answers from its primary.
    pub(super) replicated_checks: Option<bool>,
    /// The state of the target, and of each of its checks, if the server does not answer.
    pub(super) no_answer: Option<String>,
    /// The name of a profile, or the path of its file.
    pub(super) profile: Option<String>,
    /// The documents of checks without a query. Not allowed in `[defaults]`.
    #[serde(default)]
    pub(super) documents: IndexMap<String, DocumentEntry>,
    /// Not allowed in `[defaults]`.
    #[serde(default)]
    pub(super) groups: Vec<String>,
    /// Not allowed in `[defaults]`.
    #[serde(default)]
    pub(super) checks: IndexMap<String, CheckEntry>,
}

/// A document of a target: its path, or a table with the path.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    untagged,
    expecting = "must be the path of a file, or a table such as { path = \"/srv/pgbackrest.json\", age = \"2h\" }"
)]
pub(super) enum DocumentEntry {
    Path(PathBuf),
    Table(DocumentTable),
}

/// The path of a document, and the age at which it is too old.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DocumentTable {
    pub(super) path: PathBuf,
    pub(super) age: Option<String>,
}

/// A section `[groups.NAME]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupEntry {
    #[serde(default)]
    pub(super) checks: IndexMap<String, CheckEntry>,
}

/// A section `[checks.NAME]`, of all targets, a group or a target.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckEntry {
    pub(super) enabled: Option<bool>,
    pub(super) interval: Option<String>,
    pub(super) hold: Option<String>,
    pub(super) confirm: Option<u32>,
    pub(super) release: Option<u32>,
    pub(super) recheck: Option<String>,
    pub(super) databases: Option<Vec<String>>,
    pub(super) row_limit: Option<u32>,
    warning: Option<String>,
    critical: Option<String>,
    #[serde(default)]
    pub(super) thresholds: IndexMap<String, RangeEntry>,
    #[serde(default)]
    pub(super) arguments: IndexMap<String, toml::Value>,
    #[serde(default)]
    pub(super) objects: IndexMap<String, ObjectEntry>,
}

/// The ranges of a metric.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RangeEntry {
    warning: Option<String>,
    critical: Option<String>,
    pub(super) window: Option<String>,
}

impl RangeEntry {
    pub(super) fn get(&self, level: ThresholdLevel) -> Option<&str> {
        match level {
            ThresholdLevel::Warning => self.warning.as_deref(),
            ThresholdLevel::Critical => self.critical.as_deref(),
        }
    }
}

/// A section `[….objects.NAME]` of a check.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ObjectEntry {
    /// Patterns for the databases of the objects.
    #[serde(default)]
    pub(super) databases: Vec<String>,
    pub(super) enabled: Option<bool>,
    pub(super) warning: Option<String>,
    pub(super) critical: Option<String>,
    #[serde(default)]
    pub(super) thresholds: IndexMap<String, RangeEntry>,
}

impl CheckEntry {
    /// The ranges of the main metric.
    pub(super) fn main(&self) -> RangeEntry {
        RangeEntry { warning: self.warning.clone(), critical: self.critical.clone(), window: None }
    }
}

impl ObjectEntry {
    /// The ranges of the main metric.
    pub(super) fn main(&self) -> RangeEntry {
        RangeEntry { warning: self.warning.clone(), critical: self.critical.clone(), window: None }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const PAGE: &str = include_str!("../../docs/settings.md");

    /// The keys that a section accepts. The message about an unknown key lists them.
    fn accepted(section: &str) -> BTreeSet<String> {
        let text = format!("{section}zzz = 1\n");
        let error = toml::from_str::<SettingsFile>(&text).expect_err(section);
        let list = error.message().split('`').skip(3).step_by(2).map(str::to_owned);
        list.collect()
    }

    /// The keys in the table below a heading of the page.
    fn on_page(heading: &str) -> BTreeSet<String> {
        let (_, rest) = PAGE.split_once(&format!("\n{heading}\n")).expect(heading);
        let section = rest.find("\n#").map_or(rest, |end| &rest[..end]);
        let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
        rows.map(|(key, _)| key.to_owned()).collect()
    }

    #[test]
    fn the_page_has_each_key() {
        for (heading, section) in [
            ("## `[catalog]`", "[catalog]\n"),
            ("## `[targets.NAME]`", "[targets.x]\n"),
            ("## `[targets.NAME]`", "[defaults]\n"),
            ("## `[groups.NAME]`", "[groups.x]\n"),
            ("## `[checks.NAME]`", "[checks.x]\n"),
            ("### `[thresholds.METRIC]`", "[checks.x.thresholds.y]\n"),
            ("### `[objects.PATTERN]`", "[checks.x.objects.y]\n"),
            ("### `[thresholds.METRIC]`", "[checks.x.objects.y.thresholds.z]\n"),
            ("## `[serve]`", "[serve]\n"),
            ("## `[history]`", "[history]\n"),
            ("## `[maintenance.NAME]`", "[maintenance.x]\nfor = '1h'\n"),
            ("## `[suppressions.NAME]`", "[suppressions.x]\n"),
            ("## `[receivers.NAME]`", "[receivers.x]\nkind = 'nagios'\n"),
        ] {
            assert_eq!(on_page(heading), accepted(section), "{section}");
        }
        let sections = accepted("");
        let headings =
            PAGE.lines().filter_map(|line| line.strip_prefix("## `[")?.split_once(['.', ']']));
        let mut headings: BTreeSet<String> = headings.map(|(name, _)| name.to_owned()).collect();
        headings.insert("defaults".to_owned());
        assert_eq!(headings, sections);
    }
}
