//! Values for Zabbix, in the protocol of its senders.
//!
//! It makes no items: `posemo print-config zabbix` writes the template.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use self::sender::{Numbered, Outcome, Sender};
use super::DeliverError;
use crate::finding::report::Report;
use crate::output::zabbix::{ItemValue, ItemValues, item_values};
use crate::settings::receiver::Receiver;

mod sender;
mod wire;

/// Items that were discovered a moment ago may be known after this.
const PAUSE: Duration = Duration::from_secs(2);

/// How many of the refused keys, and of the hosts, a message names.
const NAMED: usize = 5;

/// Sends what there is to discover, then the values; says what was left out and what was refused.
pub(super) fn deliver(
    receiver: &Receiver,
    servers: &[String],
    report: &Report,
) -> Result<String, DeliverError> {
    let mut sender = Sender::new(servers, report.started, receiver.timeout);
    let items = item_values(report, |target| receiver.host(target).to_owned());
    let values: Vec<Numbered<'_>> = items.values.iter().enumerate().collect();
    let mut outcome = Outcome::default();
    let sent = all(&mut sender, &values, &mut outcome);
    let place = sender.place();
    let partly = |taken, sent, reason| {
        Err(DeliverError::Partly { place: place.clone(), taken, sent, reason })
    };
    let (taken, all) = (outcome.taken, values.len());
    match sent {
        Err(DeliverError::Unreachable { reason, .. } | DeliverError::Refused { reason, .. })
            if taken > 0 =>
        {
            let reason = format!("{reason}; the rest is lost, and told anew with the next run");
            partly(taken, all, reason)
        }
        Err(error) => Err(error),
        Ok(()) if taken < all => partly(taken, all, refusal(&outcome, &values)),
        Ok(()) => match told_twice(receiver, report) {
            Some(reason) => partly(taken, all + items.duplicates, reason),
            None => Ok(format!("{place} took {all} values{}", left_out(&items))),
        },
    }
}

/// What no item could be told, in words.
fn left_out(items: &ItemValues) -> String {
    match (items.not_finite, items.duplicates) {
        (0, 0) => String::new(),
        (odd, again) => {
            format!("; left out {odd} that are not finite and {again} with the key of another")
        }
    }
}

/// That several targets of the report are one host.
fn told_twice(receiver: &Receiver, report: &Report) -> Option<String> {
    let mut seen = BTreeSet::new();
    let mut hosts = report.targets.iter().map(|target| receiver.host(&target.target));
    let host = hosts.find(|host| !seen.insert(*host))?;
    let section = format!("[receivers.{}.hosts]", receiver.name);
    Some(format!(
        "several targets are the host {host:?} there, and only the first was told: give each its own in {section}"
    ))
}

/// Sends all values. Those that need discovery are tried twice, as Zabbix needs a while to make items.
fn all<'a>(
    sender: &mut Sender<'_>,
    values: &[Numbered<'a>],
    outcome: &mut Outcome<'a>,
) -> Result<(), DeliverError> {
    let start = values.iter().position(|(_, value)| value.discovered).unwrap_or(values.len());
    let (known, discovered) = values.split_at(start);
    sender.send(known, outcome)?;
    let mut first = Outcome::default();
    let sent = sender.send(discovered, &mut first);
    outcome.taken += first.taken;
    outcome.others += first.others;
    sent?;
    // A host that knows none of the template's own items will discover none either.
    let unknown: BTreeSet<&str> =
        outcome.refused.iter().map(|(_, value)| value.host.as_str()).collect();
    let (hopeless, hopeful): (Vec<_>, Vec<_>) =
        first.refused.into_iter().partition(|(_, value)| unknown.contains(value.host.as_str()));
    outcome.refused.extend(hopeless);
    if hopeful.is_empty() || sender.left() < PAUSE * 2 {
        outcome.refused.extend(hopeful);
        return Ok(());
    }
    thread::sleep(PAUSE);
    sender.send(&hopeful, outcome)
}

/// Which values were refused, why that may be, and what to do.
fn refusal(outcome: &Outcome<'_>, values: &[Numbered<'_>]) -> String {
    let mut refused: Vec<&ItemValue> = outcome.refused.iter().map(|(_, value)| *value).collect();
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
        parts.push(strangers(&unknown));
    }
    let needs_template = refused.iter().any(|value| !value.discovered);
    if !refused.is_empty() {
        let several = refused.iter().any(|value| value.host != refused[0].host);
        let named = refused.iter().take(NAMED).map(|value| {
            if several { format!("{} of {}", value.key, value.host) } else { value.key.clone() }
        });
        let more = refused.len().saturating_sub(NAMED) + outcome.others;
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        parts.push(format!("refused {}{more}", named.collect::<Vec<_>>().join(", ")));
    } else if outcome.others > 0 {
        parts.push(format!("refused {} that were not looked for", outcome.others));
    }
    if needs_template {
        parts.push("import the template anew, as posemo print-config zabbix writes it".to_owned());
    } else if !refused.is_empty() {
        let advice = "items that are new become known within minutes and are told with the next run; the server's log says why one cannot be made";
        parts.push(advice.to_owned());
    }
    parts.join("; ")
}

/// That hosts are not known, which with one mistake may be all of them.
fn strangers(hosts: &[String]) -> String {
    let named = hosts.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let (named, that) = match hosts.len().saturating_sub(NAMED) {
        0 if hosts.len() == 1 => (named, "that is disabled, lacks"),
        0 => (named, "they are disabled, lack"),
        more => (format!("{named} and {more} more"), "they are disabled, lack"),
    };
    format!("it knows no host {named}, or {that} the template posemo, or may not be told from here")
}
