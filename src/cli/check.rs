//! `posemo check`: runs one check as a monitoring plugin, or several as one service.
//!
//! In every case it prints one line on standard output and nothing on standard error, and exits with 0 to 3.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValuesParser;

use super::completion;
use super::connection::ConnectionOptions;
use super::exit::{code, error_text};
use super::options::GlobalOptions;
use super::reporting::{block_on, program};
use super::screen::Screen;
use crate::catalog::TOPICS;
use crate::database::parameters::Environment;
use crate::finding::report::Report;
use crate::output::nagios::{self, PluginSubject};
use crate::run::plugin::{PluginCall, PluginNames};
use crate::settings::options::{CheckOptions, ObjectOptions};

// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub(super) struct CheckCommand {
    /// Run this check; several names or patterns such as 'replication_*' make one service. `posemo list` prints the names
    #[arg(value_name = "NAME", value_delimiter = ',', required_unless_present = "topic", add = completion::checks())]
    names: Vec<String>,
    /// Run the checks of this topic as one service; repeatable
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = PossibleValuesParser::new(TOPICS))]
    topic: Vec<String>,
    /// Run the check on this target of the settings
    #[arg(long, value_name = "NAME", conflicts_with_all = ["host", "port", "username", "dbname"], add = completion::targets())]
    target: Option<String>,
    /// Set the warning range: 10, 10:, ~:10, 10:20 or @10:20, with or without a unit such as 200MB, 5min or 80%;
    /// METRIC=RANGE for a check with several metrics, METRIC[OBJECT]=RANGE for some of its objects, CHECK.METRIC=RANGE for
    /// several checks
    #[arg(short, long, value_name = "RANGE", allow_hyphen_values = true)]
    warning: Vec<String>,
    /// Set the critical range, written like the warning range
    #[arg(short, long, value_name = "RANGE", allow_hyphen_values = true)]
    critical: Vec<String>,
    /// Set an argument of the check; repeatable
    #[arg(short, long, value_name = "NAME=VALUE")]
    argument: Vec<String>,
    /// Run the check only in these databases: names, or patterns such as 'app_*'; repeatable
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    database: Vec<String>,
    /// Leave the objects of these databases out; repeatable
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    except_database: Vec<String>,
    /// Judge only these objects of the check: names, or patterns such as 'public.*'; repeatable
    #[arg(long, value_name = "NAME")]
    object: Vec<String>,
    /// Leave these objects out; repeatable
    #[arg(long, value_name = "NAME")]
    except: Vec<String>,
    /// Judge this JSON file instead of the document of the settings, for a check with a document; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "topic")]
    docs: Option<PathBuf>,
    /// Limit the plugin to this many seconds
    #[arg(short, long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    #[command(flatten)]
    connection: ConnectionOptions,
}

pub(super) fn check(command: &CheckCommand, global: &GlobalOptions, screen: &mut Screen<'_>) -> u8 {
    let report = run(command, global).unwrap_or_else(|error| {
        Report::of_failure(command.named().service(), &error_text(&error), jiff::Timestamp::now())
    });
    let mut checks = report.targets.iter().flat_map(|target| &target.checks);
    // The name differs from the argument where that is a former name.
    let name = checks.next().map_or(command.named().service(), |check| check.check.as_str());
    let is_single = checks.all(|check| check.check == name);
    let subject = match command.named().single() {
        None if !is_single || command.names.is_empty() => {
            PluginSubject::Checks(command.named().service())
        }
        _ => PluginSubject::Check(name),
    };
    let written = nagios::write(&report, subject, screen.out);
    code(report.state(), written)
}

impl CheckCommand {
    fn named(&self) -> PluginNames<'_> {
        PluginNames { checks: &self.names, topics: &self.topic }
    }
}

fn run(command: &CheckCommand, global: &GlobalOptions) -> anyhow::Result<Report> {
    let names = command.named();
    let (catalog, settings) = match names.single() {
        // Only this check is read.
        Some(name) => global.sources().for_check(name)?,
        None => global.sources().all()?,
    };
    let target = match &command.target {
        Some(name) => settings.target(name)?.clone(),
        None => settings.defaults().with_connection(command.connection.keywords()),
    };
    let call = PluginCall {
        settings: &settings,
        target: &target,
        catalog: &catalog,
        names,
        options: CheckOptions {
            warning: &command.warning,
            critical: &command.critical,
            arguments: &command.argument,
            objects: ObjectOptions {
                only: &command.object,
                except: &command.except,
                except_databases: &command.except_database,
            },
        },
        databases: &command.database,
        document: command.docs.as_deref(),
    };
    let total = Duration::from_secs(command.timeout);
    Ok(block_on(call.report(&Environment::of_process(), total, program()?))??)
}
