//! The script of an installation: steps, each in one database, of pieces with a condition.
//!
//! It is only text: `admin` applies it to a server, and psql can run it.

use super::error::InstallError;
use crate::text::visible::visible;

/// The first statements of each session under psql; the direct installation sets the same in its startup packet.
/// No setting of a database or a role changes their meaning.
pub(super) const PIN: &str = "SET search_path = pg_catalog, pg_temp;\nSET standard_conforming_strings = on;\nSET ROLE NONE;\n";

/// All changes of an installation or of its removal.
#[derive(Debug, Clone)]
pub struct Script {
    /// In this order.
    pub steps: Vec<ScriptStep>,
    /// The statement that drops the home database, if this installation created it and then failed.
    pub undo: String,
    /// Checks that are not installed, each with the reason.
    pub skipped: Vec<(String, String)>,
    /// Deviations that remain because the installing role cannot change them.
    pub notes: Vec<String>,
}

/// The changes in one database.
#[derive(Debug, Clone, Default)]
pub struct ScriptStep {
    /// The database; nothing for the database of the connection.
    pub database: Option<String>,
    /// Whether all pieces are applied or none; `CREATE DATABASE` cannot run in a transaction.
    pub transaction: bool,
    /// In this order.
    pub pieces: Vec<Piece>,
    /// A query that returns the names of the functions that exist exactly as they should.
    pub exact: Option<String>,
    /// A query that returns the functions of checks that the catalog does not contain. They remain.
    pub unknown: Option<String>,
    /// A query that returns the checks that this database cannot have: the name, whether the extension of the check is
    /// `missing` or something else is wrong with it, and what to do.
    pub inapplicable: Option<String>,
}

/// One change, made unless it is made already.
#[derive(Debug, Clone)]
pub struct Piece {
    /// A description for people: `create role posemo_plain`.
    pub what: String,
    /// The condition.
    pub when: When,
    /// A query that returns the changes, one per row, if they depend on the objects that exist.
    pub names: Option<String>,
    /// One or more statements.
    pub sql: String,
    /// Whether it changes roles, which all databases share.
    pub shared: bool,
    /// Whether the statements contain a secret and must not be printed.
    pub secret: bool,
    /// The function that it creates. It is needed unless the step's query `exact` returns the name. The condition of the
    /// piece is for psql, and knows only that the piece before it has dropped outdated functions.
    pub function: Option<String>,
    /// Whether it needs an extension in the database, which a new database does not have.
    pub extension: bool,
}

/// When a piece is applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// Always, before all other pieces: it checks preconditions and can fail; it changes only the session.
    First,
    /// If a boolean SQL expression is not true.
    Unless(String),
    /// Always, after all other pieces: it fails if the result is not as expected.
    Last,
}

impl Script {
    /// The script for `psql -f`, which makes the same changes as `posemo install`.
    pub fn for_psql(&self, version: &str, installer: &str) -> Result<String, InstallError> {
        let mut text = format!(
            "-- Installs posemo {} on PostgreSQL {version}.\n\
             -- Run it as {installer}:  psql -X -d postgres -f FILE\n\\set ON_ERROR_STOP on\n\\set QUIET on\n\
             \\encoding UTF8\n{PIN}",
            env!("CARGO_PKG_VERSION")
        );
        for (check, reason) in &self.skipped {
            let skipped = ["-- Not installed: ", &visible(check), ": ", &visible(reason), "\n"];
            text.push_str(&skipped.concat());
        }
        for note in &self.notes {
            text.push_str(&["-- Note: ", &visible(note), "\n"].concat());
        }
        for step in &self.steps {
            text.push_str(&step.for_psql()?);
        }
        text.push_str("\n\\echo 'posemo: installed'\n");
        Ok(text)
    }
}

impl ScriptStep {
    pub(super) fn for_psql(&self) -> Result<String, InstallError> {
        let mut text = String::new();
        if let Some(database) = &self.database {
            let connect = ["\n\\connect -reuse-previous=on ", &connect_argument(database)?, "\n"];
            text.push_str(&connect.concat());
            text.push_str(PIN);
        }
        if self.transaction {
            text.push_str("BEGIN;\n");
        }
        for piece in &self.pieces {
            text.push_str(&piece.for_psql());
        }
        if self.transaction {
            text.push_str("COMMIT;\n");
        }
        Ok(text)
    }
}

impl Piece {
    fn for_psql(&self) -> String {
        let what = visible(&self.what);
        match &self.when {
            When::First | When::Last => format!("\n-- {what}\n{}\n", self.sql),
            // These statements loop over the objects to change, so without any they change nothing.
            When::Unless(_) if self.names.is_some() => format!("\n-- {what}\n{}\n", self.sql),
            When::Unless(done) => {
                format!(
                    "\n-- {what}\nSELECT {done} AS done \\gset\n\\if :done\n\\else\n{}\n\\endif\n",
                    self.sql
                )
            }
        }
    }
}

/// `dbname='…'` in the double quotes of psql's command line.
fn connect_argument(database: &str) -> Result<String, InstallError> {
    if database.chars().any(char::is_control) {
        return Err(InstallError::Unprintable { database: database.to_owned() });
    }
    let value = database.replace('\\', "\\\\").replace('\'', "\\'").replace('"', "\"\"");
    Ok(format!("\"dbname='{value}'\""))
}
