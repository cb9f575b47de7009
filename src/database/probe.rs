//! The first questions to a server: what it is, and what is installed there.
//!
//! They take one round trip, and none of them makes the server plan a query over its catalogs: in a new
//! session that would cost more than all the rest of a plugin call.

use tokio_postgres::types::{ToSql, Type};

use super::Session;
use super::error::DatabaseError;
use crate::catalog::server_version::ServerVersion;
use crate::finding::report::ServerRole;

/// What a server is, and which functions of posemo's it has.
#[derive(Debug, Clone)]
pub struct Probe {
    /// Its version.
    pub version: ServerVersion,
    /// Primary or standby.
    pub role: ServerRole,
    /// Whether posemo's schema is there.
    pub schema: bool,
    /// The functions in posemo's schema, of those that were asked for.
    pub functions: Vec<String>,
}

const SERVER: &str = "SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4, \
pg_catalog.pg_is_in_recovery(), pg_catalog.to_regnamespace($1) IS NOT NULL";

/// Whether a schema belongs to a superuser (which is a member of every role, that of `initdb` included) or
/// to the role that owns it at home.
const TRUSTED: &str = "coalesce((SELECT n.nspowner = $2 OR pg_catalog.pg_has_role(n.nspowner, 10::pg_catalog.oid, 'MEMBER') \
FROM pg_catalog.pg_namespace AS n WHERE n.oid = pg_catalog.to_regnamespace($1)), true)";

/// The installer's grant, made as the owner of the database; compared whole, as that needs no join. Or rights
/// inside, so that a database does not drop out of sight when somebody shuts the monitor out.
const DATABASES: &str = "SELECT d.datname::pg_catalog.text, \
(SELECT n.nspowner FROM pg_catalog.pg_namespace AS n WHERE n.oid = pg_catalog.to_regnamespace($1)) \
FROM pg_catalog.pg_database AS d \
WHERE d.datname <> pg_catalog.current_database() AND (pg_catalog.aclcontains(d.datacl, \
pg_catalog.makeaclitem(current_user::pg_catalog.regrole, d.datdba, 'CONNECT', false)) \
OR EXISTS (SELECT FROM pg_catalog.pg_shdepend AS s WHERE s.refclassid = 1260 \
AND s.refobjid = current_user::pg_catalog.regrole AND s.dbid = d.oid AND s.deptype = 'a'))";

impl Session {
    /// Asks what the server is, and which of some functions a schema of it has.
    ///
    /// A schema that the role may not use is an error of the server, with SQLSTATE 42501.
    pub async fn probe(&self, schema: &str, functions: &[&str]) -> Result<Probe, DatabaseError> {
        let schema = quoted(schema);
        let names: Vec<String> =
            functions.iter().map(|name| format!("{schema}.{}", quoted(name))).collect();
        let present = (2..names.len() + 2)
            .map(|number| format!(", pg_catalog.to_regproc(${number}) IS NOT NULL"));
        let question = format!("{SERVER}{}", present.collect::<String>());
        let bound: Vec<(&(dyn ToSql + Sync), Type)> = std::iter::once(&schema)
            .chain(&names)
            .map(|name| (name as &(dyn ToSql + Sync), Type::TEXT))
            .collect();
        let rows = self.client.query_typed(&question, &bound).await?;
        let row = rows
            .first()
            .ok_or_else(|| DatabaseError::Answer { reason: "it has no row".to_owned() })?;
        let number: i32 = row.try_get(0)?;
        let mut installed = Vec::with_capacity(functions.len());
        for (index, name) in functions.iter().enumerate() {
            if row.try_get(index + 3)? {
                installed.push((*name).to_owned());
            }
        }
        Ok(Probe {
            version: ServerVersion::from_num(number.unsigned_abs()),
            role: if row.try_get(1)? { ServerRole::Standby } else { ServerRole::Primary },
            schema: row.try_get(2)?,
            functions: installed,
        })
    }

    /// The databases that the monitor was explicitly let into, or has rights in, this one left out: where
    /// per-database checks are installed. Each with the role that owns posemo's schema here. Sorted by name.
    pub async fn databases(
        &self,
        schema: &str,
    ) -> Result<Vec<(String, Option<u32>)>, DatabaseError> {
        let schema = quoted(schema);
        let rows = self.client.query_typed(DATABASES, &[(&schema, Type::TEXT)]).await?;
        let mut names = rows
            .iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect::<Result<Vec<_>, DatabaseError>>()?;
        names.sort();
        Ok(names)
    }

    /// Whether what is in a schema can be posemo's: the schema belongs to a superuser or to a role that is
    /// known to have installed it elsewhere. Whoever owns a database can let the monitor in and offer it
    /// functions of his own.
    pub async fn trusts(&self, schema: &str, installer: u32) -> Result<bool, DatabaseError> {
        let question = format!("SELECT {TRUSTED}");
        let schema = quoted(schema);
        let bound: [(&(dyn ToSql + Sync), Type); 2] =
            [(&schema, Type::TEXT), (&installer, Type::OID)];
        let rows = self.client.query_typed(&question, &bound).await?;
        Ok(rows.first().map(|row| row.try_get(0)).transpose()? == Some(true))
    }
}

/// A name as the input functions of `regproc` and `regnamespace` read it. It is bound, and no SQL text.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
