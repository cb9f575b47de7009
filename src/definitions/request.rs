//! What a user wants to have printed: for which system, of which targets, and in which form.

use std::io::{self, Write};
use std::path::PathBuf;

use super::{
    DefinitionPlan, DefinitionsError, call, checkmk, grafana, hosts, icinga2, longest_interval,
    nagios, prometheus, services, template_checks, zabbix,
};
use crate::catalog::check::Check;
use crate::settings::Settings;
use crate::settings::receiver::INTERVAL;

/// A monitoring system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefinitionSystem {
    /// Nagios Core.
    Nagios,
    /// Icinga 2.
    Icinga2,
    /// Checkmk.
    Checkmk,
    /// Zabbix.
    Zabbix,
    /// Prometheus.
    Prometheus,
    /// Grafana.
    Grafana,
}

impl DefinitionSystem {
    /// All systems, with their words and what is printed for them.
    pub const ALL: [(DefinitionSystem, &'static str, &'static str); 6] = [
        (DefinitionSystem::Nagios, "nagios", "Nagios Core"),
        (DefinitionSystem::Icinga2, "icinga2", "Icinga 2"),
        (
            DefinitionSystem::Checkmk,
            "checkmk",
            "Checkmk: lines of mrpe.cfg, by which the agent runs posemo",
        ),
        (DefinitionSystem::Zabbix, "zabbix", "Zabbix 6.0 and newer: a template to import"),
        (
            DefinitionSystem::Prometheus,
            "prometheus",
            "Prometheus: alerting rules for the metrics of posemo run --output prometheus",
        ),
        (DefinitionSystem::Grafana, "grafana", "Grafana: a dashboard for these metrics"),
    ];

    /// The system with this word.
    pub fn parse(word: &str) -> Option<DefinitionSystem> {
        Self::ALL.into_iter().find(|(_, known, _)| *known == word).map(|(system, ..)| system)
    }
}

/// What to print.
#[derive(Debug)]
pub struct DefinitionRequest {
    /// The system.
    pub system: DefinitionSystem,
    /// The names of the targets; empty for all.
    pub targets: Vec<String>,
    /// The receiver whose host names and interval are used.
    pub receiver: Option<String>,
    /// Whether services are passive.
    pub passive: bool,
    /// Whether a topic is one service.
    pub by_topic: bool,
    /// Whether the hosts are printed, too.
    pub with_hosts: bool,
    /// This program.
    pub program: PathBuf,
    /// The file of the settings.
    pub settings_file: Option<PathBuf>,
    /// Folders and archives with checks.
    pub folders: Vec<PathBuf>,
}

impl DefinitionRequest {
    /// Prints the definitions. The outer error is about the request, the inner one about the output.
    pub fn write(
        &self,
        settings: &Settings,
        checks: Vec<Check>,
        out: &mut dyn Write,
    ) -> Result<io::Result<()>, DefinitionsError> {
        let text = match self.system {
            DefinitionSystem::Nagios => return nagios::write(&self.plan(settings, &checks)?, out),
            DefinitionSystem::Icinga2 => {
                return icinga2::write(&self.plan(settings, &checks)?, out);
            }
            DefinitionSystem::Checkmk => {
                return checkmk::write(&self.plan(settings, &checks)?, out);
            }
            DefinitionSystem::Zabbix => {
                self.without_hosts()?;
                let checks = template_checks(settings, checks)?;
                zabbix::template(&checks, longest_interval(settings), self.by_topic)
            }
            DefinitionSystem::Prometheus => {
                self.without_hosts()?;
                prometheus::rules(&template_checks(settings, checks)?)
            }
            DefinitionSystem::Grafana => {
                self.without_hosts()?;
                grafana::dashboard(&template_checks(settings, checks)?)
            }
        };
        Ok(out.write_all(text.as_bytes()))
    }

    /// Refuses what a file without hosts cannot have.
    fn without_hosts(&self) -> Result<(), DefinitionsError> {
        if self.by_topic && self.system != DefinitionSystem::Zabbix {
            return Err(DefinitionsError::Request(
                "the files for Prometheus and Grafana contain all topics: omit --by-topic",
            ));
        }
        let of_hosts = self.passive || self.with_hosts;
        if of_hosts || !self.targets.is_empty() || self.receiver.is_some() {
            return Err(DefinitionsError::Request(
                "the files for Zabbix, Prometheus and Grafana contain no hosts: omit --target, --receiver, --passive and --hosts",
            ));
        }
        Ok(())
    }

    fn plan(
        &self,
        settings: &Settings,
        checks: &[Check],
    ) -> Result<DefinitionPlan, DefinitionsError> {
        let receiver = self.receiver.as_deref().map(|name| settings.receiver(name)).transpose()?;
        let hosts = hosts(settings, &self.targets, receiver, checks)?;
        let settings_file = self.settings_file.as_deref().filter(|_| !hosts.is_empty());
        let plan = DefinitionPlan {
            program: call::text(&self.program)?,
            options: call::options(settings_file, &self.folders)?,
            services: services(checks),
            hosts,
            with_hosts: self.with_hosts,
            passive: self.passive.then(|| receiver.map_or(INTERVAL, |receiver| receiver.interval)),
        };
        Ok(if self.by_topic { plan.by_topic() } else { plan })
    }
}
