//! Silences of an Alertmanager: listed, made, ended. Members pass them on, so one of them is enough.
//!
//! It keeps none of them itself, and decides nothing about whom they keep quiet.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::DeliverError;
use super::super::http::{Answer, Client};
use super::post::refusal;
use crate::output::alertmanager::labels::value;
use crate::settings::receiver::{AlertmanagerSettings, Receiver};

/// What is kept quiet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Matcher {
    /// The label.
    pub name: String,
    /// What it must be.
    pub value: String,
    /// Whether the value is a regular expression. posemo makes none such.
    #[serde(default)]
    pub is_regex: bool,
    /// Whether it must be that, or must not.
    #[serde(default = "yes")]
    pub is_equal: bool,
}

/// A silence, as an Alertmanager tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Silence {
    /// How it is ended.
    pub id: String,
    /// What it keeps quiet: alerts that all of these are true of.
    pub matchers: Vec<Matcher>,
    /// Since when.
    pub starts_at: Timestamp,
    /// Until when.
    pub ends_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// Why.
    pub comment: String,
    /// Whether it is in force.
    pub status: Status,
}

/// Whether a silence is in force.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Status {
    /// `active`, `pending` or `expired`.
    pub state: String,
}

/// A silence to be made.
#[derive(Debug, Clone)]
pub struct Order {
    /// What it keeps quiet.
    pub matchers: Vec<Matcher>,
    /// How long.
    pub span: Duration,
    /// By whom.
    pub by: String,
    /// Why.
    pub comment: String,
}

/// A way to the members of a cluster.
#[derive(Debug)]
pub struct Silences<'a> {
    client: Client,
    urls: &'a [String],
}

fn yes() -> bool {
    true
}

impl Matcher {
    /// A label of posemo's alerts, exactly.
    pub fn exact(name: &str, text: &str) -> Matcher {
        Matcher { name: name.to_owned(), value: value(text), is_regex: false, is_equal: true }
    }
}

impl<'a> Silences<'a> {
    /// Reads certificates and secrets.
    pub fn new(
        receiver: &Receiver,
        to: &'a AlertmanagerSettings,
    ) -> Result<Silences<'a>, DeliverError> {
        Ok(Silences { client: Client::new(&to.http, receiver.timeout)?, urls: &to.http.urls })
    }

    /// Those that are in force or will be, the first to end first.
    pub fn list(&self) -> Result<Vec<Silence>, DeliverError> {
        let (url, answer) =
            self.first(|url| self.client.ask("GET", &format!("{url}/api/v2/silences")))?;
        let mut silences: Vec<Silence> = understood(url, &answer)?;
        silences.retain(|silence| silence.status.state != "expired");
        silences.sort_by_key(|silence| silence.ends_at);
        Ok(silences)
    }

    /// Makes one, and gives its id and its end.
    pub fn add(&self, order: &Order) -> Result<(String, Timestamp), DeliverError> {
        #[derive(Deserialize)]
        struct Made {
            #[serde(rename = "silenceID")]
            id: String,
        }
        let now = Timestamp::now();
        let ends_at = now.checked_add(order.span).unwrap_or(Timestamp::MAX);
        let document = serde_json::json!({
            "matchers": order.matchers,
            "startsAt": now,
            "endsAt": ends_at,
            "createdBy": order.by,
            "comment": order.comment,
        });
        let (url, answer) = self.first(|url| {
            self.client.send("POST", &format!("{url}/api/v2/silences"), &document.to_string())
        })?;
        Ok((understood::<Made>(url, &answer)?.id, ends_at))
    }

    /// Ends one.
    pub fn end(&self, id: &str) -> Result<(), DeliverError> {
        let is_id = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if id.is_empty() || !id.bytes().all(is_id) {
            let reason = format!("{id:?} is no id of a silence: posemo silence list shows them");
            return Err(DeliverError::Refused { place: self.urls.join(", "), reason });
        }
        // Asked first, as a member says of one that it does not know that it failed itself.
        let known =
            |url: &str| match self.client.ask("GET", &format!("{url}/api/v2/silence/{id}"))? {
                Answer { status: 404, .. } => Err(DeliverError::Refused {
                    place: url.to_owned(),
                    reason: format!(
                        "there is no silence {id}; posemo silence list shows those in force"
                    ),
                }),
                answer => Ok(answer),
            };
        self.first(known)?;
        self.first(|url| self.client.ask("DELETE", &format!("{url}/api/v2/silence/{id}"))).map(drop)
    }

    /// The answer of the first member that gives one; what the last said of those that gave none.
    fn first(
        &self,
        ask: impl Fn(&str) -> Result<Answer, DeliverError>,
    ) -> Result<(&str, Answer), DeliverError> {
        let mut silent = Vec::new();
        for url in self.urls {
            match ask(url) {
                Ok(answer) if (200..=299).contains(&answer.status) => return Ok((url, answer)),
                // Another member may be well where this one is not; a mistake is one everywhere.
                Ok(answer) if answer.status < 500 => return Err(refusal(url, &answer)),
                Ok(answer) => silent.push(refusal(url, &answer)),
                Err(error) => silent.push(error),
            }
        }
        let sentences = silent.iter().map(ToString::to_string).collect();
        Err(DeliverError::Several { sentences })
    }
}

fn understood<T: serde::de::DeserializeOwned>(
    url: &str,
    answer: &Answer,
) -> Result<T, DeliverError> {
    serde_json::from_str(&answer.body).map_err(|error| DeliverError::Refused {
        place: url.to_owned(),
        reason: format!("its answer is none of an Alertmanager's API v2: {error}"),
    })
}
