//! Converts a report to passive check results, one for each service, and collects what was not delivered.
//!
//! It sends nothing.

use std::collections::HashMap;
use std::time::Duration;

use super::error::DeliverError;
use crate::finding::State;
use crate::finding::report::{OWN, Report};
use crate::output::host_name::refusal;
use crate::output::nagios::{PluginOutput, PluginSubject};
use crate::output::services::services;
use crate::settings::receiver::{Receiver, lifetime};

/// The number of services that a message names for one reason.
const NAMED: usize = 3;

/// The result of one service.
#[derive(Debug)]
pub(super) struct ServiceResult {
    /// The host name of the target.
    pub(super) host: String,
    /// The name of the check, or `posemo`.
    pub(super) service: String,
    /// The state of the service.
    pub(super) state: State,
    /// The output of a plugin.
    pub(super) output: PluginOutput,
    /// How long the result is valid.
    pub(super) lifetime: Duration,
}

impl ServiceResult {
    /// The output of the plugin in one line of at most `most` bytes, as Nagios reads it.
    ///
    /// Nagios reads `\\` as a backslash and `\n` as a line end, so each of them takes two bytes. Lines that do not fit
    /// are left out from the end. Metrics always fit.
    pub(super) fn nagios_text(&self, most: usize) -> String {
        let mut output = self.output.clone();
        loop {
            let whole = output.whole();
            let text = whole.trim_end().replace('\\', "\\\\").replace('\n', "\\n");
            let fits = text.len() <= most;
            if fits || output.below.pop().is_none() && output.metrics.pop().is_none() {
                return text;
            }
        }
    }
}

/// The results of a report, and those that cannot be sent because the name of the host is wrong.
///
/// The worst results are first, so that they are sent if the time is not enough for all. A result has at most `most`
/// bytes.
pub(super) fn service_results(
    receiver: &Receiver,
    report: &Report,
    forbidden: &str,
    most: usize,
) -> (Vec<ServiceResult>, Losses) {
    let (mut results, mut losses) = (Vec::new(), Losses::default());
    let mut hosts = HashMap::<String, String>::new();
    for service in services(report) {
        let host = receiver.host(&service.target);
        let first = hosts.entry(host.to_owned()).or_insert_with(|| service.target.clone());
        let advice = || {
            format!("write {:?} = \"HOST\" in [receivers.{}.hosts]", service.target, receiver.name)
        };
        if let Some(problem) = refusal(host, forbidden) {
            losses.add(host, &service.name, format!("the host {problem}: {}", advice()));
        } else if *first != service.target {
            let problem = format!("targets {first} and {} have the same host name", service.target);
            losses.add(host, &service.name, format!("{problem}: {}", advice()));
        } else {
            let checks = service.report.targets.iter().flat_map(|target| &target.checks);
            let interval = checks.filter_map(|check| check.interval).min();
            results.push(ServiceResult {
                host: host.to_owned(),
                lifetime: lifetime(interval.unwrap_or(receiver.interval)),
                state: service.report.state(),
                output: PluginOutput::new(
                    &service.report,
                    PluginSubject::Check(&service.name),
                    most,
                ),
                service: service.name,
            });
        }
    }
    // A check that watches for outages comes before the service of the target, whose notification depends on it.
    results.sort_by_key(|result| (result.state.rank(), result.service == OWN));
    (results, losses)
}

/// The results that were not delivered: a reason and its services.
#[derive(Debug, Default)]
pub(super) struct Losses(Vec<(String, Vec<String>)>);

impl Losses {
    pub(super) fn add(&mut self, host: &str, service: &str, reason: String) {
        let name = format!("{host}!{service}");
        match self.0.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, services)) => services.push(name),
            None => self.0.push((reason, vec![name])),
        }
    }

    /// The outcome of a delivery of which `taken` results were accepted.
    pub(super) fn into_result(self, place: &str, taken: usize) -> Result<String, DeliverError> {
        let lost = self.0.iter().map(|(_, services)| services.len()).sum::<usize>();
        if lost == 0 {
            return Ok(format!("{place} accepted {taken} results"));
        }
        let reasons = self.0.iter().map(|(reason, services)| {
            let more = services.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let named = services.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>();
            format!("{}{more}: {reason}", named.join(", ").escape_debug())
        });
        let reason = reasons.collect::<Vec<_>>().join("; ");
        Err(DeliverError::Partly { place: place.to_owned(), taken, sent: taken + lost, reason })
    }
}

/// The start and the end of a report, in seconds of Unix time.
pub(super) fn times(report: &Report) -> (f64, f64) {
    let began = report.started.as_duration().as_secs_f64();
    (began, began + report.duration.as_secs_f64())
}
