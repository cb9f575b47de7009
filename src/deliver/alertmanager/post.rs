//! Posts alerts to one member, and determines which alerts it refuses.
//!
//! A member that refuses a batch may have accepted a part of it. To post an alert twice changes nothing.

use super::super::error::{DeliverError, excerpt};
use super::super::http::{HttpAnswer, HttpClient};
use crate::output::alertmanager::Alert;

/// The number of alerts in one request.
const BATCH: usize = 500;

/// The number of refused alerts that a message names.
const NAMED: usize = 3;

/// Posts all alerts. An empty list is posted, too, so that a wrong URL fails before the first alert.
pub(super) fn post(client: &HttpClient, url: &str, alerts: &[Alert]) -> Result<(), DeliverError> {
    let mut refused = Vec::new();
    if alerts.is_empty() {
        return send(client, url, alerts, &mut refused);
    }
    let mut done = 0;
    for batch in alerts.chunks(BATCH) {
        let sent = send(client, url, batch, &mut refused);
        if let Err(error) = sent {
            // It is unknown which alerts of this batch arrived.
            return Err(interrupted(url, done - refused.len().min(done), alerts.len(), &error));
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
        reason: format!("it refuses {}", named.join(", ")),
    })
}

/// Posts a batch. Where it is refused, posts halves of it, until each refused alert is posted alone.
fn send(
    client: &HttpClient,
    url: &str,
    alerts: &[Alert],
    refused: &mut Vec<(String, String)>,
) -> Result<(), DeliverError> {
    let body = serde_json::to_string(alerts).expect("texts and times are JSON");
    let answer = client.send("POST", &format!("{url}/api/v2/alerts"), &body)?;
    match (answer.status, alerts) {
        (200..=299, _) if is_accepted(&answer.body) => Ok(()),
        (200..=299, _) => Err(wrong_server(url, &answer)),
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

/// Whether the body of an answer means success. That of Alertmanager is empty; compatible servers answer with a
/// status. A login page is not a success, though its HTTP status is 200.
fn is_accepted(body: &str) -> bool {
    let json = || serde_json::from_str::<serde_json::Value>(body).ok();
    body.trim().is_empty() || json().is_some_and(|json| json["status"] == "success")
}

fn wrong_server(url: &str, answer: &HttpAnswer) -> DeliverError {
    let (status, text) = (answer.status, reason(answer));
    let reason = format!(
        "status {status}, but the answer is not from an Alertmanager: {text}; set url to that of the Alertmanager, without a login page in front of it"
    );
    DeliverError::Refused { place: url.to_owned(), reason }
}

/// The error for an answer that is not a success, and what to do.
pub(super) fn refusal(url: &str, answer: &HttpAnswer) -> DeliverError {
    let advice = match answer.status {
        300..=399 => "; it redirects to another URL: write that URL into the settings",
        401 => "; check user, password_file and token_file",
        403 => "; the user lacks the permission",
        404 => "; check that the URL is that of an Alertmanager, with its --web.route-prefix",
        _ => "",
    };
    DeliverError::Refused {
        place: url.to_owned(),
        reason: format!("status {}, {}{advice}", answer.status, reason(answer)),
    }
}

fn interrupted(url: &str, taken: usize, sent: usize, error: &DeliverError) -> DeliverError {
    let reason = match error {
        DeliverError::Unreachable { reason, .. } | DeliverError::Refused { reason, .. } => {
            reason.clone()
        }
        other => other.to_string(),
    };
    let reason = format!("{reason}; the next run sends all of it again");
    DeliverError::Partly { place: url.to_owned(), taken, sent, reason }
}

/// The first line of an answer.
fn reason(answer: &HttpAnswer) -> String {
    let json = serde_json::from_str::<serde_json::Value>(&answer.body).ok();
    let message = json.and_then(|json| {
        let message = json.get("message").unwrap_or(&json);
        message.as_str().map(str::to_owned)
    });
    let text = message.unwrap_or_else(|| answer.body.clone());
    let line = text.lines().map(str::trim).find(|line| !line.is_empty());
    let line = line.unwrap_or("no reason given");
    excerpt(line)
}

fn name(alert: &Alert) -> String {
    let label = |name: &str| alert.labels.get(name).map(String::as_str).unwrap_or_default();
    let parts = ["alertname", "instance", "database", "object"].map(label);
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}
