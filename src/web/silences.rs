//! Silences: lists, adds and ends them; and the acts of users.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::oneshot;

use super::WebState;
use super::access::Caller;
use super::answer::{Refusal, aside, json, refused};
use super::api::of_error;
use super::history::read_history;
use super::query::QueryParameters;
use crate::board::effect::{SilenceEffect, effects};
use crate::board::order::{Order, OrderError};
use crate::history::act::{KEPT, UserAct};
use crate::history::silence::{OwnSilence, SilenceScope};
use crate::text::interval;

/// The number of characters of a name or a reason.
pub(super) const LONGEST: usize = 500;

/// A silence lasts at most this long.
const MOST: Duration = Duration::from_secs(366 * 86_400);

/// The number of acts in one answer.
const MOST_ACTS: u32 = 1000;

/// A silence, as it is listed.
#[derive(Debug, Serialize)]
struct ListedSilence {
    #[serde(flatten)]
    silence: OwnSilence,
    /// `active`, `expired` or `ended`.
    state: &'static str,
    #[serde(flatten)]
    effect: SilenceEffect,
}

/// The silences in force, then those that ended in the last seven days; each part in the order of their ends.
pub(super) async fn list(State(state): State<Arc<WebState>>) -> Result<Response, Refusal> {
    aside(move || listed(&state)).await
}

fn listed(state: &WebState) -> Response {
    let now = Timestamp::now();
    let silences = state.board.silences();
    let since = now.checked_sub(KEPT).unwrap_or(Timestamp::MIN);
    let recent = silences.iter().filter(|silence| silence.end() >= since).cloned();
    let mut listed: Vec<ListedSilence> = effects(&state.board, recent, now)
        .into_iter()
        .map(|(silence, effect)| ListedSilence {
            state: match (&silence.ended, silence.is_active(now)) {
                (_, true) => "active",
                (Some(_), _) => "ended",
                (None, _) => "expired",
            },
            silence,
            effect,
        })
        .collect();
    listed.sort_by_key(|one| (one.state != "active", one.silence.end()));
    json(&listed)
}

/// Adds a silence. Its parts are parameters of the URL or of a form.
pub(super) async fn add(
    State(state): State<Arc<WebState>>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
    form: Bytes,
) -> Response {
    let order = parameters(&query.unwrap_or_default(), &form);
    let order = order.and_then(|one| one.of(&caller)).and_then(SilenceParameters::order);
    let (scope, lasts, by, why) = match order {
        Ok(order) => order,
        Err(message) => return refused(StatusCode::BAD_REQUEST, &message),
    };
    let (answer, answered) = oneshot::channel();
    ordered(&state, Order::Silence { scope, lasts, by, why, answer }, answered).await
}

/// Ends a silence.
pub(super) async fn end(
    State(state): State<Arc<WebState>>,
    Path(id): Path<String>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
    form: Bytes,
) -> Response {
    let by = parameters(&query.unwrap_or_default(), &form);
    let by = by.and_then(|one| one.of(&caller)).and_then(SilenceParameters::by);
    let by = match by {
        Ok(by) => by,
        Err(message) => return refused(StatusCode::BAD_REQUEST, &message),
    };
    let (answer, answered) = oneshot::channel();
    let id = id.chars().take(LONGEST).collect();
    ordered(&state, Order::EndSilence { id, by, answer }, answered).await
}

async fn ordered(
    state: &WebState,
    order: Order,
    answered: oneshot::Receiver<Result<OwnSilence, OrderError>>,
) -> Response {
    let busy = || of_error(&OrderError::Busy).into_response();
    if state.orders.try_send(order).is_err() {
        return busy();
    }
    match answered.await {
        Ok(Ok(silence)) => json(&silence),
        Ok(Err(error)) => of_error(&error).into_response(),
        Err(_) => busy(),
    }
}

/// The parameters of an order.
#[derive(Debug, Default)]
pub(super) struct SilenceParameters {
    scope: SilenceScope,
    lasts: Option<String>,
    by: Option<String>,
    why: Option<String>,
}

/// Reads the parameters of a URL and a form. An unknown one is refused: a silence with a part less matches more.
pub(super) fn parameters(query: &str, form: &[u8]) -> Result<SilenceParameters, String> {
    let mut read = SilenceParameters::default();
    let pairs = form_urlencoded::parse(query.as_bytes()).chain(form_urlencoded::parse(form));
    for (name, value) in pairs {
        let place = match &*name {
            "target" => &mut read.scope.target,
            "group" => &mut read.scope.group,
            "check" => &mut read.scope.check,
            "database" => &mut read.scope.database,
            "object" => &mut read.scope.object,
            "finding" => &mut read.scope.finding,
            "for" => &mut read.lasts,
            "by" => &mut read.by,
            "why" => &mut read.why,
            _ => {
                return Err(format!(
                    "{:?} is not a parameter; the parameters are target, group, check, database, object, finding, for, by and why",
                    name.chars().take(LONGEST).collect::<String>()
                ));
            }
        };
        if place.is_some() {
            return Err(format!("{name} occurs twice"));
        }
        if value.is_empty() {
            return Err(format!("{name} is empty; leave it out"));
        }
        if value.chars().count() > LONGEST {
            return Err(format!("{name} is longer than {LONGEST} characters"));
        }
        *place = Some(value.into_owned());
    }
    Ok(read)
}

impl SilenceParameters {
    /// With the name of the login, which the parameter `by` cannot replace.
    pub(super) fn of(mut self, caller: &Caller) -> Result<SilenceParameters, String> {
        if let Some(login) = &caller.0 {
            if self.by.as_ref().is_some_and(|by| *by != login.name) {
                return Err(format!(
                    "by must be {}, the name of the login; leave it out",
                    login.name
                ));
            }
            self.by = Some(login.name.clone());
        }
        Ok(self)
    }

    fn by(self) -> Result<String, String> {
        text("by", self.by, "who you are")
    }

    /// The parts of the order.
    pub(super) fn order(self) -> Result<(SilenceScope, Duration, String, String), String> {
        if self.scope.parts().iter().all(|(_, part)| part.is_none()) {
            return Err("a silence needs at least one of target, group, check, database, object and finding".to_owned());
        }
        let lasts = self.lasts.ok_or_else(|| {
            "for is missing: write how long the silence lasts, as in for=2h".to_owned()
        })?;
        let lasts = interval::parse(&lasts).map_err(|message| format!("for: {message}"))?;
        if lasts > MOST {
            return Err("for: a silence lasts at most 366d".to_owned());
        }
        let by = text("by", self.by, "who you are")?;
        let why = text("why", self.why, "the reason")?;
        Ok((self.scope, lasts, by, why))
    }
}

/// A text that one line of a log or a page can show.
fn text(name: &str, text: Option<String>, what: &str) -> Result<String, String> {
    let text = text.ok_or_else(|| format!("{name} is missing: write {what}"))?;
    let text = text.trim();
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err(format!("{name} must have visible characters on one line"));
    }
    Ok(text.to_owned())
}

/// One page of acts.
#[derive(Debug, Serialize)]
struct ActsPage {
    acts: Vec<UserAct>,
    /// The value of `after` for the next page; absent on the last one.
    next: Option<i64>,
}

/// The acts with a higher number than `after`, the oldest first.
pub(super) async fn acts(
    State(state): State<Arc<WebState>>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let query = QueryParameters::read(query.as_deref(), &["after", "limit"])?;
    let after = query.number("after", 0..=i64::MAX)?.unwrap_or(0);
    let most = query.number("limit", 1..=MOST_ACTS)?.unwrap_or(100);
    let acts = read_history(&state, move |place| place.acts_after(after, most)).await?;
    let is_full = acts.len() == usize::try_from(most).unwrap_or(usize::MAX);
    let next = acts.last().filter(|_| is_full).map(|act| act.seq);
    Ok(json(&ActsPage { acts, next }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_complete_and_known() {
        let whole = "target=db1&for=2h&by=anna&why=move";
        assert!(parameters(whole, b"").and_then(SilenceParameters::order).is_ok());
        assert!(parameters("", whole.as_bytes()).and_then(SilenceParameters::order).is_ok());
        for (query, message) in [
            ("for=2h&by=a&why=b", "at least one of"),
            ("target=db1&by=a&why=b", "for is missing"),
            ("target=db1&for=2&by=a&why=b", "for: "),
            ("target=db1&for=400d&by=a&why=b", "at most 366d"),
            ("target=db1&for=2h&why=b", "by is missing"),
            ("target=db1&for=2h&by=a", "why is missing"),
            ("target=db1&for=2h&by=a&why=%0A", "why must have"),
            ("target=db1&for=2h&by=a%1B&why=b", "by must have"),
            ("target=&for=2h&by=a&why=b", "target is empty"),
            ("target=a&target=b&for=2h&by=a&why=b", "target occurs twice"),
            ("target=a&objekt=b&for=2h&by=a&why=b", "\"objekt\" is not a parameter"),
        ] {
            let error = parameters(query, b"").and_then(SilenceParameters::order).unwrap_err();
            assert!(error.contains(message), "{query}: {error}");
        }
        let long = format!("target={}", "x".repeat(501));
        assert!(parameters(&long, b"").is_err_and(|error| error.contains("longer")));
    }
}
