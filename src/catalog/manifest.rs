//! `check.toml`, word for word.
//!
//! Nothing is judged here beyond the shape of the document; `check` validates what the words say.

use indexmap::IndexMap;
use serde::Deserialize;

use super::function::ColumnRole;

/// The whole document.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) summary: String,
    #[serde(default = "availability")]
    pub(super) topic: String,
    #[serde(default)]
    pub(super) scope: Scope,
    #[serde(default)]
    pub(super) databases: Option<Databases>,
    pub(super) docs: Option<Docs>,
    #[serde(default)]
    pub(super) role: AskedOf,
    #[serde(default = "plain")]
    pub(super) owner: String,
    #[serde(default = "five_minutes")]
    pub(super) interval: String,
    pub(super) since: Option<String>,
    pub(super) servers: Option<String>,
    #[serde(default)]
    pub(super) rows: Expected,
    #[serde(default = "warning")]
    pub(super) severity: String,
    #[serde(default = "thousand")]
    pub(super) row_limit: u32,
    pub(super) deprecated: Option<String>,
    #[serde(default)]
    pub(super) was: Vec<String>,
    #[serde(default)]
    pub(super) arguments: IndexMap<String, ArgumentEntry>,
    #[serde(default)]
    pub(super) columns: IndexMap<String, ColumnEntry>,
    /// The columns of each query, by its number, where there are several.
    #[serde(default)]
    pub(super) queries: IndexMap<String, QueryEntry>,
    #[serde(default)]
    pub(super) thresholds: IndexMap<String, LevelsEntry>,
}

/// Where a check is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Once for the server, in the home database.
    #[default]
    Cluster,
    /// In every database where it is installed.
    Database,
}

/// What a script is given of the databases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Databases {
    /// The rows of all of them at once, by name.
    #[default]
    Together,
    /// Those of one after the other: it is run for each as if there were no other.
    Apart,
}

/// What a script is given as `docs`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Docs {
    /// A list with one item a query.
    #[default]
    List,
    /// The item of the only query by itself.
    Rows,
}

/// Which servers a check is asked of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum AskedOf {
    #[default]
    Any,
    Primary,
    Standby,
}

/// What the rows of a check are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expected {
    /// Facts, to be judged.
    #[default]
    Any,
    /// Problems, each of them: none is expected.
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
    #[serde(default)]
    pub(super) help: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct QueryEntry {
    /// The check's, where nothing is said.
    pub(super) scope: Option<Scope>,
    pub(super) columns: IndexMap<String, ColumnEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LevelsEntry {
    pub(super) warning: Option<String>,
    pub(super) critical: Option<String>,
}

fn availability() -> String {
    "availability".to_owned()
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
