//! The pages for people: each handler collects what a page shows, and the room `pages` writes it.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use tokio::sync::oneshot;

use super::WebState;
use super::access::Caller;
use super::answer::{Refusal, aside, report};
use super::api::{known, of_error};
use super::charts::{charts, span_of};
use super::history::read_history;
use super::page_request::{PageRequest, time, without};
use crate::board::TargetBoard;
use crate::board::effect::effects;
use crate::board::notes::CheckNotes;
use crate::board::order::{Order, OrderError};
use crate::finding::State as FindingState;
use crate::finding::report::ids;
use crate::history::change::{FAILURE, OUTAGE, StateChange};
use crate::history::past::{ChangeFilter, PastChange};
use crate::output::Format;
use crate::pages::about::about as about_page;
use crate::pages::assets;
use crate::pages::check::check as check_page;
use crate::pages::checks::checks as checks_page;
use crate::pages::filter::{NOTICE, ProblemFilter};
use crate::pages::finding::{CheckView, of_check};
use crate::pages::problems::overview;
use crate::pages::silences::{SilencesView, silences as silences_page};
use crate::pages::target::{TargetView, target as target_page};
use crate::pages::targets::targets as targets_page;
use crate::text::suggestion::suggestion;

/// The changes on the page of a check or a server.
const CHANGES: usize = 50;

/// The style sheet, the script or the icon.
pub(super) async fn asset(Path(name): Path<String>) -> Response {
    let path = format!("/assets/{name}");
    match assets::all().into_iter().find(|asset| asset.path == path) {
        Some(asset) => {
            let headers = [
                (header::CONTENT_TYPE, asset.media_type),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            ];
            (headers, asset.content).into_response()
        }
        None => super::answer::refused(StatusCode::NOT_FOUND, "this page does not exist"),
    }
}

/// Writes a page beside the thread that answers requests.
async fn written(write: impl FnOnce() -> String + Send + 'static) -> Result<Html<String>, Refusal> {
    aside(write).await.map(Html)
}

/// `/`: the problems.
pub(super) async fn problems(
    State(state): State<Arc<WebState>>,
    uri: Uri,
    Extension(caller): Extension<Caller>,
) -> Result<Html<String>, Refusal> {
    let PageRequest { query, context } =
        PageRequest::read(&state, &uri, &caller, &ProblemFilter::NAMES)?;
    let text = |name| query.get(name).map(str::to_owned);
    let problem_state = match query.get("state") {
        None => None,
        Some(NOTICE) => Some(FindingState::Ok),
        Some(name) => Some(FindingState::of_problem(name).ok_or_else(|| {
            let message = format!("state={name:?}: write critical, warning, unknown or notice");
            Refusal::new(StatusCode::BAD_REQUEST, message)
        })?),
    };
    let filter = ProblemFilter {
        state: problem_state,
        target: text("target"),
        group: text("group"),
        check: text("check"),
        topic: text("topic"),
        page: query.number("page", 1..=100_000)?.unwrap_or(1),
    };
    written(move || overview(&context, &state.board.targets(), &state.board.silences(), &filter))
        .await
}

/// `/report`: the report as one page to keep or to print.
pub(super) async fn whole_report(state: Arc<WebState>) -> Result<Response, Refusal> {
    let body = aside(move || report(&state.board.report(Timestamp::now()), Format::Html)).await??;
    let style =
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";
    Ok(([(header::CONTENT_SECURITY_POLICY, style)], Html(body)).into_response())
}

/// `/targets`: the servers.
pub(super) async fn targets(
    State(state): State<Arc<WebState>>,
    uri: Uri,
    Extension(caller): Extension<Caller>,
) -> Result<Html<String>, Refusal> {
    let PageRequest { query, context } = PageRequest::read(&state, &uri, &caller, &["page"])?;
    let page = query.number("page", 1..=100_000)?.unwrap_or(1);
    written(move || targets_page(&context, &state.board.targets(), &state.board.silences(), page))
        .await
}

/// `/targets/NAME`: one server.
pub(super) async fn target(
    State(state): State<Arc<WebState>>,
    uri: Uri,
    Path(name): Path<String>,
    Extension(caller): Extension<Caller>,
) -> Result<Html<String>, Refusal> {
    let PageRequest { query, context } = PageRequest::read(&state, &uri, &caller, &["since"])?;
    let board = board_of(&state, &name)?;
    let since = time(&query, "since")?.unwrap_or_else(|| yesterday_evening(context.now));
    let filter = ChangeFilter { target: Some(name), from: Some(since), ..ChangeFilter::default() };
    let (changes, no_changes) = changes_of(&state, filter).await;
    let view = TargetView { changes, since, no_changes, most: CHANGES };
    written(move || target_page(&context, &board, &state.board.silences(), &view)).await
}

/// `/targets/NAME/checks/CHECK`: a check on one server.
pub(super) async fn check_of_target(
    State(state): State<Arc<WebState>>,
    uri: Uri,
    Path((target, check)): Path<(String, String)>,
    Extension(caller): Extension<Caller>,
) -> Result<Html<String>, Refusal> {
    let request = PageRequest::read(&state, &uri, &caller, &["database", "span"])?;
    let board = board_of(&state, &target)?;
    if !board.known.iter().any(|report| report.check == check) {
        let names = board.known.iter().map(|report| report.check.as_str());
        let near = suggestion(&check, names);
        return Err(of_error(&OrderError::NoSuchCheck(check, near)));
    }
    let database = request.query.get("database").map(str::to_owned);
    view(&state, request, board, check, database, None).await
}

/// `/findings/ID`: one finding, also after it is over.
pub(super) async fn finding(
    State(state): State<Arc<WebState>>,
    uri: Uri,
    Path(id): Path<String>,
    Extension(caller): Extension<Caller>,
) -> Result<Html<String>, Refusal> {
    let request = PageRequest::read(&state, &uri, &caller, &["span"])?;
    let (targets, wanted) = (state.board.targets(), id.clone());
    if let Some((board, check, database)) = aside(move || place_of(targets, &wanted)).await? {
        return view(&state, request, board, check, database, Some(id)).await;
    }
    let missing = || {
        Refusal::new(
            StatusCode::NOT_FOUND,
            "this finding does not exist, and the history does not contain it",
        )
    };
    // These two do not belong to one check.
    if [FAILURE, OUTAGE].contains(&id.as_str()) {
        return Err(missing());
    }
    let filter = ChangeFilter { finding: Some(id.clone()), ..ChangeFilter::default() };
    let found = read_history(&state, move |place| place.past(&filter, 1)).await?;
    let PastChange { change, .. } = found.into_iter().next().ok_or_else(missing)?;
    let board = board_of(&state, &change.target)?;
    view(&state, request, board, change.check, change.database, Some(id)).await
}

/// The target, the check and the database of a finding that is known now.
fn place_of(
    targets: Vec<Arc<TargetBoard>>,
    id: &str,
) -> Option<(Arc<TargetBoard>, String, Option<String>)> {
    targets.into_iter().find_map(|board| {
        // The ids are hashes: only checks with a finding are worth one.
        let mut reports = board.known.iter().filter(|report| !report.findings.is_empty());
        let target = &board.report.target;
        let found = reports.find(|report| ids(target, report).iter().any(|one| one == id))?;
        let (check, database) = (found.check.clone(), found.database.clone());
        Some((board, check, database))
    })
}

/// The page of a check or a finding.
async fn view(
    state: &Arc<WebState>,
    PageRequest { query, context }: PageRequest,
    target: Arc<TargetBoard>,
    check: String,
    database: Option<String>,
    finding: Option<String>,
) -> Result<Html<String>, Refusal> {
    let name = target.report.target.clone();
    let span = span_of(&query)?;
    let filter = ChangeFilter {
        target: Some(name.clone()),
        check: Some(check.clone()),
        database: database.clone(),
        finding: finding.clone(),
        ..ChangeFilter::default()
    };
    let notes = notes(state, &check, Some(name)).await;
    let (changes, no_changes) = changes_of(state, filter).await;
    let charts =
        charts(state, &target, &check, database.as_deref(), finding.as_deref(), span, context.now)
            .await;
    let address = without(&context.here, "span");
    let view = CheckView {
        target,
        check,
        database,
        finding,
        notes,
        changes,
        no_changes,
        charts,
        chosen: span.0,
        address,
    };
    let state = Arc::clone(state);
    written(move || of_check(&context, &view, &state.board.silences())).await
}

/// `/checks`: the checks.
pub(super) async fn checks(
    State(state): State<Arc<WebState>>,
    uri: Uri,
    Extension(caller): Extension<Caller>,
) -> Result<Html<String>, Refusal> {
    let PageRequest { context, .. } = PageRequest::read(&state, &uri, &caller, &[])?;
    written(move || checks_page(&context, &state.board.targets())).await
}

/// `/checks/NAME`: one check.
pub(super) async fn check(
    State(state): State<Arc<WebState>>,
    uri: Uri,
    Path(name): Path<String>,
    Extension(caller): Extension<Caller>,
) -> Result<Html<String>, Refusal> {
    let PageRequest { context, .. } = PageRequest::read(&state, &uri, &caller, &[])?;
    let (answer, answered) = oneshot::channel();
    let order = Order::Explain { check: name.clone(), target: None, answer };
    state.orders.try_send(order).map_err(|_| of_error(&OrderError::Busy))?;
    let notes = answered.await.map_err(|_| of_error(&OrderError::Busy))?;
    let notes = notes.map_err(|error| of_error(&error))?;
    written(move || check_page(&context, &name, &notes, &state.board.targets())).await
}

/// `/silences`: silences and maintenance windows.
pub(super) async fn silences(
    State(state): State<Arc<WebState>>,
    uri: Uri,
    Extension(caller): Extension<Caller>,
) -> Result<Html<String>, Refusal> {
    let PageRequest { context, .. } = PageRequest::read(&state, &uri, &caller, &[])?;
    let (answer, answered) = oneshot::channel();
    state.orders.try_send(Order::Windows { answer }).map_err(|_| of_error(&OrderError::Busy))?;
    let windows = answered.await.unwrap_or_default();
    written(move || {
        let all = state.board.silences();
        let (active, mut ended): (Vec<_>, Vec<_>) =
            all.iter().cloned().partition(|silence| silence.is_active(context.now));
        let mut active = effects(&state.board, active, context.now);
        active.sort_by_key(|(silence, _)| silence.end());
        ended.sort_by_key(|silence| std::cmp::Reverse(silence.end()));
        silences_page(&context, &SilencesView { active, ended, windows })
    })
    .await
}

/// `/about`: posemo itself.
pub(super) async fn about(
    State(state): State<Arc<WebState>>,
    uri: Uri,
    Extension(caller): Extension<Caller>,
) -> Result<Html<String>, Refusal> {
    let PageRequest { context, .. } = PageRequest::read(&state, &uri, &caller, &[])?;
    written(move || about_page(&context, &state.board, true)).await
}

/// What is known about a check; absent if posemo is busy, as the page is useful without.
async fn notes(state: &WebState, check: &str, target: Option<String>) -> Option<CheckNotes> {
    let (answer, answered) = oneshot::channel();
    state.orders.try_send(Order::Explain { check: check.to_owned(), target, answer }).ok()?;
    answered.await.ok()?.ok().map(|notes| *notes)
}

/// The latest changes, or why they are not known.
async fn changes_of(state: &WebState, filter: ChangeFilter) -> (Vec<StateChange>, Option<String>) {
    match read_history(state, move |place| place.past(&filter, CHANGES)).await {
        Ok(found) => (found.into_iter().map(|past| past.change).collect(), None),
        Err(refusal) => (Vec::new(), Some(refusal.message().to_owned())),
    }
}

fn board_of(state: &WebState, name: &str) -> Result<Arc<TargetBoard>, Refusal> {
    known(state, name)?;
    state
        .board
        .target(name)
        .ok_or_else(|| of_error(&OrderError::NoSuchTarget(name.to_owned(), String::new())))
}

/// 18:00 UTC of the day before: what the night brought is after it.
fn yesterday_evening(now: Timestamp) -> Timestamp {
    let day = now.to_zoned(TimeZone::UTC).date();
    let evening = day.saturating_sub(1.day()).to_datetime(Time::constant(18, 0, 0, 0));
    evening.to_zoned(TimeZone::UTC).map_or(now, |time| time.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_in_the_evening_before() {
        let now: Timestamp = "2026-03-01T02:00:00Z".parse().expect("it is a time");
        assert_eq!(yesterday_evening(now).to_string(), "2026-02-28T18:00:00Z");
    }
}
