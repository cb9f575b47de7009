//! A report as passive check results: what each service is to say, and what could not be said to whom.
//!
//! It sends nothing.

use std::collections::HashMap;

use super::DeliverError;
use crate::finding::report::Report;
use crate::output::host_name::refusal;
use crate::output::nagios::PluginOutput;
use crate::output::services::services;
use crate::settings::receiver::Receiver;

/// How many services a message names of those that have the same trouble.
const NAMED: usize = 3;

/// What one service is told.
#[derive(Debug)]
pub(super) struct Outcome {
    /// What the target is called there.
    pub(super) host: String,
    /// The check, or posemo itself.
    pub(super) service: String,
    /// 0 to 3.
    pub(super) code: u8,
    /// What a plugin would print.
    pub(super) output: PluginOutput,
}

/// The outcomes of a report, the worst first, so that they are told where time runs out, and what cannot be
/// told as a host's name is wrong. None is larger than `most` bytes.
pub(super) fn outcomes(
    receiver: &Receiver,
    report: &Report,
    forbidden: &str,
    most: usize,
) -> (Vec<Outcome>, Losses) {
    let (mut outcomes, mut losses) = (Vec::new(), Losses::default());
    let mut hosts = HashMap::<String, String>::new();
    for service in services(report) {
        let host = receiver.host(&service.target);
        let first = hosts.entry(host.to_owned()).or_insert_with(|| service.target.clone());
        let advice = || {
            format!("write {:?} = \"HOST\" in [receivers.{}.hosts]", service.target, receiver.name)
        };
        if let Some(trouble) = refusal(host, forbidden) {
            losses.add(host, &service.name, format!("the host {trouble}: {}", advice()));
        } else if *first != service.target {
            let trouble = format!("two targets, {first} and {}, are one host", service.target);
            losses.add(host, &service.name, format!("{trouble}: {}", advice()));
        } else {
            outcomes.push(Outcome {
                host: host.to_owned(),
                code: service.report.state().exit_code(),
                output: PluginOutput::new(&service.report, Some(&service.name), most),
                service: service.name,
            });
        }
    }
    outcomes.sort_by_key(|outcome| [3, 1, 0, 2][usize::from(outcome.code.min(3))]);
    (outcomes, losses)
}

/// What did not arrive, by reason.
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

    /// What is to be said of so many that were sent.
    pub(super) fn conclude(self, place: &str, taken: usize) -> Result<String, DeliverError> {
        let lost = self.0.iter().map(|(_, services)| services.len()).sum::<usize>();
        if lost == 0 {
            return Ok(format!("{place} took {taken} results"));
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

/// When a report was begun and when it ended, in seconds of Unix time.
pub(super) fn times(report: &Report) -> (f64, f64) {
    let began = report.started.as_duration().as_secs_f64();
    (began, began + report.duration.as_secs_f64())
}
