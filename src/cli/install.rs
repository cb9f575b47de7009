//! `posemo install`: prints the script of an installation, or installs.

use std::path::PathBuf;

use super::connection::ConnectionOptions;
use super::installation::ScriptOptions;
use super::options::GlobalOptions;
use super::reporting::block_on;
use super::screen::Screen;
use super::selection::Selection;
use crate::admin::installation::{InstallDatabases, Installation};
use crate::admin::installation_text::{self, InstallationText};
use crate::admin::password;
use crate::database::parameters::{Environment, Parameters};
use crate::install::{self, InstallOptions, IntendedDatabases, OtherFunctions};

// Arguments of `install`.
#[derive(Debug, clap::Args)]
#[command(mut_arg("home", |home| home.help("Use this home database; create it if it does not exist")))]
#[expect(clippy::struct_excessive_bools, clippy::doc_markdown, reason = "options and help")]
pub(super) struct InstallCommand {
    #[command(flatten)]
    script: ScriptOptions,
    /// Print the script for an installing role that is not a superuser, but has CREATEROLE
    #[arg(long, requires = "print")]
    without_superuser: bool,
    /// Also install per-database checks in this database; repeatable
    #[arg(long, value_name = "NAME", conflicts_with = "all_databases")]
    database: Vec<String>,
    /// Also install per-database checks in all databases that allow connections, except templates
    #[arg(long, conflicts_with = "print")]
    all_databases: bool,
    /// Let this role connect to the home database, for backups; repeatable. Members of pg_read_all_data need no option
    #[arg(long, value_name = "NAME")]
    backup_role: Vec<String>,
    /// Let the monitor role use the connections of reserved_connections (PostgreSQL 16 and later)
    #[arg(long)]
    reserved_connections: bool,
    /// Set the monitor role's password to the first line of this file; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "print")]
    password_file: Option<PathBuf>,
    #[command(flatten)]
    selection: Selection,
    /// Also drop functions of checks that are not in the catalog
    #[arg(long, conflicts_with_all = ["check", "topic"])]
    prune: bool,
    /// Install the other checks if some are refused, and exit with 1
    #[arg(long, conflicts_with = "print")]
    keep_going: bool,
    /// Allow functions of your own checks to be owned by a superuser
    #[arg(long)]
    allow_superuser_owner: bool,
    #[command(flatten)]
    connection: ConnectionOptions,
}

impl InstallCommand {
    /// The exit code after an error.
    pub(super) fn failure_code(&self) -> u8 {
        self.script.code(0, false)
    }

    fn options(&self, databases: Vec<String>) -> InstallOptions {
        InstallOptions {
            others: match (self.selection.is_given(), self.prune) {
                (true, _) => OtherFunctions::Kept,
                (false, true) => OtherFunctions::AllDropped,
                (false, false) => OtherFunctions::KnownDropped,
            },
            superuser_owner: self.allow_superuser_owner,
            intended: if self.all_databases {
                Some(IntendedDatabases::All)
            } else {
                (!self.database.is_empty()).then_some(IntendedDatabases::Named)
            },
            backup_roles: self.backup_role.clone(),
            reserved_connections: self.reserved_connections,
            ..self.script.options(databases)
        }
    }
}

pub(super) fn install(
    command: &InstallCommand,
    global: &GlobalOptions,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let (catalog, settings, invalid) = if command.keep_going {
        global.sources().all_valid()?
    } else {
        let (catalog, settings) = global.sources().all()?;
        (catalog, settings, Vec::new())
    };
    let checks = settings.with_databases(command.selection.checks(&catalog)?)?;
    if let Some(version) = command.script.server_version {
        let options = InstallOptions {
            superuser: !command.without_superuser,
            ..command.options(command.database.clone())
        };
        let script = install::script(&checks, &options, version)?;
        let installer =
            if command.without_superuser { "a role with CREATEROLE" } else { "a superuser" };
        let text = script.for_psql(&version.to_string(), installer)?;
        screen.out.write_all(text.as_bytes())?;
        if let Some(warning) = installation_text::unlinted(&checks) {
            writeln!(screen.err, "posemo: {warning}")?;
        }
        return Ok(0);
    }
    let parameters = Parameters::resolve(
        &command.connection.keywords(),
        &[("dbname", "postgres")],
        &Environment::of_process(),
    )?;
    let verifier = match &command.password_file {
        Some(path) => {
            let (verifier, warning) = password::verifier(path)?;
            if let Some(warning) = warning {
                writeln!(screen.err, "posemo: {warning}")?;
            }
            Some(verifier)
        }
        None => None,
    };
    let mut options = InstallOptions { verifier, ..command.options(Vec::new()) };
    if !invalid.is_empty() {
        // The function of a check that is refused now may be that of an earlier, valid version.
        options.others = OtherFunctions::Kept;
    }
    let installation = Installation {
        checks: &checks,
        options,
        databases: if command.all_databases {
            InstallDatabases::All
        } else {
            InstallDatabases::Named(command.database.clone())
        },
        dry_run: command.script.dry_run,
        keep_going: command.keep_going,
    };
    let installed = block_on(installation.install(&parameters))??;
    let text = InstallationText {
        options: &command.options(Vec::new()),
        sets_password: command.password_file.is_some(),
        printing: command.script.printing(global),
        installed: &installed,
        invalid: &invalid,
    };
    text.write(screen.out)?;
    Ok(command.script.code(installed.applied.changes.len(), text.is_complete()))
}
