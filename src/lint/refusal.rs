//! Says in plain words what a server meant that refused a query.
//!
//! It goes by the SQLSTATE, as the server's own words may be in any language.

use super::complaint::{Complaint, Complaints};
use super::error::LintError;
use super::question::Question;

/// What a server said of a statement.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// Its SQLSTATE.
    pub sqlstate: String,
    /// Its words, and its hint.
    pub message: String,
    /// Where in the statement, counted in characters from 1.
    pub position: Option<u32>,
}

/// Which of the statements of a question was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Reading the query alone.
    Alone,
    /// Making a view of it.
    View,
}

/// The complaint about a query that a server refuses.
pub fn refused(question: &Question, step: Step, refusal: &Refusal) -> Complaint {
    let statement = match step {
        Step::Alone => &question.alone,
        Step::View => &question.view,
    };
    let line = refusal.position.and_then(|position| statement.line(position));
    let place = line.map_or_else(|| "query".to_owned(), |line| format!("line {line}"));
    let (rule, why, instead) = meaning(step, &refusal.sqlstate);
    let problem = format!("{why}: the server says \"{}\"", refusal.message);
    let mut complaints = Complaints::of(question.file.clone());
    complaints.add(rule, place, problem, instead);
    complaints.found().remove(0)
}

/// The complaint about a query that the server reads and posemo does not.
pub fn unreadable(question: &Question, error: &LintError) -> Complaint {
    let mut complaints = Complaints::of(question.file.clone());
    complaints.add("unreadable", "query", "cannot be judged", error.to_string());
    complaints.found().remove(0)
}

/// The rule, what it means, and what to do.
fn meaning(step: Step, sqlstate: &str) -> (&'static str, &'static str, &'static str) {
    match (step, sqlstate) {
        (Step::Alone, "42601") => (
            "syntax",
            "is not SQL by itself",
            "write one SELECT that the server can read without anything around it",
        ),
        (Step::Alone, "42P13") => (
            "one_select",
            "does not end with a SELECT that returns rows",
            "write one SELECT, or WITH and one SELECT",
        ),
        (Step::View, "42601") => (
            "one_select",
            "is more than one SELECT: a semicolon, a second statement, or SELECT INTO",
            "write one SELECT without a semicolon, and without INTO",
        ),
        (Step::View, "0A000") => (
            "writes",
            "does more than read: WITH may hold no INSERT, UPDATE, DELETE or MERGE, and nothing else may be changed",
            "write one SELECT that only reads",
        ),
        (_, "42P02") => (
            "arguments",
            "names an argument by its number, or one that there is not",
            "name the arguments as check.toml does",
        ),
        (_, "42P01" | "42703" | "42883" | "42704" | "3F000" | "42P17") => (
            "unknown_name",
            "mentions something that servers of this version do not have, or not in pg_catalog",
            "give older servers their own query.before-N.sql, or say in servers = \"14..\" which majors the check is for",
        ),
        (_, "42701") => (
            "columns",
            "returns two columns of one name",
            "name each column with AS, as check.toml declares it",
        ),
        (_, "42803") => (
            "arguments",
            "makes an aggregate of arguments alone, or mixes rows and aggregates",
            "aggregate over columns of tables",
        ),
        (_, "42702") => (
            "columns",
            "names a column that several tables have",
            "put the table's alias before it",
        ),
        (_, "55P03" | "57014") => {
            ("busy", "waits for a lock that somebody else holds", "try again later")
        }
        _ => (
            "server",
            "is refused by the server",
            "try the query in psql, with constants for the arguments",
        ),
    }
}
