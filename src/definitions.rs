//! Writes definitions for monitoring systems: services that call posemo, or services that posemo sends results to.
//!
//! It does not connect to a server or to a monitoring system.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use crate::catalog::check::Check;
use crate::catalog::thresholds::Thresholds;
use crate::finding::State;
use crate::finding::report::OWN;
use crate::output::host_name::refusal;
use crate::settings::Settings;
use crate::settings::effective::EffectiveCheck;
use crate::settings::error::SettingsError;
use crate::settings::receiver::{INTERVAL, Receiver, ReceiverKind};
use crate::settings::target::Target;

pub mod call;
pub mod checkmk;
pub mod grafana;
pub mod icinga2;
pub mod nagios;
pub mod prometheus;
pub mod request;
mod yaml;
pub mod zabbix;

/// The time limit of a plugin call in seconds. It is less than the 60 s of Nagios and Icinga.
const TIMEOUT: u64 = 30;

/// The text of a service for which no result arrives. Either the server is not reached, and only the service `posemo`
/// gets results, or no run sends results. It contains no semicolon, which begins a comment in Nagios.
const NO_RESULT: &str = "POSEMO UNKNOWN - no result arrived in time. The service posemo of this host reports whether the server is reached. \
                         If that service has no result either, posemo run --send does not run";

/// What the definitions contain.
#[derive(Debug, Clone, Default)]
pub struct DefinitionPlan {
    /// The path of this program.
    pub program: String,
    /// The options of every call, such as `--config` with its value.
    pub options: Vec<(String, String)>,
    /// The hosts; empty for definitions of services on hosts that the user defines.
    pub hosts: Vec<HostDefinition>,
    /// The services on hosts that the user defines.
    pub services: Vec<ServiceDefinition>,
    /// Whether to write definitions of the hosts, too.
    pub with_hosts: bool,
    /// For passive services: the interval at which runs send results.
    pub passive: Option<Duration>,
}

/// A host with its services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostDefinition {
    /// Its name in the monitoring system.
    pub name: String,
    /// The target of the settings.
    pub target: String,
    /// Its address from the settings.
    pub address: String,
    /// One service for each check.
    pub services: Vec<ServiceDefinition>,
}

/// A service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceDefinition {
    /// The name of the check, or of the topic.
    pub name: String,
    /// Whether it is all checks of a topic.
    pub is_topic: bool,
    /// One line: what the check watches.
    pub summary: String,
    /// The topic of the check.
    pub topic: String,
    /// The interval of calls.
    pub interval: Duration,
    /// How long a problem must last before the system notifies.
    pub hold: Option<Duration>,
    /// Whether its state shows that the server does not answer. The other services of the host depend on it.
    pub watches: bool,
    /// Whether it has no answer while the server has none. A check that judges a document does not call the server.
    pub needs_server: bool,
}

impl ServiceDefinition {
    /// The number of results in a row after which a problem counts, if it must last for some time.
    fn attempts(&self, passive: Option<Duration>) -> Option<u64> {
        let step = passive.unwrap_or(self.retry()).as_secs().max(1);
        self.hold.map(|hold| hold.as_secs().div_ceil(step) + 1)
    }

    /// The interval of calls while a problem does not count yet.
    fn retry(&self) -> Duration {
        self.interval / 2
    }

    /// A note for the user who is notified.
    fn advice(&self) -> Option<String> {
        if self.is_topic {
            return Some("posemo explain CHECK describes what to do about each check".to_owned());
        }
        (self.name != OWN).then(|| format!("posemo explain {} describes what to do", self.name))
    }
}

/// The name of the group for a topic.
fn group(topic: &str) -> String {
    format!("posemo-{topic}")
}

/// Why definitions cannot be written.
#[derive(Debug, Error)]
pub enum DefinitionsError {
    /// A name would break the definitions.
    #[error("cannot define {what} {name:?} for {system}: it {problem}; {advice}")]
    Name {
        /// `host`, `target`, `path`.
        what: &'static str,
        /// The name.
        name: String,
        /// `Nagios`, `Icinga`.
        system: &'static str,
        /// What is wrong with it.
        problem: String,
        /// What to do.
        advice: &'static str,
    },
    /// A path is not UTF-8.
    #[error("the path {} is not UTF-8", .0.display())]
    NotText(PathBuf),
    /// A file cannot be found.
    #[error("cannot find {}: {source}", path.display())]
    Path {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// Two targets have the same host name.
    #[error(
        "targets {first:?} and {second:?} have the same host {host:?}; give one of them another host in [receivers.NAME.hosts]"
    )]
    Twice {
        /// One target.
        first: String,
        /// The other target.
        second: String,
        /// The host of both.
        host: String,
    },
    /// The settings contain no target.
    #[error("no host to print: the settings contain no target; see --config")]
    NoHost,
    /// Checkmk's agent gets results without definitions, and its lines contain no hosts.
    #[error(
        "the lines for Checkmk's agent contain neither hosts nor passive services: omit --hosts and --passive. For results that posemo run writes, use --output checkmk"
    )]
    OnlyCalls,
    /// An option has no meaning for the system.
    #[error("{0}")]
    Request(&'static str),
    /// The settings of a check are not valid.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

/// The hosts of the targets with these names, or of all, with the names that a receiver gives them.
pub fn hosts(
    settings: &Settings,
    targets: &[String],
    receiver: Option<&Receiver>,
    checks: &[Check],
) -> Result<Vec<HostDefinition>, DefinitionsError> {
    let targets = settings.targets_named(targets)?;
    let hosts = targets.iter().map(|target| {
        let name = receiver.map_or(target.name.as_str(), |receiver| receiver.host(&target.name));
        host(settings, target, name, checks)
    });
    hosts.collect()
}

/// The host of a target, with the checks that are enabled for it.
fn host(
    settings: &Settings,
    target: &Target,
    name: &str,
    checks: &[Check],
) -> Result<HostDefinition, DefinitionsError> {
    let mut services = Vec::new();
    for check in checks {
        let effective = settings.effective(check, target)?;
        if effective.enabled && has_document(check, target) {
            let (interval, hold) = (effective.interval, effective.hold);
            services.push(ServiceDefinition { interval, hold, ..service(check) });
        }
    }
    let value = |wanted: &str| {
        let found = target.keywords.iter().rev().find(|(key, _)| key == wanted);
        found.and_then(|(_, value)| value.split(',').next()).filter(|value| !value.is_empty())
    };
    let address = value("hostaddr").or(value("host")).filter(|host| !host.starts_with('/'));
    Ok(HostDefinition {
        name: name.to_owned(),
        target: target.name.clone(),
        address: address.unwrap_or("127.0.0.1").to_owned(),
        services,
    })
}

/// Whether a check can run on a target: a check with a document needs its file.
fn has_document(check: &Check, target: &Target) -> bool {
    let Some(document) = &check.document else { return true };
    target.documents.iter().any(|file| file.name == document.name)
}

/// The service of a check, with the interval of the catalog.
pub fn service(check: &Check) -> ServiceDefinition {
    ServiceDefinition {
        name: check.name.clone(),
        is_topic: false,
        summary: check.summary.clone(),
        topic: check.topic.clone(),
        interval: check.interval,
        hold: check.hold,
        watches: check.no_answer == State::Critical,
        needs_server: check.document.is_none(),
    }
}

/// The services of checks for hosts that the user defines, with the intervals of the catalog.
pub fn services(checks: &[Check]) -> Vec<ServiceDefinition> {
    let runs = |check: &&Check| check.by_default && check.document.is_none();
    checks.iter().filter(runs).map(service).collect()
}

/// One service for each topic instead of one for each check. A check that watches for outages of the server keeps its
/// service, as the others depend on it.
fn by_topic(services: Vec<ServiceDefinition>) -> Vec<ServiceDefinition> {
    let (mut topics, others): (Vec<_>, Vec<_>) =
        services.into_iter().partition(|service| service.watches);
    for service in others {
        let known = topics.iter_mut().find(|topic| topic.is_topic && topic.name == service.topic);
        match known {
            Some(topic) => {
                topic.summary.push_str(&[", ", &service.name].concat());
                topic.interval = topic.interval.min(service.interval);
                topic.needs_server |= service.needs_server;
            }
            None => topics.push(ServiceDefinition {
                name: service.topic.clone(),
                is_topic: true,
                summary: format!("All checks of the topic {}: {}", service.topic, service.name),
                hold: None,
                ..service
            }),
        }
    }
    topics
}

impl DefinitionPlan {
    /// The plan with one service for each topic instead of one for each check.
    #[must_use]
    pub fn by_topic(mut self) -> DefinitionPlan {
        self.services = by_topic(self.services);
        for host in &mut self.hosts {
            host.services = by_topic(std::mem::take(&mut host.services));
        }
        self
    }

    /// Each service with its host. The host is absent for services on hosts that the user defines.
    fn all(&self) -> Vec<(Option<&HostDefinition>, ServiceDefinition)> {
        let own = self.passive.map(|_| ServiceDefinition {
            name: OWN.to_owned(),
            is_topic: false,
            summary: "Whether the server is reached, and the number of checks in each state"
                .to_owned(),
            topic: "availability".to_owned(),
            interval: Duration::ZERO,
            hold: None,
            watches: false,
            needs_server: true,
        });
        if self.hosts.is_empty() {
            let services = own.iter().chain(&self.services);
            return services.map(|service| (None, service.clone())).collect();
        }
        let on_hosts = self.hosts.iter().flat_map(|host| {
            own.iter().chain(&host.services).map(move |service| (Some(host), service.clone()))
        });
        on_hosts.collect()
    }

    /// The service of a host that the others depend on, so that a server that does not answer is one alarm. Without
    /// such a check, it is the service for the target itself. `None` if there is neither.
    fn parent<'s>(&self, services: &'s [ServiceDefinition]) -> Option<&'s str> {
        let check = services.iter().find(|service| service.watches);
        check.map(|service| service.name.as_str()).or(self.passive.map(|_| OWN))
    }

    /// The topics that have a service.
    fn topics(&self) -> Vec<String> {
        let mut topics: Vec<String> =
            self.all().into_iter().map(|(_, service)| service.topic).collect();
        topics.sort();
        topics.dedup();
        topics
    }

    /// Checks that no name, path or address contains characters with a special meaning: those forbidden in names of
    /// hosts, and those forbidden in other texts.
    fn validate(&self, system: &'static str, forbidden: [&str; 2]) -> Result<(), DefinitionsError> {
        if self.with_hosts && self.hosts.is_empty() {
            return Err(DefinitionsError::NoHost);
        }
        let [in_hosts, in_texts] = forbidden;
        let name = |what, name: &str, forbidden: &str, advice| {
            refusal(name, forbidden).map_or(Ok(()), |problem| {
                Err(DefinitionsError::Name { what, name: name.to_owned(), system, problem, advice })
            })
        };
        name("path", &self.program, in_texts, "install posemo under another path")?;
        for (_, value) in &self.options {
            name("path", value, in_texts, "move the file to another path")?;
        }
        let mut known: Vec<&HostDefinition> = Vec::new();
        for host in &self.hosts {
            let advice = "give it another name in [receivers.NAME.hosts], and use --receiver NAME";
            name("host", &host.name, in_hosts, advice)?;
            name("target", &host.target, in_texts, "rename the target in the settings")?;
            name("address", &host.address, in_texts, "correct the host of the target")?;
            if let Some(first) = known.iter().find(|first| first.name == host.name) {
                let [first, second] = [first, &host].map(|host| host.target.clone());
                return Err(DefinitionsError::Twice { first, second, host: host.name.clone() });
            }
            known.push(host);
        }
        Ok(())
    }
}

/// A check in the template for Zabbix.
#[derive(Debug, Clone)]
pub struct TemplateCheck {
    /// The check.
    pub check: Check,
    /// The thresholds for all targets.
    pub thresholds: Thresholds,
    /// How long a problem must last before Zabbix opens it.
    pub hold: Option<Duration>,
    /// Its interval for all targets.
    pub interval: Duration,
}

/// The checks for a file without hosts, with the settings for all targets.
pub fn template_checks(
    settings: &Settings,
    checks: Vec<Check>,
) -> Result<Vec<TemplateCheck>, SettingsError> {
    let template_check = |check: Check| {
        let EffectiveCheck { thresholds, hold, interval, .. } =
            settings.effective(&check, settings.defaults())?;
        Ok(TemplateCheck { check, thresholds, hold, interval })
    };
    checks.into_iter().map(template_check).collect()
}

/// The longest interval of reports to Zabbix: with it, no receiver reports missing data too early.
pub fn longest_interval(settings: &Settings) -> Duration {
    let is_zabbix = |receiver: &&Receiver| matches!(receiver.kind, ReceiverKind::Zabbix(_));
    let receivers = settings.receivers().iter().filter(is_zabbix);
    receivers.map(|receiver| receiver.interval).max().unwrap_or(INTERVAL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn a_problem_that_must_last_counts_after_several_results() {
        let check = Catalog::embedded().get("connection_usage").unwrap();
        let (interval, hold) = (Duration::from_secs(60), Some(Duration::from_secs(610)));
        let held = ServiceDefinition { interval, hold, ..service(&check) };
        // Results are 30 s apart while the problem does not count, or arrive at the interval of runs.
        assert_eq!(held.attempts(None), Some(22));
        assert_eq!(held.attempts(Some(Duration::from_secs(300))), Some(4));
        assert_eq!(ServiceDefinition { hold: None, ..held }.attempts(None), None);
    }
}
