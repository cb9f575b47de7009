//! What the user decides about an installation, and which checks these decisions exclude.

use std::collections::BTreeMap;

use super::error::InstallError;
use crate::catalog::check::{Check, Scope};

/// PostgreSQL truncates longer names (`NAMEDATALEN` - 1).
const LONGEST_NAME: usize = 63;

/// The databases that should have an installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntendedDatabases {
    /// All databases, also those created later.
    All,
    /// The databases of the options.
    Named,
}

/// What happens to functions of checks that are not installed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OtherFunctions {
    /// They stay, because the checks are a selection.
    Kept,
    /// Those of checks that the catalog contains are dropped.
    #[default]
    KnownDropped,
    /// All are dropped.
    AllDropped,
}

/// How to install.
#[derive(Debug, Clone)]
pub struct InstallOptions {
    /// The database for checks of scope `cluster`.
    pub home: String,
    /// posemo's schema in each database.
    pub schema: String,
    /// The login role that may call the functions.
    pub monitor: String,
    /// The databases for checks of scope `database`.
    pub databases: Vec<String>,
    /// Other databases with an installation, which allow no connections. Nothing is done there, and their checks remain.
    pub closed: Vec<String>,
    /// Which databases should have an installation, if the user decides it now. A run reports those without one.
    pub intended: Option<IntendedDatabases>,
    /// Roles that make backups, which may connect to a home database that posemo created.
    pub backup_roles: Vec<String>,
    /// Whether the monitor role may use the connections of `reserved_connections`, which servers from 16 on have.
    pub reserved_connections: bool,
    /// What happens to functions of other checks.
    pub others: OtherFunctions,
    /// Whether site-local checks may have functions owned by a superuser.
    pub superuser_owner: bool,
    /// Whether the installing role is a superuser; on a managed service it is a role with CREATEROLE.
    pub superuser: bool,
    /// Privilege sets whose grants the installing role cannot grant, each with the reason.
    pub withheld: BTreeMap<String, String>,
    /// The SCRAM verifier of a new password for the monitor role.
    pub verifier: Option<String>,
}

impl Default for InstallOptions {
    /// A superuser installs all checks of scope `cluster`, with `posemo` as the name of everything.
    fn default() -> InstallOptions {
        let name = || "posemo".to_owned();
        InstallOptions {
            home: name(),
            schema: name(),
            monitor: name(),
            databases: Vec::new(),
            closed: Vec::new(),
            intended: None,
            backup_roles: Vec::new(),
            reserved_connections: false,
            others: OtherFunctions::default(),
            superuser_owner: false,
            superuser: true,
            withheld: BTreeMap::new(),
            verifier: None,
        }
    }
}

impl InstallOptions {
    /// Refuses names that PostgreSQL would truncate.
    pub(super) fn validate(&self) -> Result<(), InstallError> {
        let fixed = [
            ("home database", &self.home),
            ("schema", &self.schema),
            ("monitor role", &self.monitor),
        ];
        let databases = self.databases.iter().map(|name| ("database", name));
        let backup_roles = self.backup_roles.iter().map(|name| ("backup role", name));
        let mut all = fixed.into_iter().chain(databases).chain(backup_roles);
        match all.find(|(_, name)| name.len() > LONGEST_NAME) {
            Some((what, name)) => Err(InstallError::LongName { what, name: name.clone() }),
            None => Ok(()),
        }
    }

    /// Why a check cannot be installed; nothing if it can.
    pub(super) fn reason_to_skip(&self, check: &Check) -> Option<String> {
        if check.owner == "superuser" && !self.superuser_owner {
            return Some(
                "requires functions owned by a superuser; permit them with --allow-superuser-owner"
                    .to_owned(),
            );
        }
        if let Some(reason) = self.withheld.get(&check.owner) {
            return Some(reason.clone());
        }
        let mut covered = self.databases.iter().chain(&self.closed).peekable();
        if check.has_query_of(Scope::Database) && covered.peek().is_none() {
            return Some(
                "runs in each database; name databases with --database, or all with --all-databases"
                    .to_owned(),
            );
        }
        if check.has_query_of(Scope::Database)
            && !covered.any(|name| check.databases.contains(name))
        {
            return Some(format!(
                "runs in {}, which this installation does not cover; name the database with --database, or correct the key databases of the check",
                check.databases.with_noun()
            ));
        }
        None
    }
}
