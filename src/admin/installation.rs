//! Installs: completes the options by what the server reports, lints the user's checks, applies the script.

use std::fmt;

use super::apply::{self, Applied};
use super::error::AdminError;
use super::lint;
use super::server_facts::{self, OtherHome, ServerFacts};
use crate::catalog::check::{Check, Scope};
use crate::catalog::server_version::ServerVersion;
use crate::database::parameters::Parameters;
use crate::database::{Purpose, Session};
use crate::evaluate::script;
use crate::install::script::Script;
use crate::install::{self, InstallOptions, IntendedDatabases, OtherFunctions};

/// What to install, and where.
#[derive(Debug)]
pub struct Installation<'a> {
    /// The checks.
    pub checks: &'a [Check],
    /// Names and permissions; `install` completes the databases and privileges from the server.
    pub options: InstallOptions,
    /// The databases for checks of scope `database`.
    pub databases: InstallDatabases,
    /// Whether to report the changes only.
    pub dry_run: bool,
    /// Whether to install the other checks if some are refused.
    pub keep_going: bool,
}

/// The databases for checks of scope `database`. Those where posemo is installed already are always among them.
#[derive(Debug)]
pub enum InstallDatabases {
    /// All that allow connections, without templates.
    All,
    /// These.
    Named(Vec<String>),
}

/// The result of an installation.
#[derive(Debug)]
pub struct Installed {
    /// The script.
    pub script: Script,
    /// The changes that were made, or would be.
    pub applied: Applied,
    /// Home databases that posemo created for other installations.
    pub other_homes: Vec<OtherHome>,
    /// The checks that are refused, and so not installed.
    pub refusals: Vec<CheckRefusal>,
}

/// Why a check is not installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRefusal {
    /// The name of the check.
    pub check: String,
    /// The file, what is wrong and what to do.
    pub reason: String,
}

impl Installation<'_> {
    /// Installs, or reports what would change.
    pub async fn install(mut self, parameters: &Parameters) -> Result<Installed, AdminError> {
        let (version, other_homes) = self.complete(parameters).await?;
        // Mistakes in the options are reported before those in checks.
        let mut script = install::script(self.checks, &self.options, version)?;
        let refusals = self.lint(parameters, version).await?;
        if !refusals.is_empty() {
            let is_refused =
                |check: &&Check| refusals.iter().any(|refusal| refusal.check == check.name);
            let checks: Vec<Check> =
                self.checks.iter().filter(|check| !is_refused(check)).cloned().collect();
            // The function of a check that is refused now may be that of an earlier, valid version.
            self.options.others = OtherFunctions::Kept;
            script = install::script(&checks, &self.options, version)?;
        }
        let applied = apply::apply(parameters, &script, self.dry_run).await?;
        Ok(Installed { script, applied, other_homes, refusals })
    }

    /// Completes the options: the grants that the role can make, and the databases.
    async fn complete(
        &mut self,
        parameters: &Parameters,
    ) -> Result<(ServerVersion, Vec<OtherHome>), AdminError> {
        let session = Session::open(parameters, Purpose::Install).await?;
        let facts = ServerFacts::read(&session).await?;
        let options = &mut self.options;
        options.superuser = facts.superuser;
        options.withheld = facts.withheld;
        let named: &[String] = match &self.databases {
            InstallDatabases::All => &[],
            InstallDatabases::Named(named) => named,
        };
        if !named.is_empty() {
            server_facts::check_names(&session, named).await?;
        }
        let installed = server_facts::installed(&session, self.checks, &options.monitor).await?;
        options.closed = installed.closed;
        let known = installed.open;
        options.databases = match &self.databases {
            InstallDatabases::All => server_facts::databases(&session).await?,
            InstallDatabases::Named(named) => {
                let more = known.iter().filter(|name| !named.contains(name));
                named.iter().chain(more).cloned().collect()
            }
        };
        // Without a check for them, databases would get an empty schema.
        let has_per_database = self.checks.iter().any(|check| {
            check.has_query_of(Scope::Database)
                && check.servers.contains(facts.version.major())
                && !options.withheld.contains_key(&check.owner)
        });
        if !has_per_database {
            options.intended = None;
            options.databases.retain(|name| known.contains(name));
        }
        if !named.contains(&options.home) {
            options.databases.retain(|name| *name != options.home);
        }
        let other_homes = server_facts::homes(&session, options).await?;
        if options.intended == Some(IntendedDatabases::All) {
            let is_home = |name: &String| other_homes.iter().any(|home| home.database == *name);
            options.databases.retain(|name| !is_home(name) || known.contains(name));
        }
        Ok((facts.version, other_homes))
    }

    /// Lints the user's checks before anything is changed; the tests of posemo lint those that it includes. A check
    /// that may refer to users' tables, or that requires an extension, is linted in each database where it will run. A refusal is an error, unless the
    /// other checks are installed nevertheless.
    async fn lint(
        &self,
        parameters: &Parameters,
        version: ServerVersion,
    ) -> Result<Vec<CheckRefusal>, AdminError> {
        let own = self.checks.iter().filter(|check| !check.shipped);
        let mut refused = Vec::new();
        for check in own.clone() {
            match script::read_of(check) {
                Err(error) if self.keep_going => refused.push(refusal(check, &error)),
                read => read?,
            }
        }
        // The objects of users and of extensions differ from database to database.
        let (elsewhere, at_home): (Vec<&Check>, Vec<&Check>) = own.partition(|check| {
            check.requires.is_some()
                || check.has_query_of(Scope::Database) && check.reads_tables_of_users()
        });
        let mut refusals = Vec::new();
        if !at_home.is_empty() {
            let session = Session::open(parameters, Purpose::Install).await?;
            let home = &self.options.home;
            refusals.extend(lint::lint_in(&session, home, &at_home, version).await?);
        }
        let home = &self.options.home;
        let others = self.options.databases.iter().filter(|database| *database != home);
        for database in std::iter::once(home).chain(others) {
            let named = self.options.databases.contains(database);
            let runs = |check: &&&Check| {
                check.has_query_of(Scope::Database) && named && check.databases.contains(database)
                    || check.has_query_of(Scope::Cluster) && database == home
            };
            let here: Vec<&Check> = elsewhere.iter().filter(runs).copied().collect();
            if here.is_empty() {
                continue;
            }
            let parameters = parameters.with_database(database);
            // A database that cannot be reached is reported when its step is applied.
            if let Ok(session) = Session::open(&parameters, Purpose::Install).await {
                refusals.extend(lint::lint_in(&session, database, &here, version).await?);
            }
        }
        refusals.sort_by_key(ToString::to_string);
        refusals.dedup();
        if !(self.keep_going || refusals.is_empty()) {
            return Err(AdminError::Refused(refusals));
        }
        for of_query in refusals {
            let is_of = |check: &&Check| {
                of_query.file.strip_prefix(&check.place).is_some_and(|file| file.starts_with('/'))
            };
            let check = self.checks.iter().find(is_of);
            let check = check.ok_or_else(|| AdminError::Refused(vec![of_query.clone()]))?;
            refused.push(refusal(check, &of_query));
        }
        Ok(refused)
    }
}

fn refusal(check: &Check, reason: &dyn fmt::Display) -> CheckRefusal {
    CheckRefusal { check: check.name.clone(), reason: reason.to_string() }
}
