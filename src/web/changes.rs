//! `/api/1/changes`: the changes of states, page by page.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::WebState;
use super::answer::{json, refused};
use super::silences::no_history;
use crate::history::change::StateChange;
use crate::history::store::changes_after;

/// The number of changes in one answer.
const MOST: u32 = 1000;

/// The parameters of a request.
#[derive(Debug, Deserialize)]
pub(super) struct ChangesQuery {
    #[serde(default)]
    after: i64,
    target: Option<String>,
    limit: Option<u32>,
}

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
    Query(query): Query<ChangesQuery>,
) -> Response {
    let Some(path) = state.board.history().path else {
        return no_history().into_response();
    };
    let most = query.limit.unwrap_or(100).clamp(1, MOST);
    let read = move || changes_after(&path, query.after, query.target.as_deref(), most);
    match tokio::task::spawn_blocking(read).await {
        Ok(Ok(changes)) => {
            let is_full = changes.len() == usize::try_from(most).unwrap_or(usize::MAX);
            let next = changes.last().filter(|_| is_full).map(|change| change.seq);
            json(&ChangesPage { changes, next })
        }
        Ok(Err(error)) => refused(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
        Err(_) => refused(StatusCode::INTERNAL_SERVER_ERROR, "internal error; please report it"),
    }
}
