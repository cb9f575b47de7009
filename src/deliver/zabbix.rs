//! Sends values to Zabbix, in the protocol of `zabbix_sender`.
//!
//! It creates no items: `posemo print-config zabbix` prints the template.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use self::sender::{Numbered, Sender, SentValues};
use super::error::DeliverError;
use crate::finding::report::Report;
use crate::output::zabbix::{ItemValue, ItemValues, item_values};
use crate::settings::receiver::Receiver;

mod sender;
mod wire;

/// The time after which Zabbix may know an item that it just discovered.
const PAUSE: Duration = Duration::from_secs(2);

/// The number of refused keys, and of hosts, that a message names.
const NAMED: usize = 5;

/// Sends the discovery values, then the others. Returns what was left out, or what was refused.
pub(super) fn deliver(
    receiver: &Receiver,
    servers: &[String],
    report: &Report,
) -> Result<String, DeliverError> {
    let mut sender = Sender::new(servers, report.started, receiver.timeout);
    let items = item_values(report, |target| receiver.host(target).to_owned());
    let values: Vec<Numbered<'_>> = items.values.iter().enumerate().collect();
    let mut sent = SentValues::default();
    let result = send_all(&mut sender, &values, &mut sent);
    let place = sender.place();
    let partly = |taken, sent, reason| {
        Err(DeliverError::Partly { place: place.clone(), taken, sent, reason })
    };
    let (taken, all) = (sent.taken, values.len());
    match result {
        Err(DeliverError::Unreachable { reason, .. } | DeliverError::Refused { reason, .. })
            if taken > 0 =>
        {
            let reason = format!("{reason}; the rest was not sent; the next run sends new values");
            partly(taken, all, reason)
        }
        Err(error) => Err(error),
        Ok(()) if taken < all => partly(taken, all, refusal(&sent, &values)),
        Ok(()) => match shared_host(receiver, report) {
            Some(reason) => partly(taken, all + items.duplicates, reason),
            None => Ok(format!("{place} accepted {all} values{}", left_out(&items))),
        },
    }
}

/// The end of the message: how many values were left out, and why.
fn left_out(items: &ItemValues) -> String {
    match (items.not_finite, items.duplicates) {
        (0, 0) => String::new(),
        (infinite, repeated) => {
            format!(
                "; left out {infinite} values that are not finite and {repeated} with a repeated key"
            )
        }
    }
}

/// The message for several targets with the same host.
fn shared_host(receiver: &Receiver, report: &Report) -> Option<String> {
    let mut seen = BTreeSet::new();
    let mut hosts = report.targets.iter().map(|target| receiver.host(&target.target));
    let host = hosts.find(|host| !seen.insert(*host))?;
    let section = format!("[receivers.{}.hosts]", receiver.name);
    Some(format!(
        "several targets have the host {host:?}, and only values of the first were sent: give each target its own host in {section}"
    ))
}

/// Sends all values. Those of discovered items are sent twice if Zabbix refuses them, as it creates items with a delay.
fn send_all<'a>(
    sender: &mut Sender<'_>,
    values: &[Numbered<'a>],
    sent: &mut SentValues<'a>,
) -> Result<(), DeliverError> {
    let start = values.iter().position(|(_, value)| value.discovered).unwrap_or(values.len());
    let (known, discovered) = values.split_at(start);
    sender.send(known, sent)?;
    let mut first = SentValues::default();
    let result = sender.send(discovered, &mut first);
    sent.taken += first.taken;
    sent.unlocated += first.unlocated;
    result?;
    // A host without the items of the template will not discover items, either.
    let unknown: BTreeSet<&str> =
        sent.refused.iter().map(|(_, value)| value.host.as_str()).collect();
    let (hopeless, hopeful): (Vec<_>, Vec<_>) =
        first.refused.into_iter().partition(|(_, value)| unknown.contains(value.host.as_str()));
    sent.refused.extend(hopeless);
    if hopeful.is_empty() || sender.time_left() < PAUSE * 2 {
        sent.refused.extend(hopeful);
        return Ok(());
    }
    thread::sleep(PAUSE);
    sender.send(&hopeful, sent)
}

/// Which values were refused, possible causes, and what to do.
fn refusal(sent: &SentValues<'_>, values: &[Numbered<'_>]) -> String {
    let mut refused: Vec<&ItemValue> = sent.refused.iter().map(|(_, value)| *value).collect();
    let mut parts = Vec::new();
    let hosts: BTreeSet<&str> = refused.iter().map(|value| value.host.as_str()).collect();
    let mut unknown = Vec::new();
    for host in hosts {
        let of_host = |value: &&ItemValue| value.host == host;
        let count = refused.iter().copied().filter(|value| of_host(value)).count();
        if count == values.iter().filter(|(_, value)| of_host(value)).count() {
            refused.retain(|value| !of_host(value));
            unknown.push(format!("{host:?}"));
        }
    }
    if !unknown.is_empty() {
        parts.push(unknown_hosts(&unknown));
    }
    let needs_template = refused.iter().any(|value| !value.discovered);
    if !refused.is_empty() {
        let several = refused.iter().any(|value| value.host != refused[0].host);
        let named = refused.iter().take(NAMED).map(|value| {
            if several { format!("{} of {}", value.key, value.host) } else { value.key.clone() }
        });
        let more = refused.len().saturating_sub(NAMED) + sent.unlocated;
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        parts.push(format!("refused {}{more}", named.collect::<Vec<_>>().join(", ")));
    } else if sent.unlocated > 0 {
        parts.push(format!("refused {} values that were not determined", sent.unlocated));
    }
    if needs_template {
        parts.push("import the template again that posemo print-config zabbix prints".to_owned());
    } else if !refused.is_empty() {
        let advice = "Zabbix creates new items within minutes, and the next run sends their values; the server's log reports why an item cannot be created";
        parts.push(advice.to_owned());
    }
    parts.join("; ")
}

/// The message for hosts of which Zabbix accepts no value.
fn unknown_hosts(hosts: &[String]) -> String {
    let named = hosts.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let (named, verbs) = match hosts.len().saturating_sub(NAMED) {
        0 if hosts.len() == 1 => (format!("host {named}"), "does not exist, is disabled, lacks"),
        0 => (format!("hosts {named}"), "do not exist, are disabled, lack"),
        more => (format!("hosts {named} and {more} more"), "do not exist, are disabled, lack"),
    };
    format!("{named} {verbs} the template posemo, or must not receive values from this machine")
}
