//! The tables and keys of `posemo.toml`, as they are written.
//!
//! It does not check whether the names in it exist.

use indexmap::IndexMap;
use serde::Deserialize;
use toml::Spanned;

use super::receiver::entry::ReceiverEntry;
use super::source::ThresholdLevel;

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
}

/// The section `[catalog]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CatalogEntry {
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
    /// The name of posemo's schema on the server.
    pub(super) schema: Option<String>,
    /// Whether checks run on a standby that repeats their answers from its primary.
    pub(super) replicated_checks: Option<bool>,
    /// The state of the target, and of each of its checks, if the server does not answer.
    pub(super) no_answer: Option<String>,
    /// Not allowed in `[defaults]`.
    #[serde(default)]
    pub(super) groups: Vec<String>,
    /// Not allowed in `[defaults]`.
    #[serde(default)]
    pub(super) checks: IndexMap<String, CheckEntry>,
}

/// A section `[groups.NAME]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupEntry {
    #[serde(default)]
    pub(super) checks: IndexMap<String, CheckEntry>,
}

/// A section `[checks.NAME]`, of all targets, a group or a target.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckEntry {
    pub(super) enabled: Option<bool>,
    pub(super) interval: Option<String>,
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
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RangeEntry {
    warning: Option<String>,
    critical: Option<String>,
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
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ObjectEntry {
    pub(super) enabled: Option<bool>,
    warning: Option<String>,
    critical: Option<String>,
    #[serde(default)]
    pub(super) thresholds: IndexMap<String, RangeEntry>,
}

impl CheckEntry {
    /// The ranges of the main metric.
    pub(super) fn main(&self) -> RangeEntry {
        RangeEntry { warning: self.warning.clone(), critical: self.critical.clone() }
    }
}

impl ObjectEntry {
    /// The ranges of the main metric.
    pub(super) fn main(&self) -> RangeEntry {
        RangeEntry { warning: self.warning.clone(), critical: self.critical.clone() }
    }
}
