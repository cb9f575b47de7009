//! `posemo migrate`: makes settings of the definitions of other monitoring programs.

use std::path::PathBuf;
use std::time::Duration;

use super::options::GlobalOptions;
use super::reporting::{PageFormat, program};
use super::screen::Screen;
use crate::migrate::MigrateFormat;
use crate::migrate::command::{MigrateRequest, run};
use crate::migrate::compare::ComparisonOptions;

// Arguments of `migrate`.
#[derive(Debug, clap::Args)]
pub(super) struct MigrateCommand {
    /// Read definitions from these files, from the files in these folders, and from those that they include
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Write the settings into this file, or to standard output (-)
    #[arg(short, long, value_name = "FILE", default_value = "posemo.toml")]
    file: PathBuf,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
    /// Read the files in this format: nagios, nrpe, icinga2, mrpe, zabbix or posemo [default: determined by their content]
    #[arg(long, value_name = "FORMAT")]
    format: Option<MigrateFormat>,
    /// Print the report in this format
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = PageFormat::Text)]
    output: PageFormat,
    /// Write no file, but run each old call and that of posemo on this machine, and print both answers
    #[arg(long, conflicts_with_all = ["file", "force"])]
    compare: bool,
    /// Run the old plugins in this folder [default: their paths in the definitions]
    #[arg(long, value_name = "DIR", requires = "compare")]
    plugins: Option<PathBuf>,
    /// Limit the time of each call
    #[arg(short = 't', long, value_name = "SECONDS", default_value_t = 30, requires = "compare")]
    timeout: u64,
}

pub(super) fn migrate(
    command: &MigrateCommand,
    global: &GlobalOptions,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let MigrateCommand { files, file, force, format, output, compare, plugins, timeout } = command;
    let limit = Duration::from_secs((*timeout).clamp(1, 3600));
    let comparison = ComparisonOptions { program: program()?, plugins: plugins.clone(), limit };
    let request = MigrateRequest {
        files: files.clone(),
        format: *format,
        into: file.clone(),
        force: *force,
        json: *output == PageFormat::Json,
        compare: compare.then_some(comparison),
    };
    Ok(run(&request, &global.sources().catalog()?, screen.out, screen.err)?)
}
