//! The routes.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::Response;
use axum::routing::{get, post};

use super::WebState;
use super::answer::refused;
use super::{api, changes, guard, metrics, probe, values};

/// Headers of every answer: a page runs no script, is in no frame, and is not kept.
const HEADERS: [(HeaderName, &str); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
];

/// All routes, behind the guard.
pub(super) fn router(state: Arc<WebState>) -> Router {
    let mut router = Router::new()
        .route("/probe", get(probe::probe))
        .route("/-/healthy", get(api::healthy))
        .route("/-/ready", get(api::ready))
        .route("/-/reload", post(api::reload));
    if !state.probe_only {
        router = router
            .route("/", get(api::page))
            .route("/metrics", get(metrics::metrics))
            .route("/api/1/report", get(api::whole_report))
            .route("/api/1/changes", get(changes::changes))
            .route("/api/1/values", get(values::values))
            .route("/api/1/targets", get(api::targets))
            .route("/api/1/run", post(api::run))
            .route("/api/1/reload", post(api::reload));
    }
    let router = router
        .fallback(|| async { refused(StatusCode::NOT_FOUND, "this page does not exist") })
        .layer(from_fn_with_state(Arc::clone(&state), guard::guard))
        .with_state(state);
    // Around the whole: axum adds the header Allow after the layers of a router.
    Router::new().fallback_service(router).layer(map_response(with_headers))
}

async fn with_headers(mut response: Response) -> Response {
    if response.status() == StatusCode::METHOD_NOT_ALLOWED
        && let Some(methods) = response.headers_mut().remove(header::ALLOW)
    {
        let names = methods.to_str().unwrap_or_default().replace(',', " or ");
        response = refused(StatusCode::METHOD_NOT_ALLOWED, &format!("send {names}"));
        response.headers_mut().insert(header::ALLOW, methods);
    }
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
