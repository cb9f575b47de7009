//! `posemo print-config`: what a monitoring system has to be given before posemo can tell it anything.
//!
//! It asks no server, and writes to standard output only.

use std::time::Duration;

use super::run::Selection;
use super::{Common, Screen, sources};
use crate::definitions::{Definition, zabbix};
use crate::settings::Settings;
use crate::settings::receiver::Kind;

/// Arguments of `print-config`.
#[derive(Debug, clap::Args)]
pub(super) struct PrintConfig {
    /// Whose configuration
    #[arg(value_name = "SYSTEM", value_enum)]
    system: System,
    #[command(flatten)]
    selection: Selection,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum System {
    /// A template for Zabbix 6.0 and newer, to be imported
    Zabbix,
}

pub(super) fn print_config(
    command: &PrintConfig,
    common: &Common,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let catalog = sources::catalog(common)?;
    let settings = sources::settings(common, &catalog)?;
    let mut definitions = Vec::new();
    for check in command.selection.of(&catalog)? {
        let thresholds = settings.orders(&check, settings.defaults())?.thresholds;
        definitions.push(Definition { check, thresholds });
    }
    let text = match command.system {
        System::Zabbix => {
            let is_zabbix = |kind: &Kind| matches!(kind, Kind::Zabbix(_));
            zabbix::template(&definitions, interval(&settings, is_zabbix))
        }
    };
    screen.out.write_all(text.as_bytes())?;
    Ok(0)
}

/// How often reports are sent to receivers of a kind: the longest of their intervals.
fn interval(settings: &Settings, of_kind: impl Fn(&Kind) -> bool) -> Duration {
    let receivers = settings.receivers().iter().filter(|receiver| of_kind(&receiver.kind));
    receivers.map(|receiver| receiver.interval).max().unwrap_or(Duration::from_secs(300))
}
