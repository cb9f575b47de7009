//! Reads the file of the history for an answer, outside of the thread that answers requests.

use std::path::Path;

use axum::http::StatusCode;

use super::WebState;
use super::answer::Refusal;
use crate::history::store::HistoryError;

/// What `read` finds in the file of the history.
pub(super) async fn read_history<T: Send + 'static>(
    state: &WebState,
    read: impl FnOnce(&Path) -> Result<T, HistoryError> + Send + 'static,
) -> Result<T, Refusal> {
    let Some(path) = state.board.history().path else {
        let message = "no history is kept: store in [history] is \"none\"";
        return Err(Refusal::new(StatusCode::NOT_FOUND, message));
    };
    match tokio::task::spawn_blocking(move || read(&path)).await {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(error)) => Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())),
        Err(_) => {
            Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error; please report it"))
        }
    }
}
