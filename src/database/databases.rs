//! Which databases of a server have checks, and which should have them.

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::cell::LossyText;
use super::error::DatabaseError;
use super::probe::quoted;
use super::session::Session;
use crate::catalog::monitor::{MARK, SCHEMA_MARK};
use crate::text::sql::literal;

/// Databases of a server at most.
const MOST_DATABASES: usize = 10_000;

/// A database, other than the home database, in which per-database checks are installed or should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonitoredDatabase {
    /// Its name.
    pub name: String,
    /// The role that owns posemo's schema in the home database.
    pub installer: u32,
    /// Whether it allows connections.
    pub open: bool,
    /// Whether checks are installed there. If not, the database was created or restored after the installation.
    pub installed: bool,
}

/// Whether database `d` allows connections of the monitor role.
const OPEN: &str = "d.datallowconn AND d.datconnlimit NOT IN (-2, 0)";

/// Whether checks are installed in database `d`, for an expression with the monitor role: the installer granted CONNECT to
/// it, as the owner of the database. The grant is compared whole, as that needs no join. A database in which the monitor
/// role has privileges counts too, so that revoking CONNECT does not hide it.
fn installed(monitor: &str) -> String {
    format!(
        "(coalesce(pg_catalog.aclcontains(d.datacl, pg_catalog.makeaclitem({monitor}, d.datdba, 'CONNECT', false)), false)
          OR EXISTS (SELECT FROM pg_catalog.pg_shdepend AS s WHERE s.refclassid = 1260
            AND s.refobjid = {monitor} AND s.dbid = d.oid AND s.deptype = 'a'))"
    )
}

/// The databases in which checks are installed for the current role.
///
/// In a new session, PostgreSQL plans this in half the time of [`monitored`], which matters for a plugin call.
fn installed_for_current_role() -> String {
    format!(
        "SELECT d.datname::pg_catalog.text, (SELECT n.nspowner FROM pg_catalog.pg_namespace AS n
           WHERE n.oid = pg_catalog.to_regnamespace($1)), {OPEN}, true
         FROM pg_catalog.pg_database AS d WHERE d.datname <> pg_catalog.current_database() AND {}",
        installed("current_user::pg_catalog.regrole")
    )
}

/// The databases in which checks are installed or should be.
///
/// The monitor role is the current role if it has USAGE on posemo's schema, else the role with posemo's comment that has
/// it: a superuser can run the checks too. The comment of the schema contains the databases that should have checks:
/// `true` for all, or their names. The home databases of other installations have posemo's comment. With `all`, databases
/// that need no checks are returned too.
fn monitored(all: bool) -> String {
    let wanted = if all { "true" } else { "wanted" };
    format!(
        "WITH home AS MATERIALIZED (
           SELECT n.nspowner, coalesce((SELECT a.grantee FROM pg_catalog.aclexplode(n.nspacl) AS a
               WHERE a.privilege_type = 'USAGE' AND a.grantee NOT IN (0, n.nspowner)
               ORDER BY a.grantee = current_user::pg_catalog.regrole DESC,
                 coalesce(pg_catalog.shobj_description(a.grantee, 'pg_authid') = {mark}, false) DESC, a.grantee
               LIMIT 1), current_user::pg_catalog.regrole) AS monitor,
             CASE WHEN r.record ~ {schema_mark} THEN r.record::pg_catalog.jsonb -> 'databases' END AS wanted
           FROM pg_catalog.pg_namespace AS n
           CROSS JOIN LATERAL (SELECT pg_catalog.obj_description(n.oid, 'pg_namespace')) AS r(record)
           WHERE n.oid = pg_catalog.to_regnamespace($1)
         ), database AS (
           SELECT d.datname::pg_catalog.text AS name, h.nspowner, {OPEN} AS open, {installed} AS installed,
             NOT d.datistemplate AND CASE pg_catalog.jsonb_typeof(h.wanted)
               WHEN 'boolean' THEN coalesce(pg_catalog.shobj_description(d.oid, 'pg_database'), '') <> {mark}
               WHEN 'array' THEN h.wanted ? d.datname::pg_catalog.text
               ELSE false END AS wanted
           FROM pg_catalog.pg_database AS d CROSS JOIN home AS h
           WHERE d.datname <> pg_catalog.current_database()
         )
         SELECT name, nspowner, open, installed FROM database WHERE installed OR {wanted} AND open",
        mark = literal(MARK),
        schema_mark = literal(SCHEMA_MARK),
        installed = installed("h.monitor")
    )
}

/// Whether database `$1` exists and meets a condition. While it is dropped or moved, it is locked.
fn exists(condition: &str) -> String {
    format!(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_database AS d
           WHERE d.datname::pg_catalog.text = $1 AND {condition}
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_locks AS l WHERE l.locktype = 'object' AND l.classid = 1262
               AND l.objid = d.oid AND l.mode = 'AccessExclusiveLock'))"
    )
}

impl Session {
    /// Whether a database was dropped or renamed, or is being dropped or moved: then an error there is not an error
    /// of its checks.
    pub async fn lost_database(&self, name: &str) -> bool {
        self.lacks_database(name, "d.datconnlimit <> -2").await
    }

    /// The same, or whether the database no longer allows connections.
    pub async fn lost_or_closed_database(&self, name: &str) -> bool {
        self.lacks_database(name, OPEN).await
    }

    async fn lacks_database(&self, name: &str, condition: &str) -> bool {
        // The server does not know a name in which invalid bytes were replaced.
        if name.contains(char::REPLACEMENT_CHARACTER) {
            return false;
        }
        let rows = self.typed_rows(&exists(condition), &[(&name, Type::TEXT)], 1).await;
        rows.is_ok_and(|rows| rows.first().is_some_and(|row| matches!(row.try_get(0), Ok(false))))
    }

    /// The databases, except this one, in which checks are installed for the current role. Sorted by name.
    pub async fn installed_databases(
        &self,
        schema: &str,
    ) -> Result<Vec<MonitoredDatabase>, DatabaseError> {
        self.databases(&installed_for_current_role(), schema).await
    }

    /// The databases, except this one, in which checks are installed or should be. Sorted by name.
    pub async fn monitored_databases(
        &self,
        schema: &str,
    ) -> Result<Vec<MonitoredDatabase>, DatabaseError> {
        self.databases(&monitored(false), schema).await
    }

    /// All databases, except this one, in which checks are installed or that allow connections. Sorted by name.
    pub async fn all_databases(
        &self,
        schema: &str,
    ) -> Result<Vec<MonitoredDatabase>, DatabaseError> {
        self.databases(&monitored(true), schema).await
    }

    async fn databases(
        &self,
        query: &str,
        schema: &str,
    ) -> Result<Vec<MonitoredDatabase>, DatabaseError> {
        let rows = self.typed_rows(query, &[(&quoted(schema), Type::TEXT)], MOST_DATABASES).await?;
        let mut databases = rows.iter().map(database).collect::<Result<Vec<_>, _>>()?;
        databases.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(databases)
    }
}

fn database(row: &Row) -> Result<MonitoredDatabase, DatabaseError> {
    Ok(MonitoredDatabase {
        name: row.try_get::<_, LossyText>(0)?.0,
        // Without a schema in the home database no role is trusted.
        installer: row.try_get::<_, Option<u32>>(1)?.unwrap_or_default(),
        open: row.try_get(2)?,
        installed: row.try_get(3)?,
    })
}
