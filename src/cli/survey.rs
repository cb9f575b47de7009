//! What an installer has to know of a server before it writes a script for it.
//!
//! It asks, and changes nothing.

use std::collections::BTreeMap;

use anyhow::Context;

use crate::catalog::server_version::{OLDEST, ServerVersion};
use crate::database::Session;
use crate::install::{self, Options, uninstall};
use crate::text::{sql, visible};

/// What a server and a role on it allow.
#[derive(Debug)]
pub(super) struct Survey {
    /// The server's version.
    pub(super) version: ServerVersion,
    /// Whether the role is a superuser.
    pub(super) superuser: bool,
    /// Privilege sets whose grants the role may not give, with the reason.
    pub(super) withheld: BTreeMap<String, String>,
}

impl Survey {
    /// Asks what the server is, and what the role that is connected may grant there.
    pub(super) async fn of(session: &Session) -> anyhow::Result<Survey> {
        let number =
            one(session, "SELECT pg_catalog.current_setting('server_version_num')").await?;
        let number = number.and_then(|text| text.parse().ok());
        let version =
            ServerVersion::from_num(number.context("the server does not say its version")?);
        if version.major() < OLDEST {
            anyhow::bail!("PostgreSQL {version} is not served; {OLDEST} and newer are");
        }
        if session.holds("pg_catalog.pg_is_in_recovery()").await? {
            anyhow::bail!(
                "this server is a standby. Do it on its primary; what is done there comes to the standby by \
                 itself. Nothing was changed."
            );
        }
        let superuser = session
            .holds(
                "(SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user)",
            )
            .await?;
        let mut survey = Survey { version, superuser, withheld: BTreeMap::new() };
        if !superuser {
            survey.ask_for_grants(session).await?;
        }
        Ok(survey)
    }

    async fn ask_for_grants(&mut self, session: &Session) -> anyhow::Result<()> {
        let role = one(session, "SELECT current_user").await?.unwrap_or_default();
        let creates =
            "(SELECT r.rolcreaterole FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user)";
        if !session.holds(creates).await? {
            anyhow::bail!(
                "role {} is no superuser and may not create roles. Connect as a superuser (-U postgres) or, \
                 on a managed service, as a role with CREATEROLE. Nothing was changed.",
                visible::visible(&role)
            );
        }
        for needed in install::needed(self.version)? {
            if !session.holds(&needed.may).await? {
                let owner = install::owner_role(needed.set);
                let reason = format!(
                    "its owner {owner} needs {}, which role {role} may not grant",
                    needed.grant
                );
                self.withheld.entry(needed.set.to_owned()).or_insert(reason);
            }
        }
        Ok(())
    }
}

/// All databases that allow connections, templates left out.
pub(super) async fn databases(session: &Session) -> anyhow::Result<Vec<String>> {
    let all = "SELECT datname FROM pg_catalog.pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname";
    Ok(session.ask(all).await?.into_iter().flatten().collect())
}

/// The databases where functions of posemo's are: those of owners that posemo made, as nobody else can
/// make functions that belong to them.
pub(super) async fn installed(session: &Session) -> anyhow::Result<Vec<String>> {
    let owners: Vec<String> = install::owner_roles().map(|role| sql::literal(&role)).collect();
    let question = format!(
        "SELECT d.datname FROM pg_catalog.pg_database AS d WHERE d.datallowconn AND d.oid IN (
           SELECT s.dbid FROM pg_catalog.pg_shdepend AS s JOIN pg_catalog.pg_roles AS r ON r.oid = s.refobjid
           WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.deptype = 'o' AND r.rolname IN ({}))
         ORDER BY d.datname",
        owners.join(", ")
    );
    Ok(session.ask(&question).await?.into_iter().flatten().collect())
}

/// The databases that posemo made as home databases, other than the one of these options.
pub(super) async fn homes(
    session: &Session,
    options: &Options,
    version: ServerVersion,
) -> anyhow::Result<Vec<String>> {
    #[derive(serde::Deserialize)]
    struct Database {
        name: String,
        made: bool,
    }
    let question = uninstall::questions(options, version)?.databases;
    let mut homes = Vec::new();
    for row in session.ask(&question).await?.into_iter().flatten() {
        let database: Database = serde_json::from_str(&row)?;
        if database.made && database.name != options.home {
            homes.push(database.name);
        }
    }
    Ok(homes)
}

async fn one(session: &Session, question: &str) -> anyhow::Result<Option<String>> {
    Ok(session.ask(question).await?.into_iter().flatten().next())
}
