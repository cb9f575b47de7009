//! `posemo print-config`: definitions that a monitoring system is given, so that it asks posemo or is told.
//!
//! It asks no server, and writes into no file of the monitoring system.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ValueEnum;

use super::run::Selection;
use super::{Common, Screen, sources};
use crate::definitions::{self, Definition, Plan, zabbix};
use crate::settings::Settings;
use crate::settings::receiver::{INTERVAL, Kind, Receiver};
use crate::settings::target::Target;

/// Arguments of `print-config`.
#[derive(Debug, clap::Args)]
pub(super) struct PrintConfig {
    /// The monitoring system
    #[arg(value_enum)]
    system: System,
    /// Only this target of the settings; repeatable
    #[arg(long, value_name = "NAME")]
    target: Vec<String>,
    /// The receiver of the settings that `posemo run --send` is given: its names of hosts and its interval
    #[arg(long, value_name = "NAME")]
    receiver: Option<String>,
    /// Services that are told by `posemo run --send`, in place of services that ask
    #[arg(long)]
    passive: bool,
    /// The hosts, too
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
    /// Zabbix: a template for 6.0 and newer, to be imported
    Zabbix,
}

pub(super) fn print_config(
    command: &PrintConfig,
    common: &Common,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    match command.system {
        System::Nagios => definitions::nagios::write(&plan(command, common)?, screen.out)??,
        System::Icinga2 => definitions::icinga2::write(&plan(command, common)?, screen.out)??,
        System::Zabbix => screen.out.write_all(template(command, common)?.as_bytes())?,
    }
    Ok(0)
}

/// The template for Zabbix, which is the same for every host.
fn template(command: &PrintConfig, common: &Common) -> anyhow::Result<String> {
    if command.passive || command.hosts || !command.target.is_empty() || command.receiver.is_some()
    {
        anyhow::bail!(
            "a template for Zabbix knows no hosts: leave out --target, --receiver, --passive and --hosts"
        );
    }
    let catalog = sources::catalog(common)?;
    let settings = sources::settings(common, &catalog)?;
    let mut definitions = Vec::new();
    for check in command.selection.of(&catalog)? {
        let thresholds = settings.effective(&check, settings.defaults())?.thresholds;
        definitions.push(Definition { check, thresholds });
    }
    let is_zabbix = |receiver: &&Receiver| matches!(receiver.kind, Kind::Zabbix(_));
    let receivers = settings.receivers().iter().filter(is_zabbix);
    // The longest interval, so that none is missed too early.
    let interval = receivers.map(|receiver| receiver.interval).max().unwrap_or(INTERVAL);
    Ok(zabbix::template(&definitions, interval))
}

fn plan(command: &PrintConfig, common: &Common) -> anyhow::Result<Plan> {
    let catalog = sources::catalog(common)?;
    let settings = sources::settings(common, &catalog)?;
    let checks = command.selection.of(&catalog)?;
    let receiver = command.receiver.as_deref().map(|name| settings.receiver(name)).transpose()?;
    let targets = targets(&settings, &command.target)?;
    let hosts = targets.iter().map(|target| {
        let name = receiver.map_or(target.name.as_str(), |receiver| receiver.host(&target.name));
        definitions::host(&settings, target, name, &checks)
    });
    let hosts = hosts.collect::<Result<Vec<_>, _>>()?;
    if command.hosts && hosts.is_empty() {
        anyhow::bail!("there is no host to define: the settings have no target; see --config");
    }
    let program = super::run::program()?;
    Ok(Plan {
        program: text(&program)?,
        options: options(common, !hosts.is_empty())?,
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

/// The options that lead a call to the same settings and the same checks.
fn options(common: &Common, listed: bool) -> anyhow::Result<Vec<(String, String)>> {
    let settings = sources::settings_file(common).filter(|_| listed);
    let settings = settings.iter().map(|path| ("--config", path));
    let paths = settings.chain(common.checks.iter().map(|path| ("--checks", path)));
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
    text.with_context(|| format!("the path {} is no UTF-8", PathBuf::from(path).display()))
}
