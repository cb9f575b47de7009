//! Posts alerts to one member, and finds those that it does not take.
//!
//! A member that refuses a batch may have taken a part of it; to post an alert once more changes nothing.

use super::super::error::{DeliverError, words};
use super::super::http::{Answer, Client};
use crate::output::alertmanager::Alert;

/// Alerts in one request.
const BATCH: usize = 500;

/// Alerts that are named when they are refused.
const NAMED: usize = 3;

/// Posts all alerts. Where there are none it asks all the same: a member that cannot be told, or a wrong URL,
/// is not to be found out by the first alert.
pub(super) fn post(client: &Client, url: &str, alerts: &[Alert]) -> Result<(), DeliverError> {
    let mut refused = Vec::new();
    if alerts.is_empty() {
        return send(client, url, alerts, &mut refused);
    }
    let mut done = 0;
    for batch in alerts.chunks(BATCH) {
        let sent = send(client, url, batch, &mut refused);
        if let Err(error) = sent {
            // Of this batch some may have arrived; nobody knows which.
            return Err(lost(url, done - refused.len().min(done), alerts.len(), &error));
        }
        done += batch.len();
    }
    if refused.is_empty() {
        return Ok(());
    }
    let named: Vec<String> =
        refused.iter().take(NAMED).map(|(name, why)| format!("{name}: {why}")).collect();
    Err(DeliverError::Partly {
        place: url.to_owned(),
        taken: alerts.len() - refused.len(),
        sent: alerts.len(),
        reason: format!("it does not take {}", named.join(", ")),
    })
}

/// Posts a batch, and halves of it where it is not taken, until those that are to blame stand alone.
fn send(
    client: &Client,
    url: &str,
    alerts: &[Alert],
    refused: &mut Vec<(String, String)>,
) -> Result<(), DeliverError> {
    let body = serde_json::to_string(alerts).expect("texts and times are JSON");
    let answer = client.send("POST", &format!("{url}/api/v2/alerts"), &body)?;
    match (answer.status, alerts) {
        (200..=299, _) if is_taken(&answer.body) => Ok(()),
        (200..=299, _) => Err(stranger(url, &answer)),
        (400 | 413 | 422, [alert]) => {
            refused.push((name(alert), reason(&answer)));
            Ok(())
        }
        (400 | 413 | 422, [_, _, ..]) => {
            let (first, second) = alerts.split_at(alerts.len() / 2);
            send(client, url, first, refused)?;
            send(client, url, second, refused)
        }
        _ => Err(refusal(url, &answer)),
    }
}

/// Whether a body says that all was taken. An Alertmanager's is empty, and what speaks like one may say so in
/// a word; a page for logging in, or an error within, is none of that.
fn is_taken(body: &str) -> bool {
    let said = || serde_json::from_str::<serde_json::Value>(body).ok();
    body.trim().is_empty() || said().is_some_and(|said| said["status"] == "success")
}

fn stranger(url: &str, answer: &Answer) -> DeliverError {
    let (status, said) = (answer.status, reason(answer));
    let reason = format!(
        "status {status}, but that is no answer of an Alertmanager: {said}; is this its own URL, and nobody's who asks for a login first?"
    );
    DeliverError::Refused { place: url.to_owned(), reason }
}

/// An answer that is none of those that were hoped for, and what to do about it.
pub(super) fn refusal(url: &str, answer: &Answer) -> DeliverError {
    let advice = match answer.status {
        300..=399 => "; it sends us elsewhere: write the URL it names into the settings",
        401 => "; look at user, password_file and token_file",
        403 => "; this user may not do that",
        404 => "; is this the URL of an Alertmanager, with its --web.route-prefix?",
        _ => "",
    };
    DeliverError::Refused {
        place: url.to_owned(),
        reason: format!("status {}, {}{advice}", answer.status, reason(answer)),
    }
}

fn lost(url: &str, taken: usize, sent: usize, error: &DeliverError) -> DeliverError {
    let reason = match error {
        DeliverError::Unreachable { reason, .. } | DeliverError::Refused { reason, .. } => {
            reason.clone()
        }
        other => other.to_string(),
    };
    let reason = format!("{reason}; the next run sends all of it again");
    DeliverError::Partly { place: url.to_owned(), taken, sent, reason }
}

/// The first line of what it says, or that it says nothing.
fn reason(answer: &Answer) -> String {
    let said = serde_json::from_str::<serde_json::Value>(&answer.body).ok();
    let said = said.and_then(|said| {
        let message = said.get("message").unwrap_or(&said);
        message.as_str().map(str::to_owned)
    });
    let said = said.unwrap_or_else(|| answer.body.clone());
    let line =
        said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("no reason given");
    words(line)
}

fn name(alert: &Alert) -> String {
    let label = |name: &str| alert.labels.get(name).map(String::as_str).unwrap_or_default();
    let parts = ["alertname", "instance", "database", "object"].map(label);
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}
