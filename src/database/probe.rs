//! The first queries of a session: what the server is, and what is installed there.
//!
//! They take one round trip. None of them makes the server plan a query over its system catalogs: in a new session
//! that would take longer than the rest of a plugin call.

use std::time::Duration;

use tokio::time::Instant;
use tokio_postgres::types::{ToSql, Type};

use super::error::DatabaseError;
use super::purpose::IDLE_TIMEOUT;
use super::session::Session;
use super::version::{self, VERSION_NUM};
use crate::catalog::server_version::{ServerVersion, reported_major};
use crate::finding::report::ServerRole;
use crate::text::sql::literal;

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
    /// How long the queries took.
    pub took: Duration,
    /// Whether it is what the server reports at the login, so that the function may be missing.
    pub unqueried: bool,
}

const SERVER: &str = "pg_catalog.pg_is_in_recovery(), pg_catalog.to_regnamespace($1) IS NOT NULL";

/// It is not a part of the first queries, as it may be refused, and single runs do not need it.
const START: &str = "SELECT CAST(1000000 * pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time()) AS pg_catalog.int8)";

/// Whether a schema belongs to a superuser (which is a member of every role, that of `initdb` included) or
/// to the role that owns it in the home database.
const TRUSTED: &str = "coalesce((SELECT n.nspowner = $2 OR pg_catalog.pg_has_role(n.nspowner, 10::pg_catalog.oid, 'MEMBER') \
FROM pg_catalog.pg_namespace AS n WHERE n.oid = pg_catalog.to_regnamespace($1)), true)";

impl Session {
    /// Queries what the server is, and which of some functions a schema contains.
    ///
    /// Where the role has no USAGE on the schema, the server returns an error with SQLSTATE 42501.
    pub async fn probe(&self, schema: &str, functions: &[&str]) -> Result<Probe, DatabaseError> {
        let began = Instant::now();
        let schema = quoted(schema);
        let names: Vec<String> =
            functions.iter().map(|name| format!("{schema}.{}", quoted(name))).collect();
        let present = (2..names.len() + 2)
            .map(|number| format!(", pg_catalog.to_regproc(${number}) IS NOT NULL"));
        let idle_timeout = self.take_idle_timeout().map(|value| {
            format!(", pg_catalog.set_config('{IDLE_TIMEOUT}', {}, false)", literal(&value))
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
            took: began.elapsed(),
            unqueried: false,
        })
    }

    /// What the server reports at the login, and a function that its schema is supposed to contain. A pooler can report the
    /// role that the server had earlier. Absent if the server does not report its role, as before 14.
    pub fn reported(&self, function: &str) -> Option<Probe> {
        Some(Probe {
            version: ServerVersion::newest_of(self.server_version().and_then(reported_major)?),
            role: self.role?,
            schema: true,
            functions: vec![function.to_owned()],
            took: Duration::ZERO,
            unqueried: true,
        })
    }

    /// When the server started, in microseconds since 1970.
    pub async fn start_time(&self) -> Result<i64, DatabaseError> {
        let rows = self.typed_rows(START, &[], 1).await?;
        let row = rows
            .first()
            .ok_or_else(|| DatabaseError::Answer { reason: "it has no row".to_owned() })?;
        Ok(row.try_get(0)?)
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
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
