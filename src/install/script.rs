//! The script of an installation: steps, each in one database, made of pieces that know when they are done.
//!
//! It is text and nothing else: who applies it, and to what, is not known here.

use super::error::InstallError;
use crate::text::visible::visible;

/// The first statements of each session under psql: what the direct installation says in its startup
/// packet. None of them looks anything up by a name that a database or a role could have bent.
pub(super) const PIN: &str = "SET search_path = pg_catalog, pg_temp;\nSET standard_conforming_strings = on;\nSET ROLE NONE;\n";

/// Everything that an installation does.
#[derive(Debug, Clone)]
pub struct Script {
    /// In this order.
    pub steps: Vec<Step>,
    /// What takes the home database away again, if this installation made it and then failed.
    pub undo: String,
    /// Checks that are left out, each with the reason.
    pub skipped: Vec<(String, String)>,
    /// What is left as it is although it should be otherwise, as the installer may not change it.
    pub notes: Vec<String>,
}

/// What is done in one database.
#[derive(Debug, Clone)]
pub struct Step {
    /// The database; the one that the installer is connected to, if none.
    pub database: Option<String>,
    /// Whether all pieces happen or none; `CREATE DATABASE` allows no transaction.
    pub transaction: bool,
    /// In this order.
    pub pieces: Vec<Piece>,
}

/// One thing that is done, unless it is done already.
#[derive(Debug, Clone)]
pub struct Piece {
    /// What it does, for people: `create role posemo_plain`.
    pub what: String,
    /// When it is done.
    pub when: When,
    /// A query that says line by line what will be changed, where that depends on what is there.
    pub names: Option<String>,
    /// One or more statements.
    pub sql: String,
    /// Whether it is about roles, which all databases share.
    pub shared: bool,
    /// Whether the statements hold a secret, and are not for showing.
    pub secret: bool,
}

/// When a piece is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// Before anything else, and always: it changes nothing that lasts, but looks, and may refuse.
    First,
    /// Where a boolean expression is not true.
    Unless(String),
    /// At the end, and always: it fails where the result is not what it should be.
    Last,
}

impl Script {
    /// The script for `psql -f`, which does what the installer does, piece by piece.
    pub fn for_psql(&self, version: &str, installer: &str) -> Result<String, InstallError> {
        let mut text = format!(
            "-- The installation of posemo {} on PostgreSQL {version}.\n\
             -- Run it as {installer}:  psql -X -d postgres -f FILE\n\\set ON_ERROR_STOP on\n\\set QUIET on\n\
             \\encoding UTF8\n{PIN}",
            env!("CARGO_PKG_VERSION")
        );
        for (check, reason) in &self.skipped {
            let left_out = ["-- Left out: ", &visible(check), ": ", &visible(reason), "\n"];
            text.push_str(&left_out.concat());
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

impl Step {
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
            // What goes through what is there, one by one, does nothing where nothing is to be done.
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
