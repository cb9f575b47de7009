//! Why an installation script cannot be written.
//!
//! Errors of a server are reported by the database room.

use crate::template::TemplateError;

/// Why a script cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// A template of `sql/` cannot be read: a defect of this build.
    #[error("the template {name} cannot be read")]
    Template {
        /// File and section.
        name: String,
        /// The cause.
        source: TemplateError,
    },
    /// A template of `sql/` cannot be rendered: a defect of this build.
    #[error("the template {name} cannot be rendered")]
    Render {
        /// File and section.
        name: String,
        /// The cause.
        source: TemplateError,
    },
    /// The file of a privilege set contains a statement that is not a grant.
    #[error(
        "sql/owners/{set}.sql: \"{statement}\" is not a grant of a role, of SELECT on a relation of pg_catalog or of EXECUTE on a function of pg_catalog"
    )]
    Grant {
        /// The set.
        set: String,
        /// The statement.
        statement: String,
    },
    /// PostgreSQL would truncate a name.
    #[error("the name of the {what} \"{name}\" is {} bytes long; PostgreSQL truncates names to 63 bytes", name.len())]
    LongName {
        /// The object that the name is for.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// The predefined role does not exist before 16.
    #[error(
        "--reserved-connections: PostgreSQL {major} has no role pg_use_reserved_connections; 16 and later have it"
    )]
    NoReservedConnections {
        /// The server's major version.
        major: u32,
    },
    /// psql cannot connect to a database with this name.
    #[error(
        "the name of the database {database:?} contains a control character, which psql's \\connect cannot read; run the command without --print"
    )]
    Unprintable {
        /// The database.
        database: String,
    },
}
