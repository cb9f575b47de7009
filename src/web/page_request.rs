//! The request of a page: its parameters, its user, and what each page shows.

use axum::http::{StatusCode, Uri};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::WebState;
use super::access::Caller;
use super::answer::Refusal;
use super::api::AWAKE;
use super::login_file::AccessRole;
use super::query::QueryParameters;
use crate::pages::frame::PageContext;

/// The texts that the result of an order has on the next page.
const NOTICES: [(&str, &str); 5] = [
    ("silenced", "Silenced. The problem sends no alert until the silence ends."),
    ("ended", "The silence ended. Its problems alarm again."),
    ("ran", "The checks ran. This is their result."),
    ("waits", "The checks run. Their results are not there yet."),
    ("reloaded", "The settings were read again and are in force."),
];

/// The parameter with the result of an order.
pub(super) const NOTICE: &str = "notice";

/// The parameters of a page, and what all pages show.
pub(super) struct PageRequest {
    pub(super) query: QueryParameters,
    pub(super) context: PageContext,
}

impl PageRequest {
    /// Reads the parameters. Only these names are allowed.
    pub(super) fn read(
        state: &WebState,
        uri: &Uri,
        caller: &Caller,
        names: &[&str],
    ) -> Result<PageRequest, Refusal> {
        let names: Vec<&str> = names.iter().copied().chain([NOTICE]).collect();
        let query = QueryParameters::read(uri.query(), &names)?;
        let notice = query.get(NOTICE);
        let notice = NOTICES.iter().find(|(name, _)| Some(*name) == notice).map(|(_, text)| *text);
        let here = uri.path_and_query().map_or("/", |path| path.as_str());
        let context = PageContext {
            now: Timestamp::now(),
            here: without(here, NOTICE),
            user: caller.0.as_ref().map(|login| login.name.clone()),
            may_act: caller.0.as_ref().is_none_or(|login| login.role >= AccessRole::Operator),
            warnings: warnings(state),
            notice,
        };
        Ok(PageRequest { query, context })
    }
}

/// What the user should know on each page.
fn warnings(state: &WebState) -> Vec<String> {
    let board = &state.board;
    let mut warnings = Vec::new();
    let age = Timestamp::now().duration_since(board.last_awake()).unsigned_abs();
    if age > AWAKE {
        warnings
            .push(format!("the scheduler was last awake {} s ago: no check runs", age.as_secs()));
    }
    if let Some(error) = board.reload().error {
        let first = error.lines().next().unwrap_or_default();
        warnings
            .push(format!("the settings have a mistake, and the old ones are in force: {first}"));
    }
    for (name, receiver) in board.receivers() {
        if let Some(error) = receiver.error {
            warnings.push(format!("receiver {name} does not get the results: {error}"));
        }
    }
    if let Some(error) = board.history().error {
        warnings.push(format!("the history is not written: {error}"));
    }
    warnings
}

/// An address without one of its parameters.
pub(super) fn without(address: &str, name: &str) -> String {
    let Some((path, query)) = address.split_once('?') else { return address.to_owned() };
    let is_other = |part: &&str| part.split('=').next() != Some(name);
    let rest: Vec<&str> = query.split('&').filter(is_other).collect();
    if rest.is_empty() { path.to_owned() } else { format!("{path}?{}", rest.join("&")) }
}

/// A time or a day in a parameter.
pub(super) fn time(query: &QueryParameters, name: &str) -> Result<Option<Timestamp>, Refusal> {
    let Some(text) = query.get(name) else { return Ok(None) };
    let day = || {
        let day: jiff::civil::Date = text.parse().ok()?;
        day.to_zoned(TimeZone::UTC).ok().map(|time| time.timestamp())
    };
    let time = text.parse().ok().or_else(day);
    time.map(Some).ok_or_else(|| {
        let message = format!(
            "{name}={text:?} is not a day or a time; write 2026-11-29 or 2026-11-29T12:00:00Z"
        );
        Refusal::new(StatusCode::BAD_REQUEST, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_only_one_parameter() {
        assert_eq!(without("/?notice=ran", "notice"), "/");
        assert_eq!(
            without("/?state=critical&notice=ran&page=2", "notice"),
            "/?state=critical&page=2"
        );
        assert_eq!(without("/x?database=d&span=7d", "span"), "/x?database=d");
        assert_eq!(without("/x", "span"), "/x");
    }
}
