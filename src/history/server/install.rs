//! Installs the tables of a history on a server, or brings them to the version of this posemo.

use super::tables::{CREATE_ROLE, DATABASE, ROLE, SCHEMA, VERSION, script};
use crate::database::error::DatabaseError;
use crate::database::parameters::{Environment, Parameters, ParametersError};
use crate::database::{Purpose, Session};
use crate::text::sql::{identifier, literal};
use crate::text::visible::visible;

/// Why the tables are not installed. Nothing was changed then, unless the server refused a statement after the database was
/// created.
#[derive(Debug, thiserror::Error)]
pub enum HistoryInstallError {
    /// The parameters of the connection are wrong.
    #[error(transparent)]
    Parameters(#[from] ParametersError),
    /// The server cannot be reached, or refused a statement.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The database has an encoding that has not all characters.
    #[error(
        "database {} has the encoding {encoding}. Use a database with UTF8: a text of a server could not be written",
        visible(database)
    )]
    Encoding {
        /// The database.
        database: String,
        /// Its encoding.
        encoding: String,
    },
    /// The role has more privileges than it may have.
    #[error(
        "role {ROLE} {0}. It must have only the privileges for the history: remove this, or drop the role, and install again. Nothing was changed"
    )]
    Role(String),
    /// The schema belongs to a role that could change what posemo writes.
    #[error(
        "schema {SCHEMA} belongs to role {}, which is neither a superuser nor the role that installs. Nothing was changed",
        visible(.0)
    )]
    Owner(String),
    /// A later posemo has installed the tables.
    #[error("the tables have version {0}, and this posemo knows {VERSION}: use the newer posemo")]
    Newer(i64),
}

/// What an installation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryInstallation {
    database: String,
    created: bool,
    before: Option<i64>,
    /// Whether the role has a password; absent if only a superuser could see it.
    has_password: Option<bool>,
}

impl HistoryInstallation {
    /// Installs or upgrades. A database that does not exist is created, if it has the usual name.
    pub async fn run(
        keywords: &[(String, String)],
    ) -> Result<HistoryInstallation, HistoryInstallError> {
        let environment = Environment::of_process();
        let parameters = &Parameters::resolve(keywords, &[("dbname", DATABASE)], &environment)?;
        let database = parameters.database().to_owned();
        let (session, created) = match Session::open(parameters, Purpose::Install).await {
            Err(error) if error.is_missing_database() && database == DATABASE => {
                create_database(parameters).await?;
                (Session::open(parameters, Purpose::Install).await?, true)
            }
            other => (other?, false),
        };
        let encoding =
            one(&session, "SELECT pg_catalog.current_setting('server_encoding')").await?;
        if encoding.as_deref() != Some("UTF8") {
            let encoding = encoding.unwrap_or_default();
            return Err(HistoryInstallError::Encoding { database, encoding });
        }
        refuse_excess(&session).await?;
        if let Some(owner) = one(&session, &foreign_owner()).await? {
            return Err(HistoryInstallError::Owner(owner));
        }
        let exists = "pg_catalog.to_regclass('posemo_history.version') IS NOT NULL";
        let before = if session.holds(exists).await? {
            let number = one(&session, "SELECT number FROM posemo_history.version").await?;
            Some(number.and_then(|number| number.parse().ok()).unwrap_or(0))
        } else {
            None
        };
        if let Some(newer) = before.filter(|before| *before > VERSION) {
            return Err(HistoryInstallError::Newer(newer));
        }
        session.apply(&format!("BEGIN;{}COMMIT;", script(before.unwrap_or(0)))).await?;
        let has_password = has_password(&session).await?;
        Ok(HistoryInstallation { database, created, before, has_password })
    }

    /// What was done, for the user.
    pub fn text(&self) -> String {
        let database = visible(&self.database);
        let created = if self.created { "created the database, and " } else { "" };
        let done = match self.before {
            None => format!("{created}installed schema {SCHEMA} and role {ROLE} in database"),
            Some(VERSION) => format!(
                "schema {SCHEMA} has version {VERSION}; set the privileges of role {ROLE} again in database"
            ),
            Some(before) => {
                format!("upgraded schema {SCHEMA} from version {before} to {VERSION} in database")
            }
        };
        let sets = format!("psql -c '\\password {ROLE}' sets one");
        let password = match self.has_password {
            Some(true) => String::new(),
            Some(false) => format!("The role has no password: {sets}.\n"),
            None => format!("If the role has no password, {sets}.\n"),
        };
        format!(
            "{done} {database}.\n{password}[history]\nstore = \"postgres:host=NAME dbname={database}\"\n"
        )
    }

    /// The script for psql, which installs in a database without a history.
    pub fn script() -> String {
        format!(
            "-- Run it as a superuser in the database of the history, of encoding UTF8:\n\
             --   psql -d {DATABASE} -v ON_ERROR_STOP=1 -1 -f FILE\n{}",
            script(0)
        )
    }
}

async fn one(session: &Session, query: &str) -> Result<Option<String>, DatabaseError> {
    Ok(session.ask(query).await?.into_iter().next().flatten())
}

/// Creates the database, in which only the role of the history may do something.
async fn create_database(parameters: &Parameters) -> Result<(), HistoryInstallError> {
    let session = Session::open(&parameters.with_database("postgres"), Purpose::Install).await?;
    // Before anything is created.
    refuse_excess(&session).await?;
    let name = identifier(DATABASE);
    session.apply(&format!("CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")).await?;
    session.apply(&format!("REVOKE ALL ON DATABASE {name} FROM PUBLIC")).await?;
    session.apply(CREATE_ROLE).await?;
    session.apply(&format!("GRANT CONNECT ON DATABASE {name} TO {}", identifier(ROLE))).await?;
    let own = Session::open(&parameters.with_database(DATABASE), Purpose::Install).await?;
    Ok(own.apply("REVOKE ALL ON SCHEMA public FROM PUBLIC").await?)
}

/// Refuses a role that has more privileges than those for the history.
async fn refuse_excess(session: &Session) -> Result<(), HistoryInstallError> {
    match one(session, &excess()).await? {
        Some(excess) => Err(HistoryInstallError::Role(excess)),
        None => Ok(()),
    }
}

/// Whether the role has a password; absent if the role that installs may not see it.
async fn has_password(session: &Session) -> Result<Option<bool>, DatabaseError> {
    let may_see =
        "(SELECT bool_and(pg_catalog.has_column_privilege('pg_catalog.pg_authid', name, 'SELECT'))
        FROM pg_catalog.unnest(ARRAY['rolname', 'rolpassword']) AS name)";
    if !session.holds(may_see).await? {
        return Ok(None);
    }
    let is_set = format!(
        "EXISTS (SELECT FROM pg_catalog.pg_authid WHERE rolname = {} AND rolpassword IS NOT NULL)",
        literal(ROLE)
    );
    session.holds(&is_set).await.map(Some)
}

/// What the role has and must not have.
fn excess() -> String {
    let attribute = |name: &str, text: &str| format!("CASE WHEN r.{name} THEN '{text}' END");
    let attributes = [
        attribute("rolsuper", "is a superuser"),
        attribute("rolcreaterole", "has CREATEROLE"),
        attribute("rolcreatedb", "has CREATEDB"),
        attribute("rolreplication", "has REPLICATION"),
        attribute("rolbypassrls", "has BYPASSRLS"),
    ];
    format!(
        "SELECT COALESCE({}, (SELECT 'is a member of role ' || pg_catalog.quote_ident(o.rolname) \
         FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles o ON o.oid = m.roleid \
         WHERE m.member = r.oid LIMIT 1)) \
         FROM pg_catalog.pg_roles r WHERE r.rolname = {}",
        attributes.join(", "),
        literal(ROLE)
    )
}

/// The owner of the schema, if that is neither a superuser nor the current role.
fn foreign_owner() -> String {
    format!(
        "SELECT r.rolname FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_roles r ON r.oid = n.nspowner \
         WHERE n.nspname = {} AND NOT r.rolsuper AND r.rolname <> current_user",
        literal(SCHEMA)
    )
}
