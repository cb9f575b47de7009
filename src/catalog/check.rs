//! A check, validated: what is asked, of whom, as whom, and how the answer is to be judged.
//!
//! It is made of a folder once; nobody validates it again.

use std::time::Duration;

use super::function::{Argument, Column, ColumnRole, ColumnType, FunctionSignature};
use super::server_version::Majors;
use crate::catalog::thresholds::Thresholds;
use crate::finding::Severity;
use crate::finding::report::ServerRole;

pub use super::manifest::{Databases, Docs, Expected, Scope};

/// One check of the catalogue.
#[derive(Debug, Clone)]
pub struct Check {
    /// Its folder, its function, its settings section, its service name and its metric prefix.
    pub name: String,
    /// The folder, as a user would find it.
    pub place: String,
    /// Whether it came with the program, whose tests have looked at it.
    pub shipped: bool,
    /// What is watched, in one line.
    pub summary: String,
    /// One of [`TOPICS`](super::TOPICS).
    pub topic: String,
    /// Once for the server, or in every database: what holds for queries of which nothing else is said.
    pub scope: Scope,
    /// What its script is given of the databases.
    pub databases: Databases,
    /// What its script is given as `docs`.
    pub docs: Docs,
    /// Only on a server of this role; on any, if none.
    pub role: Option<ServerRole>,
    /// The privilege set of the functions' owner.
    pub owner: String,
    /// How often a schedule should run it.
    pub interval: Duration,
    /// The version of posemo that brought it.
    pub since: Option<String>,
    /// The majors it exists for.
    pub servers: Majors,
    /// Whether each row is a problem.
    pub expected: Expected,
    /// The severity of a row that is a problem, and of a boolean metric that is false.
    pub severity: Severity,
    /// More rows than this are cut off by the server, and the cut is a finding.
    pub row_limit: u32,
    /// What to use instead, where the check is on its way out.
    pub deprecated: Option<String>,
    /// Former names, which keep working.
    pub was: Vec<String>,
    /// What can be set per target.
    pub arguments: Vec<Argument>,
    /// At least one.
    pub queries: Vec<Query>,
    /// As the manifest has them.
    pub thresholds: Thresholds,
    /// The Starlark source, where thresholds cannot say it.
    pub script: Option<String>,
    /// The page for people.
    pub readme: String,
}

/// One query of a check, and the function that it becomes.
#[derive(Debug, Clone)]
pub struct Query {
    /// Name and shape of the function.
    pub signature: FunctionSignature,
    /// Once for the server, or in every database.
    pub scope: Scope,
    /// The text for servers that are not older than any variant.
    pub text: String,
    /// Texts for servers older than a major, the oldest first.
    pub before: Vec<(u32, String)>,
}

impl Query {
    /// The text for servers of a major.
    pub fn text_for(&self, major: u32) -> &str {
        let variant = self.before.iter().find(|(before, _)| major < *before);
        variant.map_or(&self.text, |(_, text)| text)
    }
}

impl Check {
    /// Its queries that are asked where a scope says.
    pub fn queries_of(&self, scope: Scope) -> impl Iterator<Item = &Query> {
        self.queries.iter().filter(move |query| query.scope == scope)
    }

    /// Whether it has a query of a scope.
    pub fn is_asked(&self, scope: Scope) -> bool {
        self.queries_of(scope).next().is_some()
    }

    /// What to do where it finds something: that section of its README.
    pub fn what_to_do(&self) -> String {
        let is_it = |line: &&str| {
            line.starts_with('#') && line.trim_start_matches('#').trim() == "What to do"
        };
        let below = self.readme.lines().skip_while(|line| !is_it(line)).skip(1);
        let section: Vec<&str> = below.take_while(|line| !line.starts_with('#')).collect();
        section.join("\n").trim().to_owned()
    }

    /// Its columns, of all queries.
    pub fn columns(&self) -> impl Iterator<Item = &Column> {
        self.queries.iter().flat_map(|query| &query.signature.columns)
    }

    /// The columns that are numbers with thresholds, or could have some.
    pub fn metrics(&self) -> impl Iterator<Item = &Column> {
        self.columns().filter(|column| column.role == ColumnRole::Metric)
    }

    /// The metric that a threshold without a name is for: the first that has thresholds in the manifest,
    /// or the only one there is.
    pub fn main_metric(&self) -> Result<&str, String> {
        if let Some(first) = self.thresholds.levels.keys().next() {
            return Ok(first);
        }
        let ranged = |column: &&Column| column.sql_type != ColumnType::Boolean;
        let names: Vec<&str> =
            self.metrics().filter(ranged).map(|column| column.name.as_str()).collect();
        match names.as_slice() {
            [one] => Ok(one),
            [] => Err(format!("{} has no metric that a threshold could be for", self.name)),
            several => Err(format!(
                "{} has several metrics; name the one that is meant: {}",
                self.name,
                several.join(", ")
            )),
        }
    }
}
