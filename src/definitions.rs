//! Definitions that make a monitoring system ask posemo, or expect what posemo sends.
//!
//! It is text and asks nobody; what is on the servers is not known here.

use std::time::Duration;

use thiserror::Error;

use crate::catalog::check::Check;
use crate::catalog::thresholds::Thresholds;
use crate::finding::report::OWN;
use crate::output::host_name::refusal;
use crate::settings::Settings;
use crate::settings::error::SettingsError;
use crate::settings::target::Target;

pub mod icinga2;
pub mod nagios;
mod yaml;
pub mod zabbix;

/// A plugin call gives up by itself after so many seconds, before Nagios (60) or Icinga (60) would.
pub(crate) const TIMEOUT: u64 = 30;

/// What a service says that hears nothing. Beside posemo, it is the server that may be away: its checks are
/// silent then, and the service of posemo's own is not. Without a semicolon, which begins a comment in Nagios.
const SILENT: &str = "POSEMO UNKNOWN - nothing was heard in time: the service posemo of this host says whether the server could be asked, \
                      and where that is silent too, posemo run --send does not run";

/// What the definitions are to say.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// This program, where the monitoring system finds it.
    pub program: String,
    /// The options for every call, as `--config` and its value.
    pub options: Vec<(String, String)>,
    /// The hosts; none for definitions that are for hosts which are said elsewhere.
    pub hosts: Vec<Host>,
    /// The services of hosts that are said elsewhere.
    pub services: Vec<Service>,
    /// Whether the hosts are to be defined, too.
    pub with_hosts: bool,
    /// How often a run is sent, where services are told and not asked.
    pub passive: Option<Duration>,
}

/// A host, and what is watched there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// What it is called there.
    pub name: String,
    /// The target of the settings.
    pub target: String,
    /// Where it is, as far as the settings say.
    pub address: String,
    /// One a check, and posemo's own where it is told.
    pub services: Vec<Service>,
}

/// A service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// The check's name.
    pub name: String,
    /// What it watches, in a line.
    pub summary: String,
    /// What it is about.
    pub topic: String,
    /// How often it is asked.
    pub interval: Duration,
}

impl Service {
    /// Where whoever is woken finds what to do.
    fn advice(&self) -> Option<String> {
        (self.name != OWN).then(|| format!("posemo explain {} says what to do", self.name))
    }
}

/// Why there are no definitions.
#[derive(Debug, Error)]
pub enum DefinitionsError {
    /// A name would break the definitions.
    #[error("cannot define {what} {name:?} for {system}: it {trouble}; {advice}")]
    Name {
        /// `host`, `target`, `path`.
        what: &'static str,
        /// The name.
        name: String,
        /// `Nagios`, `Icinga`.
        system: &'static str,
        /// What is wrong with it.
        trouble: String,
        /// What to do.
        advice: &'static str,
    },
    /// Two targets would be the same host.
    #[error(
        "targets {first:?} and {second:?} would both be host {host:?}; name one of them in [receivers.NAME.hosts]"
    )]
    Twice {
        /// The one.
        first: String,
        /// The other.
        second: String,
        /// The host.
        host: String,
    },
    /// What the settings say of a check cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

/// The host of a target, with the checks that are enabled for it.
pub fn host(
    settings: &Settings,
    target: &Target,
    name: &str,
    checks: &[Check],
) -> Result<Host, DefinitionsError> {
    let mut services = Vec::new();
    for check in checks {
        let effective = settings.effective(check, target)?;
        if effective.enabled {
            services.push(Service { interval: effective.interval, ..service(check) });
        }
    }
    let value = |wanted: &str| {
        let found = target.keywords.iter().rev().find(|(key, _)| key == wanted);
        found.and_then(|(_, value)| value.split(',').next()).filter(|value| !value.is_empty())
    };
    let address = value("hostaddr").or(value("host")).filter(|host| !host.starts_with('/'));
    Ok(Host {
        name: name.to_owned(),
        target: target.name.clone(),
        address: address.unwrap_or("127.0.0.1").to_owned(),
        services,
    })
}

/// The service of a check, as the catalogue has it.
pub fn service(check: &Check) -> Service {
    Service {
        name: check.name.clone(),
        summary: check.summary.clone(),
        topic: check.topic.clone(),
        interval: check.interval,
    }
}

impl Plan {
    /// Each service with its host's name and target, or none where they are for any host.
    fn all(&self) -> Vec<(Option<&Host>, Service)> {
        let own = self.passive.map(|_| Service {
            name: OWN.to_owned(),
            summary: "Whether the server could be asked, and how many checks are in which state"
                .to_owned(),
            topic: "availability".to_owned(),
            interval: Duration::ZERO,
        });
        let of_hosts = self.hosts.iter().flat_map(|host| {
            own.iter().chain(&host.services).map(move |service| (Some(host), service.clone()))
        });
        if self.hosts.is_empty() {
            return own
                .iter()
                .chain(&self.services)
                .map(|service| (None, service.clone()))
                .collect();
        }
        of_hosts.collect()
    }

    /// The topics that have a service.
    fn topics(&self) -> Vec<String> {
        let mut topics: Vec<String> =
            self.all().into_iter().map(|(_, service)| service.topic).collect();
        topics.sort();
        topics.dedup();
        topics
    }

    /// Every name, path and address must be one that the system takes for what it is.
    fn examine(&self, system: &'static str, forbidden: [&str; 2]) -> Result<(), DefinitionsError> {
        let [of_hosts, of_words] = forbidden;
        let name = |what, name: &str, forbidden: &str, advice| {
            refusal(name, forbidden).map_or(Ok(()), |trouble| {
                Err(DefinitionsError::Name { what, name: name.to_owned(), system, trouble, advice })
            })
        };
        name("path", &self.program, of_words, "call posemo by another path")?;
        for (_, value) in &self.options {
            name("path", value, of_words, "move the file")?;
        }
        let mut known: Vec<&Host> = Vec::new();
        for host in &self.hosts {
            let advice =
                "give it another name in [receivers.NAME.hosts], and name that with --receiver";
            name("host", &host.name, of_hosts, advice)?;
            name("target", &host.target, of_words, "call the target otherwise in the settings")?;
            name("address", &host.address, of_words, "correct the target's host")?;
            if let Some(first) = known.iter().find(|first| first.name == host.name) {
                let [first, second] = [first, &host].map(|host| host.target.clone());
                return Err(DefinitionsError::Twice { first, second, host: host.name.clone() });
            }
            known.push(host);
        }
        Ok(())
    }
}

/// A check as the template for Zabbix is to know it.
#[derive(Debug, Clone)]
pub struct Definition {
    /// The check.
    pub check: Check,
    /// The thresholds that hold for every target.
    pub thresholds: Thresholds,
}
