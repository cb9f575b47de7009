//! Sends passive check results to Icinga 2, through its REST API.
//!
//! It creates no services: `posemo print-config icinga2` prints their definitions.

use serde::Deserialize;
use serde_json::json;

use super::error::{DeliverError, excerpt};
use super::http::{HttpAnswer, HttpClient};
use super::passive::{ServiceResult, service_results, times};
use crate::finding::report::Report;
use crate::output::host_name::FORBIDDEN_BY_ICINGA;
use crate::settings::receiver::{HttpSettings, Receiver};

const ACTION: &str = "/v1/actions/process-check-result";

/// The number of bytes in a result. Icinga accepts more, but its databases store at most 64 KiB.
const MOST_BYTES: usize = 32 * 1024;

/// The reason for an answer that Icinga gives both where the service does not exist and where the permission is missing.
const MISSING: &str = "the service does not exist, or the ApiUser lacks the permission \"actions/process-check-result\" \
                       for it; `posemo print-config icinga2 --passive` prints the services";

/// Sends one result for each service, over one connection, to the first URL that answers.
pub(super) fn deliver(
    receiver: &Receiver,
    http: &HttpSettings,
    report: &Report,
) -> Result<String, DeliverError> {
    let (results, mut losses) = service_results(receiver, report, FORBIDDEN_BY_ICINGA, MOST_BYTES);
    let documents = Documents::new(report);
    let client = HttpClient::new(http, receiver.timeout)?;
    let Some((first, others)) = results.split_first() else {
        return losses.into_result(&http.urls.join(", "), 0);
    };
    let (url, answer) = reach(&client, &http.urls, &documents.document(first))?;
    let place = url.trim_end_matches(ACTION);
    let mut taken = 0;
    let mut record = |result: &ServiceResult, verdict: IcingaVerdict| match verdict {
        IcingaVerdict::Accepted => taken += 1,
        IcingaVerdict::Refused(reason) => losses.add(&result.host, &result.service, reason),
    };
    record(first, verdict(&answer, place)?);
    let mut broken = None;
    for result in others {
        if broken.is_none() {
            let document = documents.document(result);
            let answer = client.send("POST", &url, &document);
            match answer.and_then(|answer| verdict(&answer, place)) {
                Ok(verdict) => record(result, verdict),
                Err(error) => broken = Some(error.to_string()),
            }
        }
        if let Some(error) = &broken {
            record(result, IcingaVerdict::Refused(format!("not sent, {error}")));
        }
    }
    losses.into_result(place, taken)
}

/// The first answer, and its URL. Each URL has a share of the time.
fn reach(
    client: &HttpClient,
    urls: &[String],
    document: &str,
) -> Result<(String, HttpAnswer), DeliverError> {
    let mut failure = None;
    for (position, url) in urls.iter().enumerate() {
        let url = format!("{url}{ACTION}");
        let shares = u32::try_from(urls.len() - position).unwrap_or(1);
        match client.send_within(client.time_left() / shares, "POST", &url, document) {
            Ok(answer) => return Ok((url, answer)),
            Err(error) => failure = Some(error),
        }
    }
    Err(failure.expect("the settings have at least one URL"))
}

/// The values that all results of a report have in common.
struct Documents {
    times: (f64, f64),
    source: String,
}

impl Documents {
    fn new(report: &Report) -> Documents {
        let source = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Documents { times: times(report), source }
    }

    /// The result of one service. Icinga finds the service by its full name: it splits the name at the last
    /// exclamation mark, and the name of a check contains none.
    fn document(&self, result: &ServiceResult) -> String {
        json!({
            "type": "Service",
            "service": format!("{}!{}", result.host, result.service),
            "exit_status": result.state.exit_code(),
            "plugin_output": result.output.text(),
            "performance_data": result.output.metrics,
            "check_source": self.source,
            "execution_start": self.times.0,
            "execution_end": self.times.1,
            "ttl": result.lifetime.as_secs(),
        })
        .to_string()
    }
}

enum IcingaVerdict {
    Accepted,
    Refused(String),
}

/// Icinga's answer, for the request or for one result.
#[derive(Debug, Default, Deserialize)]
struct IcingaStatus {
    #[serde(default)]
    results: Vec<IcingaStatus>,
    #[serde(default)]
    code: f64,
    #[serde(default)]
    error: f64,
    #[serde(default)]
    status: String,
}

/// Whether Icinga accepted a result. An error means that it would refuse every other result, too.
fn verdict(answer: &HttpAnswer, place: &str) -> Result<IcingaVerdict, DeliverError> {
    let refused = |reason: String| DeliverError::Refused { place: place.to_owned(), reason };
    let status = serde_json::from_str::<IcingaStatus>(&answer.body);
    match (answer.status, status) {
        (401, _) => Err(refused(
            "401: the user, password or certificate is wrong; compare them with the ApiUser"
                .to_owned(),
        )),
        (403, _) => Err(refused(
            "403: the ApiUser needs the permission \"actions/process-check-result\"".to_owned(),
        )),
        (404, _) => Ok(IcingaVerdict::Refused(MISSING.to_owned())),
        (_, Ok(IcingaStatus { results, .. })) if !results.is_empty() => Ok(of_results(&results)),
        (200..=299, Ok(_)) => Ok(IcingaVerdict::Refused(MISSING.to_owned())),
        (status, Ok(answer)) if answer.error > 0.0 => {
            Ok(IcingaVerdict::Refused(format!("{status}: {}", excerpt(&answer.status))))
        }
        (500, Ok(_)) => Ok(IcingaVerdict::Refused(MISSING.to_owned())),
        (503, _) => {
            Err(refused("503: it is not ready; the next run sends the results again".to_owned()))
        }
        (status, _) => Err(refused(format!(
            "{status}: the answer is not that of Icinga's API; check that the URL has port 5665"
        ))),
    }
}

fn of_results(results: &[IcingaStatus]) -> IcingaVerdict {
    match results.iter().find(|result| !(200.0..300.0).contains(&result.code)) {
        None => IcingaVerdict::Accepted,
        Some(result) if result.code.total_cmp(&404.0).is_eq() => {
            IcingaVerdict::Refused(MISSING.to_owned())
        }
        Some(result) => {
            IcingaVerdict::Refused(format!("{}: {}", result.code, excerpt(&result.status)))
        }
    }
}
