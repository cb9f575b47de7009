//! A valid check: its queries, its owner, the servers that it is for, and how its rows are judged.

use std::sync::Arc;
use std::time::Duration;

use super::covers::Covered;
use super::databases::DatabaseList;
use super::document::CheckDocument;
use super::extension::Extension;
use super::function::{Argument, Column, ColumnRole, ColumnType, FunctionSignature};
use super::owner_set::OwnerSet;
use super::server_version::Majors;
use crate::catalog::thresholds::{SuggestedRate, Thresholds};
use crate::finding::report::{Outage, ServerRole};
use crate::finding::{Severity, State};

pub use super::manifest::{DocsForm, ExpectedRows, Scope, ScriptDatabases};

/// The greatest limit for the rows of a query. Functions return one row more, so that cut off rows are noticed.
pub const MOST_ROWS: u32 = 100_000;

/// One check of the catalog.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of check.toml or another fact")]
pub struct Check {
    /// The name of its folder, its function, its settings section and its service, and the prefix of its metrics.
    pub name: String,
    /// The folder, as messages name it.
    pub place: String,
    /// Whether it is part of the program. Its queries are trusted, as posemo's tests lint them.
    pub shipped: bool,
    /// One line: what it watches.
    pub summary: String,
    /// One of [`TOPICS`](super::TOPICS).
    pub topic: String,
    /// The scope of each query that does not set its own.
    pub scope: Scope,
    /// The databases for its queries of scope `database`.
    pub databases: DatabaseList,
    /// Whether its script runs once or for each database.
    pub script_databases: ScriptDatabases,
    /// The form of the argument `docs` of its script.
    pub docs: DocsForm,
    /// The check runs only on servers with this role; on all servers where absent.
    pub role: Option<ServerRole>,
    /// A standby repeats the answer of its primary, so the check runs there only with `replicated_checks`.
    pub replicated: bool,
    /// The owner set: the privileges of the role that owns its functions.
    pub owner: String,
    /// The tables of the owner set, if it is one of a user.
    pub own_owner: Option<Arc<OwnerSet>>,
    /// How often a schedule should run it.
    pub interval: Duration,
    /// How long a problem must last before a monitoring system alarms.
    pub hold: Option<Duration>,
    /// Whether runs include it. Otherwise it runs only where the user names it or the settings enable it.
    pub by_default: bool,
    /// Whether its call writes to WAL and must be committed: only a check that is part of posemo can.
    pub writes: bool,
    /// Whether its query returns digests of the definitions of built-in objects: only a check that is part of posemo can.
    pub digests: bool,
    /// What it replaces in other tools.
    pub covers: Vec<Covered>,
    /// Rules of security assessments that it answers, such as `CIS 4.3`.
    pub references: Arc<[String]>,
    /// The first version of posemo with this check.
    pub since: Option<String>,
    /// The major versions of PostgreSQL that it is for.
    pub servers: Majors,
    /// The extension whose functions its queries call.
    pub requires: Option<&'static Extension>,
    /// Whether its script gets the list of PostgreSQL's versions.
    pub advisories: bool,
    /// Whether each row is a problem.
    pub expected: ExpectedRows,
    /// The severity of a row that is a problem, and of a boolean metric that is false.
    pub severity: Severity,
    /// The state if the server does not answer.
    pub no_answer: State,
    /// The state if all connections of the server are in use.
    pub too_many_connections: State,
    /// The number of rows that are judged, where the settings do not set another one.
    pub row_limit: u32,
    /// The author states that the query returns the rows that the script judges worst first.
    pub worst_first: bool,
    /// The check to use instead of a deprecated one.
    pub deprecated: Option<String>,
    /// Former names. Commands and settings accept them.
    pub was: Vec<String>,
    /// The arguments; settings give them values for each target.
    pub arguments: Vec<Argument>,
    /// At least one query; none if the check judges a document.
    pub queries: Vec<Query>,
    /// The document whose rows it judges. Such a check has no function and calls no server.
    pub document: Option<CheckDocument>,
    /// The default thresholds, from check.toml.
    pub thresholds: Thresholds,
    /// Thresholds on rates that are in force only where settings contain them.
    pub suggested: Vec<SuggestedRate>,
    /// The Starlark source of `evaluate.star`; thresholds judge a check without a script.
    pub script: Option<String>,
    /// The text of `README.md`.
    pub readme: String,
}

/// One query of a check, and its function.
#[derive(Debug, Clone)]
pub struct Query {
    /// Name, arguments and columns of the function.
    pub signature: FunctionSignature,
    /// Where the query runs.
    pub scope: Scope,
    /// The text of `query.sql`.
    pub text: String,
    /// The text for servers older than a major version, the oldest version first.
    pub before: Vec<(u32, String)>,
}

/// Whether a script defines the function that returns findings.
pub(super) fn returns_findings(source: &str) -> bool {
    source.lines().any(|line| line.starts_with("def check_context("))
}

impl Query {
    /// The text for servers of a major version.
    pub fn text_for(&self, major: u32) -> &str {
        let variant = self.before.iter().find(|(before, _)| major < *before);
        variant.map_or(&self.text, |(_, text)| text)
    }
}

impl Check {
    /// The role that owns its functions.
    pub fn owner_role(&self) -> String {
        match &self.own_owner {
            Some(own) => own.role(),
            None => format!("posemo_{}", self.owner),
        }
    }

    /// Whether its queries may read tables of users.
    pub fn reads_tables_of_users(&self) -> bool {
        self.owner == "plain" || self.own_owner.is_some()
    }

    /// Whether it can alarm without thresholds in the settings.
    pub fn can_alarm(&self) -> bool {
        let is_boolean = |column: &Column| column.sql_type == ColumnType::Boolean;
        let has_rows = self.expected == ExpectedRows::None || self.metrics().any(is_boolean);
        self.script_judges()
            || !self.thresholds.levels.is_empty()
            || has_rows && self.severity.state() != State::Ok
    }

    /// Whether its script returns findings, so that thresholds judge only if they are set.
    ///
    /// The script of a check with a document may only make the rows.
    pub fn script_judges(&self) -> bool {
        let judges = |source: &String| self.document.is_none() || returns_findings(source);
        self.script.as_ref().is_some_and(judges)
    }

    /// Its queries of a scope.
    pub fn queries_of(&self, scope: Scope) -> impl Iterator<Item = &Query> {
        self.queries.iter().filter(move |query| query.scope == scope)
    }

    /// Whether it has a query of a scope.
    pub fn has_query_of(&self, scope: Scope) -> bool {
        self.queries_of(scope).next().is_some()
    }

    /// The state for an outage of the server.
    pub fn state_for(&self, outage: Outage) -> State {
        match outage {
            Outage::NoAnswer => self.no_answer,
            Outage::TooManyConnections => self.too_many_connections,
        }
    }

    /// The section "What to do" of its README.
    pub fn what_to_do(&self) -> String {
        let is_heading = |line: &&str| {
            line.starts_with('#') && line.trim_start_matches('#').trim() == "What to do"
        };
        let below = self.readme.lines().skip_while(|line| !is_heading(line)).skip(1);
        let section: Vec<&str> = below.take_while(|line| !line.starts_with('#')).collect();
        section.join("\n").trim().to_owned()
    }

    /// The columns of all its queries, or those of its document.
    pub fn columns(&self) -> impl Iterator<Item = &Column> {
        let of_document = self.document.iter().flat_map(|document| &document.rows.columns);
        self.queries.iter().flat_map(|query| &query.signature.columns).chain(of_document)
    }

    /// The columns that are metrics.
    pub fn metrics(&self) -> impl Iterator<Item = &Column> {
        self.columns().filter(|column| column.role == ColumnRole::Metric)
    }

    /// The metric that a threshold without a name refers to: the first with thresholds in check.toml, or the only
    /// one. An error is the message for the user.
    pub fn main_metric(&self) -> Result<&str, String> {
        if let Some(first) = self.thresholds.levels.keys().next() {
            return Ok(first);
        }
        let is_number = |column: &&Column| column.sql_type != ColumnType::Boolean;
        let names: Vec<&str> =
            self.metrics().filter(is_number).map(|column| column.name.as_str()).collect();
        match names.as_slice() {
            [one] => Ok(one),
            [] => Err(format!("{} has no metric for a threshold", self.name)),
            several => Err(format!(
                "{} has several metrics; name one of them: {}",
                self.name,
                several.join(", ")
            )),
        }
    }
}
