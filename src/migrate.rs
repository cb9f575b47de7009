//! `posemo migrate`: reads the definitions of monitoring systems that call `check_postgres` and `check_pgactivity`, and the
//! configuration of the Perl program Posemo, and writes settings of posemo.
//!
//! It connects to no server, and runs nothing unless a comparison is requested.

use std::path::PathBuf;

use crate::catalog::Catalog;
use crate::settings::Settings;
use crate::text::mistake::Mistake;

pub use calls::OldCall;
pub use error::MigrateError;
pub use format::MigrateFormat;
pub use input::MigrateInput;
pub use plan::{MigratedCall, MigratedOutcome};
pub use servers::NewTarget;

mod call_servers;
mod call_words;
mod calls;
pub mod command;
pub mod compare;
mod error;
mod format;
mod found;
mod icinga;
mod input;
mod lines;
mod nagios;
mod perl_checks;
mod perl_posemo;
mod perl_syntax;
mod place;
mod plan;
mod plugin_call;
pub mod report;
mod sections;
mod servers;
mod source;
mod writer;
mod zabbix;
mod zabbix_items;
mod zabbix_xml;

/// The result of a migration.
#[derive(Debug)]
pub struct Migration {
    /// The text of posemo.toml.
    pub settings: String,
    /// The targets in it.
    pub targets: Vec<NewTarget>,
    /// The calls that were found, in the order of the files.
    pub calls: Vec<MigratedCall>,
    /// What could not be evaluated.
    pub unclear: Vec<Mistake>,
    /// The number of files that were read.
    pub files: usize,
}

/// Migrates files and folders. The content determines the format, unless one is given.
pub fn migrate(
    paths: &[PathBuf],
    format: Option<MigrateFormat>,
    catalog: &Catalog,
) -> Result<Migration, MigrateError> {
    of_input(MigrateInput::read(paths, format)?, catalog)
}

/// Migrates what was read.
pub fn of_input(input: MigrateInput, catalog: &Catalog) -> Result<Migration, MigrateError> {
    let files = input.files.len();
    let mut found = found_in(input);
    let calls = calls::of(&mut found);
    let plan = plan::plan(calls, &found, catalog);
    let mut unclear = found.unclear;
    let settings = writer::settings(&plan);
    Settings::parse("posemo.toml", settings.clone(), catalog).map_err(MigrateError::Settings)?;
    unclear.sort_by(|one, other| (&one.file, one.line).cmp(&(&other.file, other.line)));
    unclear.dedup();
    Ok(Migration { settings, targets: plan.targets, calls: plan.calls, unclear, files })
}

/// The services in the files.
fn found_in(input: MigrateInput) -> found::FoundServices {
    let mut found =
        found::FoundServices { unclear: input.unclear, ..found::FoundServices::default() };
    let mut nagios = nagios::NagiosObjects::default();
    nagios.interval_length = input.interval_length;
    nagios.true_regexp = input.true_regexp;
    let mut icinga = icinga::IcingaFiles::new();
    let mut zabbix_files = Vec::new();
    for (format, file) in &input.files {
        match format {
            MigrateFormat::Nagios => nagios.read(file, &mut found.unclear),
            MigrateFormat::Icinga2 => icinga.push(file),
            MigrateFormat::Nrpe => lines::nrpe(file, &mut found),
            MigrateFormat::Mrpe => lines::mrpe(file, &mut found),
            MigrateFormat::Zabbix => zabbix_files.push(file),
            MigrateFormat::Posemo => perl_posemo::read(file, &mut found),
        }
    }
    nagios::services(&nagios, &mut found);
    zabbix::services(&zabbix_files, &mut found);
    if !icinga.is_empty() {
        icinga::services(&icinga, &mut found);
    }
    found
}
