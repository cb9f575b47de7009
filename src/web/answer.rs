//! Answers: reports in a format, JSON, and errors as text.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::finding::report::Report;
use crate::output::{Format, OutputOptions};

/// A request that is refused, or cannot be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The status.
    pub(super) status: StatusCode,
    message: String,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        refused(self.status, &self.message)
    }
}

impl Refusal {
    /// A refusal with this text.
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Refusal {
        Refusal { status, message: message.into() }
    }

    /// The text.
    pub(super) fn message(&self) -> &str {
        &self.message
    }
}

/// Does work beside the thread that answers requests: it may take long.
pub(super) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work).await.map_err(|_| {
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error; please report it")
    })
}

/// Rows as a file for spreadsheets.
pub(super) async fn csv(
    write: impl FnOnce() -> std::io::Result<Vec<u8>> + Send + 'static,
) -> Result<Response, Refusal> {
    let failed =
        |error: std::io::Error| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string());
    let body = aside(write).await?.map_err(failed)?;
    Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], body).into_response())
}

/// A text with this status.
pub(super) fn refused(status: StatusCode, message: &str) -> Response {
    (status, [plain()], format!("{message}\n")).into_response()
}

/// A plain text.
pub(super) fn plain() -> (HeaderName, HeaderValue) {
    (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))
}

/// A value as JSON.
pub(super) fn json(value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(error) => refused(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

/// A report in a format.
pub(super) fn report(report: &Report, format: Format) -> Result<Vec<u8>, Refusal> {
    let mut body = Vec::new();
    match format.write(report, &OutputOptions::default(), &mut body) {
        Ok(()) => Ok(body),
        Err(error) => Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())),
    }
}
