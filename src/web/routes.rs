//! The routes.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::response::Response;
use axum::routing::{delete, get, post};

use super::WebState;
use super::answer::refused;
use super::{
    api, changes, evidence, forms, guard, metrics, pages, past, probe, readable, silences, values,
};

/// Headers of every answer: a page runs only posemo's script, is in no frame, and is not kept.
const HEADERS: [(HeaderName, &str); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Without it, the forms of a page have no origin.
    (header::REFERRER_POLICY, "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
];

/// The size of a form.
const BODY: usize = 32 * 1024;

/// All routes, behind the guard.
pub(super) fn router(state: Arc<WebState>) -> Router {
    let mut router = Router::new()
        .route("/probe", get(probe::probe))
        .route("/-/healthy", get(api::healthy))
        .route("/-/ready", get(api::ready))
        .route("/-/reload", post(api::reload));
    if !state.probe_only {
        router = router
            .route("/", get(pages::problems))
            .route("/findings/{id}", get(pages::finding))
            .route("/targets", get(pages::targets))
            .route("/targets/{target}", get(pages::target))
            .route("/targets/{target}/checks/{check}", get(pages::check_of_target))
            .route("/checks", get(pages::checks))
            .route("/checks/{check}", get(pages::check))
            .route("/history", get(past::history))
            .route("/history.csv", get(past::csv))
            .route("/silences", get(pages::silences).post(forms::silence))
            .route("/silences/{id}/end", post(forms::end))
            .route("/about", get(pages::about))
            .route("/report", get(evidence::report))
            .route("/evidence", get(evidence::evidence))
            .route("/evidence.csv", get(evidence::csv))
            .route("/run", post(forms::run))
            .route("/reload", post(forms::reload))
            .route("/assets/{name}", get(pages::asset))
            .route("/metrics", get(metrics::metrics))
            .route("/api/1/report", get(api::whole_report))
            .route("/api/1/changes", get(changes::changes))
            .route("/api/1/values", get(values::values))
            .route("/api/1/targets", get(api::targets))
            .route("/api/1/acts", get(silences::acts))
            .route("/api/1/silences", get(silences::list))
            .route("/api/1/silence", post(silences::add))
            .route("/api/1/silence/{id}", delete(silences::end))
            .route("/api/1/silence/{id}/end", post(silences::end))
            .route("/api/1/run", post(api::run))
            .route("/api/1/reload", post(api::reload));
    }
    let router = router
        .fallback(|| async { refused(StatusCode::NOT_FOUND, "this page does not exist") })
        .layer(DefaultBodyLimit::max(BODY))
        .layer(from_fn_with_state(Arc::clone(&state), guard::guard))
        .layer(from_fn(readable::readable))
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
        // A page that is kept, or has its own styles, has its own headers.
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
