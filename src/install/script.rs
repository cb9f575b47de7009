//! The script of an installation: steps, each in one database, of pieces with a condition.
//!
//! It is only text: `admin` applies it to a server, and `psql.rs` prints it for psql.

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
