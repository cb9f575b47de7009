//! `posemo print-config`: prints definitions, templates, rules and dashboards for monitoring systems.
//!
//! It connects to no server and writes no file.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::completion;
use super::options::GlobalOptions;
use super::reporting::program;
use super::screen::Screen;
use super::selection::Selection;
use crate::definitions::request::{DefinitionRequest, DefinitionSystem};

// Arguments of `print-config`.
#[derive(Debug, clap::Args)]
pub(super) struct PrintConfigCommand {
    /// Print definitions for this monitoring system
    #[arg(value_parser = systems())]
    system: DefinitionSystem,
    /// Print only the services of this target of the settings; repeatable
    #[arg(long, value_name = "NAME", add = completion::targets())]
    target: Vec<String>,
    /// Use the host names and the interval of this receiver of the settings, as `posemo run --send` does
    #[arg(long, value_name = "NAME")]
    receiver: Option<String>,
    /// Print passive services, whose results `posemo run --send` sends
    #[arg(long)]
    passive: bool,
    /// Print one service for each topic instead of one for each check
    #[arg(long, conflicts_with = "passive")]
    by_topic: bool,
    /// Print the hosts, too
    #[arg(long)]
    hosts: bool,
    #[command(flatten)]
    selection: Selection,
}

/// Parses the name of a monitoring system.
fn systems() -> impl TypedValueParser<Value = DefinitionSystem> {
    let value = |(_, word, help)| PossibleValue::new(word).help(help);
    let words = PossibleValuesParser::new(DefinitionSystem::ALL.map(value));
    words.map(|word| DefinitionSystem::parse(&word).expect("it is one of the possible values"))
}

pub(super) fn print_config(
    command: &PrintConfigCommand,
    global: &GlobalOptions,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let request = DefinitionRequest {
        system: command.system,
        targets: command.target.clone(),
        receiver: command.receiver.clone(),
        passive: command.passive,
        by_topic: command.by_topic,
        with_hosts: command.hosts,
        program: program()?,
        settings_file: global.sources().settings_file(),
        folders: global.checks.clone(),
    };
    let (catalog, settings) = global.sources().all()?;
    request.write(&settings, command.selection.checks(&catalog)?, screen.out)??;
    Ok(0)
}
