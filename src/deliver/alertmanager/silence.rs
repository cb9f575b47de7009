//! Lists, adds and ends the silences of an Alertmanager.
//!
//! Members pass silences on, so one member is enough. Each member has a share of the time, so that one without an answer
//! leaves time for the others.

use std::cell::Cell;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::error::DeliverError;
use super::super::http::{HttpAnswer, HttpClient};
use super::post::refusal;
use crate::output::alertmanager::labels::value;
use crate::settings::receiver::{AlertmanagerSettings, Receiver};

/// A condition on a label of the alerts to silence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Matcher {
    /// The label.
    pub name: String,
    /// The value to compare with.
    pub value: String,
    /// Whether the value is a regular expression.
    #[serde(default)]
    pub is_regex: bool,
    /// Whether the label must have the value, or must not have it.
    #[serde(default = "yes")]
    pub is_equal: bool,
}

/// A silence of an Alertmanager.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Silence {
    /// The id with which it is ended.
    pub id: String,
    /// It silences alerts that match all of these.
    pub matchers: Vec<Matcher>,
    /// Its begin.
    pub starts_at: Timestamp,
    /// Its end.
    pub ends_at: Timestamp,
    /// The user who created it.
    pub created_by: String,
    /// The reason.
    pub comment: String,
    /// Its status.
    pub status: SilenceStatus,
}

/// The status of a silence.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SilenceStatus {
    /// `active`, `pending` or `expired`.
    pub state: String,
}

/// A silence to add.
#[derive(Debug, Clone)]
pub struct NewSilence {
    /// It silences alerts that match all of these.
    pub matchers: Vec<Matcher>,
    /// When it ends.
    pub until: Timestamp,
    /// The user who creates it.
    pub created_by: String,
    /// The reason.
    pub comment: String,
}

/// The silences of a cluster of Alertmanagers.
#[derive(Debug)]
pub struct Silences<'a> {
    client: HttpClient,
    urls: &'a [String],
    /// The position of the member that answered last. It is the first that gets the next request.
    answered: Cell<usize>,
}

fn yes() -> bool {
    true
}

impl Matcher {
    /// Matches alerts of posemo whose label has exactly this text.
    pub fn exact(name: &str, text: &str) -> Matcher {
        Matcher { name: name.to_owned(), value: value(text), is_regex: false, is_equal: true }
    }
}

impl<'a> Silences<'a> {
    /// Reads certificates and secrets.
    pub fn new(
        receiver: &Receiver,
        settings: &'a AlertmanagerSettings,
    ) -> Result<Silences<'a>, DeliverError> {
        let client = HttpClient::new(&settings.http, receiver.timeout)?;
        Ok(Silences { client, urls: &settings.http.urls, answered: Cell::new(0) })
    }

    /// Active and pending silences, in the order of their ends.
    pub fn list(&self) -> Result<Vec<Silence>, DeliverError> {
        let (url, answer) = self.first(|url, time| {
            self.client.request_within(time, "GET", &format!("{url}/api/v2/silences"))
        })?;
        let mut silences: Vec<Silence> = parse(url, &answer)?;
        silences.retain(|silence| silence.status.state != "expired");
        silences.sort_by_key(|silence| silence.ends_at);
        Ok(silences)
    }

    /// Adds a silence. Returns its id.
    pub fn add(&self, silence: &NewSilence) -> Result<String, DeliverError> {
        #[derive(Deserialize)]
        struct Added {
            #[serde(rename = "silenceID")]
            id: String,
        }
        let document = serde_json::json!({
            "matchers": silence.matchers,
            "startsAt": Timestamp::now(),
            "endsAt": silence.until,
            "createdBy": silence.created_by,
            "comment": silence.comment,
        });
        let (url, answer) = self.first(|url, time| {
            let url = format!("{url}/api/v2/silences");
            self.client.send_within(time, "POST", &url, &document.to_string())
        })?;
        Ok(parse::<Added>(url, &answer)?.id)
    }

    /// Ends the silence with this id.
    pub fn end(&self, id: &str) -> Result<(), DeliverError> {
        let is_id = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if id.is_empty() || !id.bytes().all(is_id) {
            let reason =
                format!("{id:?} is not the id of a silence; posemo silence list prints the ids");
            return Err(DeliverError::Refused { place: self.urls.join(", "), reason });
        }
        // Read first: a member answers a DELETE of an unknown silence with an internal error.
        let known = |url: &str, time| match self.client.request_within(
            time,
            "GET",
            &format!("{url}/api/v2/silence/{id}"),
        )? {
            HttpAnswer { status: 404, .. } => Err(DeliverError::Refused {
                place: url.to_owned(),
                reason: format!(
                    "silence {id} does not exist; posemo silence list prints the silences in force"
                ),
            }),
            answer => Ok(answer),
        };
        self.first(known)?;
        self.first(|url, time| {
            self.client.request_within(time, "DELETE", &format!("{url}/api/v2/silence/{id}"))
        })
        .map(drop)
    }

    /// The answer of the first member that answers; otherwise the errors of all members.
    fn first(
        &self,
        request: impl Fn(&str, Duration) -> Result<HttpAnswer, DeliverError>,
    ) -> Result<(&str, HttpAnswer), DeliverError> {
        let mut failed = Vec::new();
        let (count, begin) = (self.urls.len(), self.answered.get());
        for tried in 0..count {
            let position = (begin + tried) % count;
            let url = &self.urls[position];
            let members_left = u32::try_from(count - tried).unwrap_or(u32::MAX);
            match request(url, self.client.time_left() / members_left) {
                Ok(answer) if (200..=299).contains(&answer.status) => {
                    self.answered.set(position);
                    return Ok((url, answer));
                }
                // A mistake in the request fails on every member; a failure of this member does not.
                Ok(answer) if answer.status < 500 => return Err(refusal(url, &answer)),
                Ok(answer) => failed.push(refusal(url, &answer)),
                Err(error) => failed.push(error),
            }
        }
        let sentences = failed.iter().map(ToString::to_string).collect();
        Err(DeliverError::Several { sentences })
    }
}

fn parse<T: serde::de::DeserializeOwned>(
    url: &str,
    answer: &HttpAnswer,
) -> Result<T, DeliverError> {
    serde_json::from_str(&answer.body).map_err(|error| DeliverError::Refused {
        place: url.to_owned(),
        reason: format!("the answer is not that of Alertmanager's API v2: {error}"),
    })
}
