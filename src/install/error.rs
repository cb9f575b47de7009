//! What can keep an installation from being written down.
//!
//! What a server says to it is the database's to report.

/// Why there is no script.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// A template of `sql/` cannot be read: a defect of this build.
    #[error("the template {name} cannot be read")]
    Template {
        /// File and section.
        name: String,
        /// Why.
        source: Box<handlebars::TemplateError>,
    },
    /// A template of `sql/` cannot be filled in: a defect of this build.
    #[error("the template {name} cannot be filled in")]
    Render {
        /// File and section.
        name: String,
        /// Why.
        source: Box<handlebars::RenderError>,
    },
    /// A privilege set says something that is no grant.
    #[error(
        "sql/owners/{set}.sql: \"{statement}\" is no grant of a role, of SELECT on a relation of pg_catalog or of EXECUTE on a function of pg_catalog"
    )]
    Grant {
        /// The set.
        set: String,
        /// The statement.
        statement: String,
    },
    /// A name is longer than PostgreSQL keeps.
    #[error("the {what} \"{name}\" is {} bytes long; PostgreSQL cuts names at 63", name.len())]
    LongName {
        /// What is named.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// psql cannot be told to connect to such a name.
    #[error(
        "the database {database:?} has a control character in its name, which psql's \\connect cannot take; do it directly, without --print"
    )]
    Unprintable {
        /// The name.
        database: String,
    },
}
