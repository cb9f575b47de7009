//! Passive check results for Icinga 2, through its REST API.
//!
//! It makes no services: `posemo print-config icinga2` writes their definitions.

use serde::Deserialize;
use serde_json::json;

use super::error::{DeliverError, words};
use super::http::{Answer, Client};
use super::passive::{Outcome, outcomes, times};
use crate::finding::report::Report;
use crate::output::host_name::FORBIDDEN_BY_ICINGA;
use crate::settings::receiver::{Http, Receiver, lifetime};

const ACTION: &str = "/v1/actions/process-check-result";

/// What a result may have in bytes. Icinga takes more, but its databases cut at 64 KiB.
const MOST_BYTES: usize = 32 * 1024;

/// What Icinga answers where there is no service, and where the user may not tell it, alike.
const MISSING: &str = "there is no such service, or the ApiUser lacks the permission \"actions/process-check-result\" \
                       for it; `posemo print-config icinga2 --passive` writes the services";

/// Sends one result a service, over one connection, to the first of the URLs that answers.
pub(super) fn deliver(
    receiver: &Receiver,
    http: &Http,
    report: &Report,
) -> Result<String, DeliverError> {
    let (outcomes, mut losses) = outcomes(receiver, report, FORBIDDEN_BY_ICINGA, MOST_BYTES);
    let documents = Documents::of(receiver, report);
    let client = Client::new(http, receiver.timeout)?;
    let Some((first, others)) = outcomes.split_first() else {
        return losses.conclude(&http.urls.join(", "), 0);
    };
    let (url, answer) = reach(&client, &http.urls, &documents.of_outcome(first))?;
    let place = url.trim_end_matches(ACTION);
    let mut taken = 0;
    let mut record = |outcome: &Outcome, verdict: Verdict| match verdict {
        Verdict::Taken => taken += 1,
        Verdict::Lost(reason) => losses.add(&outcome.host, &outcome.service, reason),
    };
    record(first, verdict(&answer, place)?);
    let mut broken = None;
    for outcome in others {
        if broken.is_none() {
            let document = documents.of_outcome(outcome);
            let answer = client.send("POST", &url, &document);
            match answer.and_then(|answer| verdict(&answer, place)) {
                Ok(verdict) => record(outcome, verdict),
                Err(error) => broken = Some(error.to_string()),
            }
        }
        if let Some(error) = &broken {
            record(outcome, Verdict::Lost(format!("not sent, {error}")));
        }
    }
    losses.conclude(place, taken)
}

/// The first answer that comes, and the URL it came from. Each URL has its share of the time.
fn reach(
    client: &Client,
    urls: &[String],
    document: &str,
) -> Result<(String, Answer), DeliverError> {
    let mut failure = None;
    for (position, url) in urls.iter().enumerate() {
        let url = format!("{url}{ACTION}");
        let shares = u32::try_from(urls.len() - position).unwrap_or(1);
        match client.send_within(client.left() / shares, "POST", &url, document) {
            Ok(answer) => return Ok((url, answer)),
            Err(error) => failure = Some(error),
        }
    }
    Err(failure.expect("the settings have at least one URL"))
}

/// What all results of a report have in common.
struct Documents {
    times: (f64, f64),
    ttl: u64,
    source: String,
}

impl Documents {
    fn of(receiver: &Receiver, report: &Report) -> Documents {
        let source = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Documents { times: times(report), ttl: lifetime(receiver.interval).as_secs(), source }
    }

    /// The service is looked up by its full name, in which nothing is interpreted: a name of a check has no
    /// exclamation mark, so that the last one parts it from the host.
    fn of_outcome(&self, outcome: &Outcome) -> String {
        json!({
            "type": "Service",
            "service": format!("{}!{}", outcome.host, outcome.service),
            "exit_status": outcome.code,
            "plugin_output": outcome.output.text(),
            "performance_data": outcome.output.metrics,
            "check_source": self.source,
            "execution_start": self.times.0,
            "execution_end": self.times.1,
            "ttl": self.ttl,
        })
        .to_string()
    }
}

enum Verdict {
    Taken,
    Lost(String),
}

/// What Icinga says of a result, or of everything.
#[derive(Debug, Default, Deserialize)]
struct Said {
    #[serde(default)]
    results: Vec<Said>,
    #[serde(default)]
    code: f64,
    #[serde(default)]
    error: f64,
    #[serde(default)]
    status: String,
}

/// What became of one result; an error where no other one could fare better.
fn verdict(answer: &Answer, place: &str) -> Result<Verdict, DeliverError> {
    let refused = |reason: String| DeliverError::Refused { place: place.to_owned(), reason };
    let said = serde_json::from_str::<Said>(&answer.body);
    match (answer.status, said) {
        (401, _) => Err(refused(
            "401: it knows no such user with this password or certificate; look at the ApiUser"
                .to_owned(),
        )),
        (403, _) => Err(refused(
            "403: the ApiUser needs the permission \"actions/process-check-result\"".to_owned(),
        )),
        (404, _) => Ok(Verdict::Lost(MISSING.to_owned())),
        (_, Ok(Said { results, .. })) if !results.is_empty() => Ok(of_results(&results)),
        (200..=299, Ok(_)) => Ok(Verdict::Lost(MISSING.to_owned())),
        (status, Ok(said)) if said.error > 0.0 => {
            Ok(Verdict::Lost(format!("{status}: {}", words(&said.status))))
        }
        (500, Ok(_)) => Ok(Verdict::Lost(MISSING.to_owned())),
        (503, _) => Err(refused("503: it is not ready; the next run tells it again".to_owned())),
        (status, _) => Err(refused(format!(
            "{status}: that is no answer of Icinga's API; is the URL that of port 5665?"
        ))),
    }
}

fn of_results(results: &[Said]) -> Verdict {
    match results.iter().find(|result| !(200.0..300.0).contains(&result.code)) {
        None => Verdict::Taken,
        Some(result) if result.code.total_cmp(&404.0).is_eq() => Verdict::Lost(MISSING.to_owned()),
        Some(result) => Verdict::Lost(format!("{}: {}", result.code, words(&result.status))),
    }
}
