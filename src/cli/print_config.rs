//! `posemo print-config`: prints object definitions for Nagios or Icinga 2, or the template for Zabbix.
//!
//! It connects to no server and writes no file.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ValueEnum;

use super::completion;
use super::options::GlobalOptions;
use super::reporting::program;
use super::screen::Screen;
use super::selection::Selection;
use super::sources;
use crate::definitions::{self, DefinitionPlan, TemplateCheck, zabbix};
use crate::settings::Settings;
use crate::settings::receiver::{INTERVAL, Receiver, ReceiverKind};
use crate::settings::target::Target;

/// Arguments of `print-config`.
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
    /// Zabbix 6.0 and newer: a template to import
    Zabbix,
}

pub(super) fn print_config(
    command: &PrintConfigCommand,
    global: &GlobalOptions,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    match command.system {
        System::Nagios => definitions::nagios::write(&plan(command, global)?, screen.out)??,
        System::Icinga2 => definitions::icinga2::write(&plan(command, global)?, screen.out)??,
        System::Zabbix => screen.out.write_all(template(command, global)?.as_bytes())?,
    }
    Ok(0)
}

/// The template for Zabbix. It is the same for every host.
fn template(command: &PrintConfigCommand, global: &GlobalOptions) -> anyhow::Result<String> {
    if command.passive || command.hosts || !command.target.is_empty() || command.receiver.is_some()
    {
        anyhow::bail!(
            "the template for Zabbix does not contain hosts: omit --target, --receiver, --passive and --hosts"
        );
    }
    let (catalog, settings) = sources::all(global)?;
    let mut definitions = Vec::new();
    for check in command.selection.checks(&catalog)? {
        let thresholds = settings.effective(&check, settings.defaults())?.thresholds;
        definitions.push(TemplateCheck { check, thresholds });
    }
    let is_zabbix = |receiver: &&Receiver| matches!(receiver.kind, ReceiverKind::Zabbix(_));
    let receivers = settings.receivers().iter().filter(is_zabbix);
    // With the longest interval, no receiver reports missing data too early.
    let interval = receivers.map(|receiver| receiver.interval).max().unwrap_or(INTERVAL);
    Ok(zabbix::template(&definitions, interval))
}

fn plan(command: &PrintConfigCommand, global: &GlobalOptions) -> anyhow::Result<DefinitionPlan> {
    let (catalog, settings) = sources::all(global)?;
    let checks = command.selection.checks(&catalog)?;
    let receiver = command.receiver.as_deref().map(|name| settings.receiver(name)).transpose()?;
    let targets = targets(&settings, &command.target)?;
    let hosts = targets.iter().map(|target| {
        let name = receiver.map_or(target.name.as_str(), |receiver| receiver.host(&target.name));
        definitions::host(&settings, target, name, &checks)
    });
    let hosts = hosts.collect::<Result<Vec<_>, _>>()?;
    if command.hosts && hosts.is_empty() {
        anyhow::bail!("no host to print: the settings contain no target; see --config");
    }
    let program = program()?;
    Ok(DefinitionPlan {
        program: text(&program)?,
        options: options(global, !hosts.is_empty())?,
        services: checks.iter().map(definitions::service).collect(),
        hosts,
        with_hosts: command.hosts,
        passive: command.passive.then(|| receiver.map_or(INTERVAL, |receiver| receiver.interval)),
    })
}

fn targets<'a>(settings: &'a Settings, names: &[String]) -> anyhow::Result<Vec<&'a Target>> {
    if names.is_empty() {
        return Ok(settings.targets().iter().collect());
    }
    Ok(names.iter().map(|name| settings.target(name)).collect::<Result<_, _>>()?)
}

/// The options with which a plugin call reads the same settings and checks.
fn options(global: &GlobalOptions, listed: bool) -> anyhow::Result<Vec<(String, String)>> {
    let settings = sources::settings_file(global).filter(|_| listed);
    let settings = settings.iter().map(|path| ("--config", path));
    let paths = settings.chain(global.checks.iter().map(|path| ("--checks", path)));
    paths
        .map(|(option, path)| {
            let full =
                path.canonicalize().with_context(|| format!("cannot find {}", path.display()))?;
            Ok((option.to_owned(), text(&full)?))
        })
        .collect()
}

fn text(path: &Path) -> anyhow::Result<String> {
    let text = path.to_str().map(str::to_owned);
    text.with_context(|| format!("the path {} is not UTF-8", PathBuf::from(path).display()))
}
