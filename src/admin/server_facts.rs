//! Reads the facts about a server that an installation script depends on. It changes nothing.

use std::collections::BTreeMap;

use super::error::AdminError;
use crate::catalog::check::Check;
use crate::catalog::monitor::MARK;
use crate::catalog::server_version::ServerVersion;
use crate::database::Session;
use crate::install::{self, InstallOptions};
use crate::text::sql::literal;

/// The version of a server, and the privileges of the connected role.
#[derive(Debug)]
pub struct ServerFacts {
    /// The server's version.
    pub version: ServerVersion,
    /// Whether the role is a superuser.
    pub superuser: bool,
    /// Privilege sets whose grants the role cannot make, with the reason.
    pub withheld: BTreeMap<String, String>,
}

impl ServerFacts {
    /// Reads the facts of a primary; a standby and an unsupported version are errors.
    pub(super) async fn read(session: &Session) -> Result<ServerFacts, AdminError> {
        let version = session.supported_version().await?;
        if session.holds("pg_catalog.pg_is_in_recovery()").await? {
            return Err(AdminError::Standby);
        }
        let superuser = session
            .holds(
                "(SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user)",
            )
            .await?;
        let withheld = if superuser { BTreeMap::new() } else { withheld(session, version).await? };
        Ok(ServerFacts { version, superuser, withheld })
    }
}

async fn withheld(
    session: &Session,
    version: ServerVersion,
) -> Result<BTreeMap<String, String>, AdminError> {
    let role = first(session, "SELECT current_user").await?.unwrap_or_default();
    let creates =
        "(SELECT r.rolcreaterole FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user)";
    if !session.holds(creates).await? {
        return Err(AdminError::NoCreateRole(role));
    }
    let mut withheld = BTreeMap::new();
    for required in install::required_grants(version)? {
        if !session.holds(&required.grantable).await? {
            let owner = install::owner_role(required.set);
            let reason = format!(
                "its owner role {owner} needs {}, which role {role} cannot grant",
                required.grant
            );
            withheld.entry(required.set.to_owned()).or_insert(reason);
        }
    }
    Ok(withheld)
}

/// Fails if the user named a database that does not exist.
pub(super) async fn check_names(session: &Session, named: &[String]) -> Result<(), AdminError> {
    let all = session.ask("SELECT datname FROM pg_catalog.pg_database").await?;
    let all: Vec<String> = all.into_iter().flatten().collect();
    match named.iter().find(|name| !all.contains(name)) {
        Some(missing) => Err(AdminError::no_database(missing, all.iter().map(String::as_str))),
        None => Ok(()),
    }
}

/// All databases that allow connections, without templates and invalid databases. A connection limit of 0 does not
/// concern a superuser, but the monitor role.
pub(super) async fn databases(session: &Session) -> Result<Vec<String>, AdminError> {
    let all = "SELECT datname FROM pg_catalog.pg_database WHERE datallowconn AND datconnlimit NOT IN (-2, 0) AND NOT datistemplate ORDER BY datname";
    Ok(session.ask(all).await?.into_iter().flatten().collect())
}

/// The databases with functions of this installation. Their owners are roles that posemo created, so no other role can
/// create functions that belong to them. A database that only the monitor role of another installation can use has those
/// of that installation.
pub(super) async fn installed(
    session: &Session,
    checks: &[Check],
    monitor: &str,
) -> Result<InstalledDatabases, AdminError> {
    let own = checks.iter().filter(|check| check.own_owner.is_some()).map(Check::owner_role);
    let owners: Vec<String> =
        install::owner_roles().chain(own).map(|role| literal(&role)).collect();
    let query = format!(
        "SELECT d.datname, d.datallowconn FROM pg_catalog.pg_database AS d WHERE d.datconnlimit <> -2 AND d.oid IN (
           SELECT s.dbid FROM pg_catalog.pg_shdepend AS s JOIN pg_catalog.pg_roles AS r ON r.oid = s.refobjid
           WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.deptype = 'o' AND r.rolname IN ({}))
         AND ({} OR EXISTS (SELECT FROM pg_catalog.pg_shdepend AS s JOIN pg_catalog.pg_roles AS r ON r.oid = s.refobjid
           WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.dbid = d.oid AND r.rolname = {})
           OR NOT EXISTS (SELECT FROM pg_catalog.aclexplode(d.datacl) AS a JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee
             WHERE a.privilege_type = 'CONNECT' AND r.rolcanlogin AND pg_catalog.shobj_description(r.oid, 'pg_authid') = {}))
         ORDER BY d.datname",
        owners.join(", "),
        entered(monitor),
        literal(monitor),
        literal(MARK)
    );
    let mut installed = InstalledDatabases::default();
    for mut row in session.table(&query, 2).await? {
        let list = match row[1].as_deref() {
            Some("true") => &mut installed.open,
            _ => &mut installed.closed,
        };
        list.extend(row.swap_remove(0));
    }
    Ok(installed)
}

/// The databases with functions of an installation.
#[derive(Debug, Default)]
pub(super) struct InstalledDatabases {
    /// Those that allow connections.
    pub(super) open: Vec<String>,
    /// Those that allow none.
    pub(super) closed: Vec<String>,
}

/// A home database that posemo created for another installation, or before the home database was moved.
#[derive(Debug)]
pub struct OtherHome {
    /// Its name.
    pub database: String,
    /// Whether the monitor role of this installation can connect to it.
    pub entered: bool,
}

/// The home databases that posemo created, without the one of these options.
pub(super) async fn homes(
    session: &Session,
    options: &InstallOptions,
) -> Result<Vec<OtherHome>, AdminError> {
    let query = format!(
        "SELECT {}::pg_catalog.text, d.datname FROM pg_catalog.pg_database AS d
         WHERE pg_catalog.shobj_description(d.oid, 'pg_database') = {} AND d.datname <> {} ORDER BY d.datname",
        entered(&options.monitor),
        literal(MARK),
        literal(&options.home)
    );
    let rows = session.table(&query, 2).await?;
    let home = |row: Vec<Option<String>>| {
        let mut values = row.into_iter().map(Option::unwrap_or_default);
        let entered = values.next().as_deref() == Some("true");
        OtherHome { database: values.next().unwrap_or_default(), entered }
    };
    Ok(rows.into_iter().map(home).collect())
}

/// Whether a role has CONNECT on database `d`: a boolean SQL expression.
fn entered(role: &str) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.aclexplode(d.datacl) AS a JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee
           WHERE r.rolname = {} AND a.privilege_type = 'CONNECT')",
        literal(role)
    )
}

async fn first(session: &Session, query: &str) -> Result<Option<String>, AdminError> {
    Ok(session.ask(query).await?.into_iter().flatten().next())
}
