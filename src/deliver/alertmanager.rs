//! Sends alerts to every member of a cluster of Alertmanagers, and resolves those that are over.
//!
//! Members do not pass alerts on, so each of them is sent all alerts. Alertmanager decides who is notified.

use std::collections::HashMap;
use std::path::PathBuf;
use std::thread;

use self::plan::{AlertPlan, RecordedAlert, plan};
use self::state_file::{CONSEQUENCE, StateFile};
use super::error::{DeliverError, INTERNAL_ERROR};
use super::http::HttpClient;
use crate::finding::report::Report;
use crate::output::alertmanager::{AlertOptions, alerts, end, watchdog};
use crate::settings::receiver::{AlertmanagerSettings, Receiver, lifetime};
use crate::settings::state::state_directory;

pub mod mirror;
mod plan;
mod post;
pub mod silence;
pub mod silence_text;
mod state_file;

/// Sends the alerts of a report, and which earlier alerts are over.
///
/// The plan is recorded before it is sent. After an interruption the next run knows which alerts may be firing, and
/// sends all of the plan again.
pub(super) fn deliver(
    receiver: &Receiver,
    settings: &AlertmanagerSettings,
    report: &Report,
) -> Result<String, DeliverError> {
    let client = HttpClient::new(&settings.http, receiver.timeout)?;
    let mut sentences = Vec::new();
    let state = state_file(receiver, settings)
        .and_then(|file| StateFile::open(&file, &receiver.name, receiver.timeout / 2));
    let (state, recorded) = match state {
        Ok((state, recorded, remark)) => {
            sentences.extend(remark);
            (Some(state), recorded)
        }
        // A problem is sent also where it cannot be recorded.
        Err(sentence) => {
            sentences.push(sentence);
            (None, Vec::new())
        }
    };
    let plan = plan_of(receiver, settings, report, &recorded);
    if let Some(Err(sentence)) = state.as_ref().map(|state| state.write(&plan.record)) {
        sentences.push(sentence);
    }
    let failed = failures(&settings.http.urls, |url| post::post(&client, url, &plan.send));
    sentences.extend(failed.iter().map(ToString::to_string));
    // Another run may begin only after all members have the alerts.
    drop(state);
    if sentences.is_empty() {
        let (firing, resolved) = (plan.firing, plan.resolved);
        let members = settings.http.urls.len();
        Ok(format!("{firing} firing and {resolved} resolved alerts sent to {members} members"))
    } else {
        Err(DeliverError::Several { sentences })
    }
}

/// Asks the members for something that changes nothing there. The error is why none of them answers.
pub fn reach(receiver: &Receiver, settings: &AlertmanagerSettings) -> Result<(), DeliverError> {
    let (client, urls) = (HttpClient::new(&settings.http, receiver.timeout)?, &settings.http.urls);
    let ask = |url: &str| client.request("GET", &format!("{url}/-/ready")).map(drop);
    let failures = failures(urls, ask);
    if failures.len() < urls.len() {
        Ok(())
    } else {
        failures.into_iter().next().map_or(Ok(()), Err)
    }
}

fn plan_of(
    receiver: &Receiver,
    settings: &AlertmanagerSettings,
    report: &Report,
    recorded: &[RecordedAlert],
) -> AlertPlan {
    let hosts = receiver.hosts.iter().map(|(target, host)| (target.as_str(), host.as_str()));
    let labels = settings.labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let manner = AlertOptions {
        labels: labels.collect(),
        hosts: hosts.collect::<HashMap<_, _>>(),
        lifetime: lifetime(receiver.interval),
    };
    let now = end(report);
    let mut plan = plan(report, &manner, recorded, alerts(report, &manner, now), now);
    if settings.watchdog {
        // It is never resolved, so it is not recorded.
        plan.firing += 1;
        plan.send.push(watchdog(&manner, now));
    }
    plan
}

/// Sends to all members in parallel, so that one without an answer does not delay the others. Returns the failures.
fn failures(
    urls: &[String],
    send: impl Fn(&str) -> Result<(), DeliverError> + Sync,
) -> Vec<DeliverError> {
    let send = &send;
    thread::scope(|scope| {
        let threads: Vec<_> = urls.iter().map(|url| scope.spawn(move || send(url).err())).collect();
        let failures = threads.into_iter().map(|member| {
            let panicked =
                |_| Some(DeliverError::Several { sentences: vec![INTERNAL_ERROR.to_owned()] });
            member.join().unwrap_or_else(panicked)
        });
        failures.flatten().collect()
    })
}

/// The state file of the settings, or one in the user's directory for state.
fn state_file(receiver: &Receiver, settings: &AlertmanagerSettings) -> Result<PathBuf, String> {
    if let Some(file) = &settings.state_file {
        return Ok(file.clone());
    }
    let directory = state_directory().ok_or_else(|| {
        format!(
            "$HOME is not set, so posemo cannot record which alerts are firing; {CONSEQUENCE}: set state_file in [receivers.{}]",
            receiver.name
        )
    })?;
    Ok(directory.join(format!("alertmanager-{}.json", file_name(&receiver.name))))
}

/// The name of a receiver as a part of a file name: other characters than letters, digits, `_` and `-` are escaped.
fn file_name(name: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "_-".contains(character);
    let escaped = |character: char| {
        if plain(character) {
            character.to_string()
        } else {
            format!("%{:x}", u32::from(character))
        }
    };
    name.chars().map(escaped).collect()
}
