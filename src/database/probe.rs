//! The first queries of a session: what the server is, and what is installed there.
//!
//! They take one round trip. None of them makes the server plan a query over its system catalogs: in a new session
//! that would take longer than the rest of a plugin call.

use tokio_postgres::types::{ToSql, Type};

use super::cell::LossyText;
use super::error::DatabaseError;
use super::session::Session;
use super::version::{self, VERSION_NUM};
use crate::catalog::server_version::ServerVersion;
use crate::finding::report::ServerRole;
use crate::text::sql::literal;

/// Databases of a server at most.
const MOST_DATABASES: usize = 10_000;

/// What a server is, and which of posemo's functions it has.
#[derive(Debug, Clone)]
pub struct Probe {
    /// Its version.
    pub version: ServerVersion,
    /// Primary or standby.
    pub role: ServerRole,
    /// Whether posemo's schema exists.
    pub schema: bool,
    /// The functions that posemo's schema contains, of those that were searched for.
    pub functions: Vec<String>,
}

const SERVER: &str = "pg_catalog.pg_is_in_recovery(), pg_catalog.to_regnamespace($1) IS NOT NULL";

/// Whether a schema belongs to a superuser (which is a member of every role, that of `initdb` included) or
/// to the role that owns it in the home database.
const TRUSTED: &str = "coalesce((SELECT n.nspowner = $2 OR pg_catalog.pg_has_role(n.nspowner, 10::pg_catalog.oid, 'MEMBER') \
FROM pg_catalog.pg_namespace AS n WHERE n.oid = pg_catalog.to_regnamespace($1)), true)";

/// The other databases that are monitored or should be.
///
/// `monitor` is the role with USAGE on posemo's schema, because another role can run the checks too. A database is
/// installed if it has the installer's grant, made as the owner of the database; it is compared whole, as that needs no
/// join. So is a database in which the monitor role has privileges, so that revoking CONNECT does not hide it. The
/// comment of the schema contains the databases that should be installed: `true` for all, or their names. Other home
/// databases have a comment of posemo.
const DATABASES: &str = r#"
WITH home AS MATERIALIZED (
  SELECT n.nspowner, coalesce((SELECT a.grantee FROM pg_catalog.aclexplode(n.nspacl) AS a
      WHERE a.privilege_type = 'USAGE' AND a.grantee NOT IN (0, n.nspowner) LIMIT 1), current_user::pg_catalog.regrole) AS monitor,
    CASE WHEN pg_catalog.obj_description(n.oid, 'pg_namespace') ~ '^\{"posemo":true,'
      THEN pg_catalog.obj_description(n.oid, 'pg_namespace')::pg_catalog.jsonb -> 'databases' END AS wanted
  FROM pg_catalog.pg_namespace AS n WHERE n.oid = pg_catalog.to_regnamespace($1)
), database AS (
  SELECT d.datname::pg_catalog.text AS name, h.nspowner, d.datallowconn AND d.datconnlimit NOT IN (-2, 0) AS open,
    coalesce(pg_catalog.aclcontains(d.datacl, pg_catalog.makeaclitem(h.monitor, d.datdba, 'CONNECT', false)), false)
      OR EXISTS (SELECT FROM pg_catalog.pg_shdepend AS s WHERE s.refclassid = 1260
        AND s.refobjid = h.monitor AND s.dbid = d.oid AND s.deptype = 'a') AS installed,
    NOT d.datistemplate AND CASE pg_catalog.jsonb_typeof(h.wanted)
      WHEN 'boolean' THEN coalesce(pg_catalog.shobj_description(d.oid, 'pg_database'), '') <> '{"posemo":true}'
      WHEN 'array' THEN h.wanted ? d.datname::pg_catalog.text ELSE false END AS wanted
  FROM pg_catalog.pg_database AS d CROSS JOIN home AS h WHERE d.datname <> pg_catalog.current_database()
)
SELECT name, nspowner, open, installed FROM database WHERE installed OR wanted AND open"#;

/// A database, other than the home database, in which per-database checks are installed or should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonitoredDatabase {
    /// Its name.
    pub name: String,
    /// The role that owns posemo's schema in the home database.
    pub installer: u32,
    /// Whether it allows connections.
    pub open: bool,
    /// Whether the monitor role has privileges in it. If not, the installation of all databases, or of this one, is
    /// missing: it was created later, or restored from a dump.
    pub installed: bool,
}

impl Session {
    /// Queries what the server is, and which of some functions a schema contains.
    ///
    /// Where the role has no USAGE on the schema, the server returns an error with SQLSTATE 42501.
    pub async fn probe(&self, schema: &str, functions: &[&str]) -> Result<Probe, DatabaseError> {
        let schema = quoted(schema);
        let names: Vec<String> =
            functions.iter().map(|name| format!("{schema}.{}", quoted(name))).collect();
        let present = (2..names.len() + 2)
            .map(|number| format!(", pg_catalog.to_regproc(${number}) IS NOT NULL"));
        let idle_timeout = self.take_idle_timeout().map(|value| {
            format!(", pg_catalog.set_config('idle_session_timeout', {}, false)", literal(&value))
        });
        let query = format!(
            "SELECT {VERSION_NUM}, {SERVER}{}{}",
            present.collect::<String>(),
            idle_timeout.unwrap_or_default()
        );
        let bound: Vec<(&(dyn ToSql + Sync), Type)> = std::iter::once(&schema)
            .chain(&names)
            .map(|name| (name as &(dyn ToSql + Sync), Type::TEXT))
            .collect();
        // Sent together, so that the settings cost no round trip.
        let (completed, rows) =
            tokio::join!(self.complete_settings(), self.typed_rows(&query, &bound, 1));
        completed?;
        let rows = rows?;
        let row = rows
            .first()
            .ok_or_else(|| DatabaseError::Answer { reason: "it has no row".to_owned() })?;
        let mut installed = Vec::with_capacity(functions.len());
        for (index, name) in functions.iter().enumerate() {
            if row.try_get(index + 3)? {
                installed.push((*name).to_owned());
            }
        }
        Ok(Probe {
            version: version::parse(row.try_get(0)?)?,
            role: if row.try_get(1)? { ServerRole::Standby } else { ServerRole::Primary },
            schema: row.try_get(2)?,
            functions: installed,
        })
    }

    /// The databases, except this one, in which per-database checks are installed or should be. Sorted by name.
    pub async fn databases(&self, schema: &str) -> Result<Vec<MonitoredDatabase>, DatabaseError> {
        let schema = quoted(schema);
        let rows = self.typed_rows(DATABASES, &[(&schema, Type::TEXT)], MOST_DATABASES).await?;
        let mut databases = rows
            .iter()
            .map(|row| {
                Ok(MonitoredDatabase {
                    name: row.try_get::<_, LossyText>(0)?.0,
                    installer: row.try_get(1)?,
                    open: row.try_get(2)?,
                    installed: row.try_get(3)?,
                })
            })
            .collect::<Result<Vec<_>, DatabaseError>>()?;
        databases.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(databases)
    }

    /// Whether a schema can be posemo's: it belongs to a superuser, or to the role that installed posemo in the home
    /// database. The owner of any database can grant the monitor role CONNECT and create functions for it there.
    pub async fn trusts(&self, schema: &str, installer: u32) -> Result<bool, DatabaseError> {
        let query = format!("SELECT {TRUSTED}");
        let schema = quoted(schema);
        let bound: [(&(dyn ToSql + Sync), Type); 2] =
            [(&schema, Type::TEXT), (&installer, Type::OID)];
        let rows = self.typed_rows(&query, &bound, 1).await?;
        Ok(rows.first().map(|row| row.try_get(0)).transpose()? == Some(true))
    }
}

/// A name as the input functions of `regproc` and `regnamespace` read it. It is a bound value, not SQL text.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
