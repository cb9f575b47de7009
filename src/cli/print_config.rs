//! `posemo print-config`: prints definitions, templates, rules and dashboards for monitoring systems.
//!
//! It connects to no server and writes no file.

use std::io::{self, Write};

use clap::ValueEnum;

use super::completion;
use super::options::GlobalOptions;
use super::reporting::program;
use super::screen::Screen;
use super::selection::Selection;
use crate::definitions::{
    self, DefinitionPlan, DefinitionsError, TemplateCheck, call, checkmk, grafana, icinga2, nagios,
    prometheus, zabbix,
};
use crate::settings::Settings;
use crate::settings::receiver::INTERVAL;

// Arguments of `print-config`.
#[derive(Debug, clap::Args)]
pub(super) struct PrintConfigCommand {
    /// Print definitions for this monitoring system
    #[arg(value_enum)]
    system: System,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum System {
    /// Nagios Core
    Nagios,
    /// Icinga 2
    Icinga2,
    /// Checkmk: lines of mrpe.cfg, by which the agent runs posemo
    Checkmk,
    /// Zabbix 6.0 and newer: a template to import
    Zabbix,
    /// Prometheus: alerting rules for the metrics of posemo run --output prometheus
    Prometheus,
    /// Grafana: a dashboard for these metrics
    Grafana,
}

pub(super) fn print_config(
    command: &PrintConfigCommand,
    global: &GlobalOptions,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let text = match command.system {
        System::Nagios => return write(nagios::write, command, global, screen),
        System::Icinga2 => return write(icinga2::write, command, global, screen),
        System::Checkmk => return write(checkmk::write, command, global, screen),
        System::Zabbix => {
            let (checks, settings) = without_hosts(command, global)?;
            zabbix::template(&checks, definitions::longest_interval(&settings), command.by_topic)
        }
        System::Prometheus => prometheus::rules(&without_hosts(command, global)?.0),
        System::Grafana => grafana::dashboard(&without_hosts(command, global)?.0),
    };
    screen.out.write_all(text.as_bytes())?;
    Ok(0)
}

/// Writes the services of hosts.
fn write(
    write: impl Fn(&DefinitionPlan, &mut dyn Write) -> Result<io::Result<()>, DefinitionsError>,
    command: &PrintConfigCommand,
    global: &GlobalOptions,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    write(&plan(command, global)?, screen.out)??;
    Ok(0)
}

/// The checks for a file without hosts.
fn without_hosts(
    command: &PrintConfigCommand,
    global: &GlobalOptions,
) -> anyhow::Result<(Vec<TemplateCheck>, Settings)> {
    if command.by_topic && command.system != System::Zabbix {
        anyhow::bail!("the files for Prometheus and Grafana contain all topics: omit --by-topic");
    }
    let of_hosts = command.passive || command.hosts;
    if of_hosts || !command.target.is_empty() || command.receiver.is_some() {
        anyhow::bail!(
            "the files for Zabbix, Prometheus and Grafana contain no hosts: omit --target, --receiver, --passive and --hosts"
        );
    }
    let (catalog, settings) = global.sources().all()?;
    let checks = command.selection.checks(&catalog)?;
    Ok((definitions::template_checks(&settings, checks)?, settings))
}

fn plan(command: &PrintConfigCommand, global: &GlobalOptions) -> anyhow::Result<DefinitionPlan> {
    let (catalog, settings) = global.sources().all()?;
    let checks = command.selection.checks(&catalog)?;
    let receiver = command.receiver.as_deref().map(|name| settings.receiver(name)).transpose()?;
    let hosts = definitions::hosts(&settings, &command.target, receiver, &checks)?;
    let settings_file = global.sources().settings_file().filter(|_| !hosts.is_empty());
    let plan = DefinitionPlan {
        program: call::text(&program()?)?,
        options: call::options(settings_file.as_deref(), &global.checks)?,
        services: definitions::services(&checks),
        hosts,
        with_hosts: command.hosts,
        passive: command.passive.then(|| receiver.map_or(INTERVAL, |receiver| receiver.interval)),
    };
    Ok(if command.by_topic { plan.by_topic() } else { plan })
}
