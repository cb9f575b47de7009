//! Alerts for every member of a cluster of Alertmanagers, resolved when what they say is over.
//!
//! It decides nothing about who is told. Members do not pass alerts on, so each of them is sent all.

use std::collections::HashMap;
use std::path::PathBuf;
use std::thread;

use self::memory::Memory;
use self::plan::{Plan, plan};
use super::DeliverError;
use super::http::Client;
use crate::finding::report::Report;
use crate::output::alertmanager::{AlertOptions, alerts, end};
use crate::settings::receiver::{Alertmanager, Receiver, lifetime};

mod memory;
mod plan;
mod post;
pub mod silence;

/// Sends the alerts of a report, and that others are over.
///
/// What will be sent is written down first: whatever happens afterwards, the next run knows which alerts may
/// be firing, and sends all of it again.
pub(super) fn deliver(
    receiver: &Receiver,
    to: &Alertmanager,
    report: &Report,
) -> Result<String, DeliverError> {
    let client = Client::new(&to.http, receiver.timeout)?;
    let mut sentences = Vec::new();
    let memory = state_file(receiver, to)
        .and_then(|file| Memory::open(&file, &receiver.name, receiver.timeout / 2));
    let (memory, remembered) = match memory {
        Ok((memory, remembered, remark)) => {
            sentences.extend(remark);
            (Some(memory), remembered)
        }
        // A problem is said even where nobody will remember that it was.
        Err(sentence) => {
            sentences.push(sentence);
            (None, Vec::new())
        }
    };
    let plan = planned(receiver, to, report, &remembered);
    if let Some(Err(sentence)) = memory.as_ref().map(|memory| memory.write(&plan.remember)) {
        sentences.push(sentence);
    }
    sentences.extend(told(&client, &to.http.urls, &plan));
    // Another run may go on once everybody has been told.
    drop(memory);
    if sentences.is_empty() {
        let (firing, resolved, members) = (plan.firing, plan.resolved, to.http.urls.len());
        Ok(format!("{firing} alerts firing and {resolved} resolved, said to {members} members"))
    } else {
        Err(DeliverError::Several { sentences })
    }
}

fn planned(
    receiver: &Receiver,
    to: &Alertmanager,
    report: &Report,
    remembered: &[plan::Remembered],
) -> Plan {
    let hosts = receiver.hosts.iter().map(|(target, host)| (target.as_str(), host.as_str()));
    let labels = to.labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let manner = AlertOptions {
        labels: labels.collect(),
        hosts: hosts.collect::<HashMap<_, _>>(),
        lifetime: lifetime(receiver.interval),
    };
    let now = end(report);
    plan(report, &manner, remembered, alerts(report, &manner, now), now)
}

/// Tells all members side by side, so that a silent one takes no time from the others, and says what failed.
fn told(client: &Client, urls: &[String], plan: &Plan) -> Vec<String> {
    let failed = |url: &String| post::post(client, url, &plan.send).err();
    thread::scope(|scope| {
        let telling: Vec<_> = urls.iter().map(|url| scope.spawn(move || failed(url))).collect();
        let told = telling.into_iter().map(|member| {
            let panicked =
                |_| Some(DeliverError::Several { sentences: vec!["it failed".to_owned()] });
            member.join().unwrap_or_else(panicked)
        });
        told.flatten().map(|error| error.to_string()).collect()
    })
}

/// Where it is remembered what is firing: as the settings say, or where a user's programs keep such things.
fn state_file(receiver: &Receiver, to: &Alertmanager) -> Result<PathBuf, String> {
    if let Some(file) = &to.state_file {
        return Ok(file.clone());
    }
    let variable =
        |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || variable("HOME").map(|home| home.join(".local/state"));
    let directory = variable("XDG_STATE_HOME").or_else(home).ok_or_else(|| {
        format!(
            "there is no $HOME to remember in what is firing; alerts were sent, but those that are over now will only end when their time is up: set state_file in [receivers.{}]",
            receiver.name
        )
    })?;
    Ok(directory.join("posemo").join(format!("alertmanager-{}.json", file_name(&receiver.name))))
}

/// The name of a section may have anything in it.
fn file_name(name: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "_-".contains(character);
    let spelled = |character: char| {
        if plain(character) {
            character.to_string()
        } else {
            format!("%{:x}", u32::from(character))
        }
    };
    name.chars().map(spelled).collect()
}
