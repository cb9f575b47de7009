//! `/api/1/changes`: the changes of states, page by page.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use serde::Serialize;

use super::WebState;
use super::answer::{Refusal, json};
use super::history::read_history;
use super::query::QueryParameters;
use crate::history::change::StateChange;
use crate::history::place::HistoryPlace;

/// The number of changes in one answer.
const MOST: u32 = 1000;

/// One page of changes.
#[derive(Debug, Serialize)]
struct ChangesPage {
    changes: Vec<StateChange>,
    /// The value of `after` for the next page; absent on the last one.
    next: Option<i64>,
}

/// The changes with a higher number than `after`, the oldest first.
pub(super) async fn changes(
    State(state): State<Arc<WebState>>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let query = QueryParameters::read(query.as_deref(), &["after", "target", "limit"])?;
    let after = query.number("after", 0..=i64::MAX)?.unwrap_or(0);
    let most = query.number("limit", 1..=MOST)?.unwrap_or(100);
    let target = query.get("target").map(str::to_owned);
    let read = move |place: &HistoryPlace| place.changes_after(after, target.as_deref(), most);
    let changes = read_history(&state, read).await?;
    let is_full = changes.len() == usize::try_from(most).unwrap_or(usize::MAX);
    let next = changes.last().filter(|_| is_full).map(|change| change.seq);
    Ok(json(&ChangesPage { changes, next }))
}
