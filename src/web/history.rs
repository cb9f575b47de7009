//! Reads the history for an answer, outside of the thread that answers requests.

use axum::http::StatusCode;

use super::WebState;
use super::answer::{Refusal, aside};
use crate::history::place::HistoryPlace;
use crate::history::store::HistoryError;

/// What `read` finds in the history.
pub(super) async fn read_history<T: Send + 'static>(
    state: &WebState,
    read: impl FnOnce(&HistoryPlace) -> Result<T, HistoryError> + Send + 'static,
) -> Result<T, Refusal> {
    let Some(place) = state.board.history().place else {
        let message = "no history is kept: store in [history] is \"none\"";
        return Err(Refusal::new(StatusCode::NOT_FOUND, message));
    };
    let found = aside(move || read(&place)).await?;
    found.map_err(|error| Refusal::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string()))
}
