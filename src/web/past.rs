//! `/history`: the changes of states, as a page and as CSV.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{Html, Response};
use jiff::ToSpan;

use super::WebState;
use super::access::Caller;
use super::answer::{self, Refusal, aside};
use super::history::read_history;
use super::page_request::{PageRequest, time};
use super::query::QueryParameters;
use crate::history::past::{ChangeFilter, PastChange};
use crate::output::csv::table;
use crate::pages::changes::{HistoryView, history as history_page};
use crate::text::time::second;

/// The changes on one page.
const PAGE: usize = 100;

/// The changes in one file.
const FILE: usize = 50_000;

const PARAMETERS: [&str; 5] = ["target", "check", "from", "until", "before"];

/// The page.
pub(super) async fn history(
    State(state): State<Arc<WebState>>,
    uri: Uri,
    Extension(caller): Extension<Caller>,
) -> Result<Html<String>, Refusal> {
    let PageRequest { query, context } = PageRequest::read(&state, &uri, &caller, &PARAMETERS)?;
    let filter = filter(&query)?;
    let wanted = filter.clone();
    let read = read_history(&state, move |place| place.past(&wanted, PAGE + 1)).await;
    let (mut changes, error) = match read {
        Ok(changes) => (changes, None),
        Err(refusal) => (Vec::new(), Some(refusal.message().to_owned())),
    };
    let older = (changes.len() > PAGE).then(|| changes[PAGE - 1].change.seq);
    changes.truncate(PAGE);
    let targets = state.board.targets();
    let targets = targets.iter().map(|target| target.report.target.clone()).collect();
    let view = HistoryView { filter, changes, older, error, targets };
    aside(move || Html(history_page(&context, &view))).await
}

/// The same as CSV, the latest first.
pub(super) async fn csv(State(state): State<Arc<WebState>>, uri: Uri) -> Result<Response, Refusal> {
    let query = QueryParameters::read(uri.query(), &PARAMETERS)?;
    let filter = filter(&query)?;
    let changes = read_history(&state, move |place| place.past(&filter, FILE + 1)).await?;
    if changes.len() > FILE {
        let message = format!("more than {FILE} changes: choose fewer days, a server or a check");
        return Err(Refusal::new(StatusCode::BAD_REQUEST, message));
    }
    answer::csv(move || written(changes)).await
}

fn written(changes: Vec<PastChange>) -> std::io::Result<Vec<u8>> {
    let head = [
        "time", "target", "check", "database", "finding", "object", "was", "became", "seconds",
        "summary",
    ];
    let rows = changes.into_iter().map(|one| {
        let change = one.change;
        [
            second(change.at),
            change.target,
            change.check,
            change.database.unwrap_or_default(),
            change.finding,
            change.object.unwrap_or_default(),
            change.was.name().to_owned(),
            change.became.name().to_owned(),
            one.lasted.map(|lasted| lasted.as_secs().to_string()).unwrap_or_default(),
            change.summary,
        ]
    });
    table(&head, rows)
}

/// The parameters. The day of `until` is included.
fn filter(query: &QueryParameters) -> Result<ChangeFilter, Refusal> {
    let text = |name| query.get(name).map(str::to_owned);
    let until = time(query, "until")?;
    let is_day = query.get("until").is_some_and(|text| text.len() == "2026-11-29".len());
    let until =
        until.map(
            |until| if is_day { until.saturating_add(24.hours()).unwrap_or(until) } else { until },
        );
    Ok(ChangeFilter {
        target: text("target"),
        check: text("check"),
        from: time(query, "from")?,
        until,
        before: query.number("before", 0..=i64::MAX)?,
        ..ChangeFilter::default()
    })
}
