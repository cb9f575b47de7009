//! Turns the error of a server that cannot analyse a query into a refusal.
//!
//! It uses the SQLSTATE, because the server's message may be in any language.

use super::error::LintError;
use super::refusal::{LintRefusal, RefusalList};
use super::statements::LintStatements;

/// The error of a server.
#[derive(Debug, Clone)]
pub struct ServerError {
    /// Its SQLSTATE.
    pub sqlstate: String,
    /// Its message and hint.
    pub message: String,
    /// The position in the statement, counted in characters from 1.
    pub position: Option<u32>,
}

/// The statement that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LintStep {
    /// The function with the query as its body.
    Alone,
    /// The view of the query.
    View,
}

/// The refusal of a query that the server cannot analyse.
pub fn refused(statements: &LintStatements, step: LintStep, error: &ServerError) -> LintRefusal {
    let statement = match step {
        LintStep::Alone => &statements.alone,
        LintStep::View => &statements.view,
    };
    let line = error.position.and_then(|position| statement.line(position));
    let place = line.map_or_else(|| "query".to_owned(), |line| format!("line {line}"));
    let (rule, why, instead) = meaning(step, &error.sqlstate);
    let problem = format!("{why}: the server reports \"{}\"", error.message);
    refusal(statements, rule, place, problem, instead.to_owned())
}

/// The refusal of a query whose parse tree posemo cannot read.
pub fn unreadable(statements: &LintStatements, error: &LintError) -> LintRefusal {
    let problem = "cannot be judged".to_owned();
    refusal(statements, "unreadable", "query".to_owned(), problem, error.to_string())
}

fn refusal(
    statements: &LintStatements,
    rule: &'static str,
    place: String,
    problem: String,
    instead: String,
) -> LintRefusal {
    let mut refusals = RefusalList::new(statements.file.clone());
    refusals.add(rule, place, problem, instead);
    refusals.into_vec().remove(0)
}

/// The rule, the problem, and the remedy.
fn meaning(step: LintStep, sqlstate: &str) -> (&'static str, &'static str, &'static str) {
    match (step, sqlstate) {
        (LintStep::Alone, "42601") => {
            ("syntax", "is not valid SQL", "write one complete SELECT statement")
        }
        (LintStep::Alone, "42P13") => (
            "one_select",
            "does not end with a SELECT that returns rows",
            "write one SELECT, or WITH and one SELECT",
        ),
        (LintStep::View, "42601") => (
            "one_select",
            "is more than one SELECT: a semicolon, a second statement, or SELECT INTO",
            "write one SELECT without a semicolon, and without INTO",
        ),
        (LintStep::View, "0A000") => (
            "writes",
            "does more than read: WITH must not contain INSERT, UPDATE, DELETE or MERGE, and the query must not change anything else",
            "write one SELECT that only reads",
        ),
        (_, "42P02") => (
            "arguments",
            "refers to an argument by its number, or to an argument that does not exist",
            "use the names of the arguments in check.toml",
        ),
        (_, "42P01" | "42703" | "42883" | "42704" | "3F000" | "42P17") => (
            "unknown_name",
            "refers to an object that servers of this version do not have, or not in pg_catalog",
            "write a query.before-N.sql for older servers, or limit the major versions of the check, as with servers = \"14..\"; name a table of users with its schema",
        ),
        (_, "42701") => (
            "columns",
            "returns two columns with the same name",
            "name each column with AS, as check.toml declares it",
        ),
        (_, "42803") => (
            "arguments",
            "aggregates only arguments, or mixes rows and aggregates",
            "aggregate columns of tables",
        ),
        (_, "42702") => (
            "columns",
            "uses the name of a column that several tables have",
            "write the alias of the table before it",
        ),
        (_, "55P03" | "57014") => {
            ("busy", "waits for a lock that another session holds", "try again later")
        }
        _ => (
            "server",
            "fails on the server",
            "run the query in psql, with constants for the arguments",
        ),
    }
}
