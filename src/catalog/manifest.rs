//! The keys of `check.toml` as they are written.
//!
//! It validates keys and types; `validate` checks the values.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::function::{ColumnRole, Measurement, WorstEnd};

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of check.toml")]
pub(super) struct Manifest {
    pub(super) summary: String,
    #[serde(default = "availability")]
    pub(super) topic: String,
    #[serde(default)]
    pub(super) scope: Scope,
    pub(super) databases: Option<DatabasesEntry>,
    pub(super) script: Option<ScriptDatabases>,
    pub(super) docs: Option<DocsForm>,
    #[serde(default)]
    pub(super) role: RoleEntry,
    #[serde(default)]
    pub(super) replicated: bool,
    #[serde(default = "plain")]
    pub(super) owner: String,
    #[serde(default = "five_minutes")]
    pub(super) interval: String,
    pub(super) hold: Option<String>,
    #[serde(default = "yes")]
    pub(super) by_default: bool,
    #[serde(default)]
    pub(super) writes: bool,
    #[serde(default)]
    pub(super) digests: bool,
    #[serde(default)]
    pub(super) covers: Vec<String>,
    #[serde(default)]
    pub(super) references: Vec<String>,
    pub(super) since: Option<String>,
    pub(super) servers: Option<String>,
    pub(super) requires: Option<String>,
    /// The document whose rows it judges, instead of those of a query.
    pub(super) document: Option<String>,
    #[serde(default)]
    pub(super) advisories: bool,
    pub(super) document_age: Option<String>,
    #[serde(default)]
    pub(super) rows: ExpectedRows,
    #[serde(default = "warning")]
    pub(super) severity: String,
    pub(super) no_answer: Option<String>,
    pub(super) too_many_connections: Option<String>,
    #[serde(default = "thousand")]
    pub(super) row_limit: u32,
    #[serde(default)]
    pub(super) worst_first: bool,
    pub(super) deprecated: Option<String>,
    #[serde(default)]
    pub(super) was: Vec<String>,
    #[serde(default)]
    pub(super) arguments: IndexMap<String, ArgumentEntry>,
    #[serde(default)]
    pub(super) columns: IndexMap<String, ColumnEntry>,
    /// Scope and columns of each query of a check with several, by the number of the query.
    #[serde(default)]
    pub(super) queries: IndexMap<String, QueryEntry>,
    #[serde(default)]
    pub(super) thresholds: IndexMap<String, ThresholdEntry>,
    /// Thresholds on rates, which settings can take over.
    #[serde(default)]
    pub(super) suggested: IndexMap<String, SuggestedEntry>,
}

/// The databases in which a query runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// The home database: once for the server.
    #[default]
    Cluster,
    /// Each database in which the check is installed.
    Database,
}

/// The key `databases`: the databases of the check, or the older form of the key `script`.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    untagged,
    expecting = "must be a list of databases, or, for a check with a script, \"together\" or \"apart\""
)]
pub(super) enum DatabasesEntry {
    List(Vec<String>),
    Script(ScriptDatabases),
}

/// Whether a script runs once for all databases or once for each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScriptDatabases {
    /// Once, with the rows of all databases by name.
    #[default]
    Together,
    /// Once for each database, with the rows of that database.
    Apart,
}

/// The form of the argument `docs` of a script.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DocsForm {
    /// A list with one item for each query.
    #[default]
    List,
    /// The item of the only query, without a list around it.
    Rows,
}

/// The servers on which a check runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RoleEntry {
    #[default]
    Any,
    Primary,
    Standby,
}

/// The meaning of the rows of a check.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExpectedRows {
    /// Facts: thresholds or a script judge them.
    #[default]
    Any,
    /// Problems: each row is a finding.
    None,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ArgumentEntry {
    #[serde(rename = "type")]
    pub(super) sql_type: String,
    pub(super) default: toml::Value,
    pub(super) minimum: Option<f64>,
    pub(super) maximum: Option<f64>,
    /// The words that are allowed for a text; any text where absent.
    #[serde(default)]
    pub(super) values: Vec<String>,
    /// Whether a text is a list with commas.
    #[serde(default)]
    pub(super) list: bool,
    /// What the runner gives as the value.
    pub(super) measured: Option<Measurement>,
    #[serde(default)]
    pub(super) help: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnEntry {
    #[serde(rename = "type")]
    pub(super) sql_type: String,
    #[serde(default = "metric")]
    pub(super) role: ColumnRole,
    #[serde(default = "gauge")]
    pub(super) kind: String,
    #[serde(default = "none")]
    pub(super) unit: String,
    pub(super) worst: Option<WorstEnd>,
    /// What the runner measures and sets as the value.
    pub(super) measured: Option<Measurement>,
    #[serde(default)]
    pub(super) help: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct QueryEntry {
    /// The scope; absent for the scope of the check.
    pub(super) scope: Option<Scope>,
    pub(super) columns: IndexMap<String, ColumnEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ThresholdEntry {
    pub(super) warning: Option<String>,
    pub(super) critical: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SuggestedEntry {
    pub(super) warning: Option<String>,
    pub(super) critical: Option<String>,
    pub(super) window: Option<String>,
}

fn availability() -> String {
    "availability".to_owned()
}

fn yes() -> bool {
    true
}

fn plain() -> String {
    "plain".to_owned()
}

fn five_minutes() -> String {
    "5m".to_owned()
}

fn warning() -> String {
    "warning".to_owned()
}

fn thousand() -> u32 {
    1000
}

fn metric() -> ColumnRole {
    ColumnRole::Metric
}

fn gauge() -> String {
    "gauge".to_owned()
}

fn none() -> String {
    "none".to_owned()
}
