//! `posemo.toml`, word for word.
//!
//! Whether the names in it exist is not known here.

use indexmap::IndexMap;
use serde::Deserialize;

use super::catalog::CatalogEntry;
use super::receiver::ReceiverEntry;

/// The whole document.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
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

/// A target: libpq's keywords, less those that are secrets, and what is said of its checks.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TargetEntry {
    pub(super) host: Option<String>,
    pub(super) hostaddr: Option<String>,
    /// A number, or a list as text for several hosts.
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
    /// posemo's own keyword: a password may go over a connection without TLS.
    pub(super) allow_cleartext: Option<bool>,
    /// posemo's schema on the server.
    pub(super) schema: Option<String>,
    /// Not in `[defaults]`.
    #[serde(default)]
    pub(super) groups: Vec<String>,
    /// Not in `[defaults]`.
    #[serde(default)]
    pub(super) checks: IndexMap<String, CheckEntry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupEntry {
    #[serde(default)]
    pub(super) checks: IndexMap<String, CheckEntry>,
}

/// What is said of a check, everywhere, in a group or for a target.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckEntry {
    pub(super) enabled: Option<bool>,
    pub(super) interval: Option<String>,
    pub(super) warning: Option<String>,
    pub(super) critical: Option<String>,
    #[serde(default)]
    pub(super) thresholds: IndexMap<String, LevelsEntry>,
    #[serde(default)]
    pub(super) arguments: IndexMap<String, toml::Value>,
    #[serde(default)]
    pub(super) objects: IndexMap<String, ObjectEntry>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LevelsEntry {
    pub(super) warning: Option<String>,
    pub(super) critical: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ObjectEntry {
    pub(super) enabled: Option<bool>,
    pub(super) warning: Option<String>,
    pub(super) critical: Option<String>,
    #[serde(default)]
    pub(super) thresholds: IndexMap<String, LevelsEntry>,
}

impl CheckEntry {
    /// The levels that are for the main metric.
    pub(super) fn main(&self) -> LevelsEntry {
        LevelsEntry { warning: self.warning.clone(), critical: self.critical.clone() }
    }
}

impl ObjectEntry {
    /// The levels that are for the main metric.
    pub(super) fn main(&self) -> LevelsEntry {
        LevelsEntry { warning: self.warning.clone(), critical: self.critical.clone() }
    }
}
