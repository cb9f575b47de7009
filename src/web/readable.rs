//! Refusals as pages for browsers: programs get them as plain text.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::pages::refusal::refusal;

/// The size of a message.
const MOST: usize = 64 * 1024;

/// Passes a request on. A plain text that refuses the request of a browser becomes a page.
pub(super) async fn readable(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_program = ["/api/", "/-/", "/metrics", "/probe"].iter().any(|one| path.starts_with(one));
    let wants_page = !is_program && accepts_page(request.headers());
    let response = next.run(request).await;
    let is_text = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let status = response.status();
    if !wants_page || !is_text || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(message) = to_bytes(body, MOST).await else {
        return Response::from_parts(parts, Body::empty());
    };
    let page = refusal(status.as_u16(), &String::from_utf8_lossy(&message));
    parts.headers.remove(header::CONTENT_LENGTH);
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    parts.headers.insert(header::CONTENT_TYPE, html);
    Response::from_parts(parts, Body::from(page))
}

fn accepts_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|value| value.contains("text/html"))
}
