//! The orders that a page sends as a form: they answer with the page, so that they work without a script.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::oneshot;

use super::WebState;
use super::access::Caller;
use super::answer::Refusal;
use super::api::{of_error, ordered};
use super::page_request::{NOTICE, without};
use super::silences::{LONGEST, SilenceParameters, parameters};
use crate::board::order::{Order, OrderError};

/// The time that a run may take before the page is shown without its result.
const PATIENCE: Duration = Duration::from_secs(20);

/// The reason of a silence by the button that asks for none.
const NO_REASON: &str = "no reason given (button on the page)";

/// The author of a silence where the server has no logins.
const NO_LOGIN: &str = "a user of the page";

/// The fields of a form.
struct FormFields(BTreeMap<String, String>);

impl FormFields {
    fn read(form: &[u8]) -> Result<FormFields, Refusal> {
        let mut fields = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(form) {
            if fields.contains_key(&*name) {
                let name: String = name.chars().take(LONGEST).collect();
                let message = format!("the field {name:?} occurs twice");
                return Err(Refusal::new(StatusCode::BAD_REQUEST, message));
            }
            fields.insert(name.into_owned(), value.into_owned());
        }
        Ok(FormFields(fields))
    }

    fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name).filter(|value| !value.is_empty())
    }

    fn back(&mut self, notice: &str) -> Response {
        go_back(self.take("back"), notice)
    }
}

/// The answer that leads to the page to show afterwards: one of this server.
fn go_back(back: Option<String>, notice: &str) -> Response {
    let back = back.filter(|back| is_own_path(back));
    let back = without(&back.unwrap_or_else(|| "/".to_owned()), NOTICE);
    let sign = if back.contains('?') { '&' } else { '?' };
    (StatusCode::SEE_OTHER, [(header::LOCATION, format!("{back}{sign}{NOTICE}={notice}"))])
        .into_response()
}

/// Whether an address leads to a page of this server, whatever a browser makes of it.
fn is_own_path(address: &str) -> bool {
    address.starts_with('/')
        && !address.starts_with("//")
        && address.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

/// `POST /run`: runs checks of a target now.
pub(super) async fn run(
    State(state): State<Arc<WebState>>,
    Extension(caller): Extension<Caller>,
    form: Bytes,
) -> Result<Response, Refusal> {
    let mut fields = FormFields::read(&form)?;
    let target = fields.take("target").ok_or_else(|| missing("target"))?;
    let checks = fields.take("check").into_iter().collect();
    match ordered(&state, target, checks, Some(caller.name()), false, PATIENCE).await {
        // The run goes on, and the page shows its result later.
        Err(refusal) if refusal.status == StatusCode::GATEWAY_TIMEOUT => Ok(fields.back("waits")),
        other => other.map(|_| fields.back("ran")),
    }
}

/// `POST /silences`: silences problems.
pub(super) async fn silence(
    State(state): State<Arc<WebState>>,
    Extension(caller): Extension<Caller>,
    form: Bytes,
) -> Result<Response, Refusal> {
    let mut fields = FormFields::read(&form)?;
    let back = fields.take("back");
    if caller.0.is_none() && !fields.0.contains_key("by") {
        fields.0.insert("by".to_owned(), NO_LOGIN.to_owned());
    }
    fields.0.entry("why".to_owned()).or_insert_with(|| NO_REASON.to_owned());
    // A field that the user left empty is as one that the page does not have.
    let filled = fields.0.iter().filter(|(_, value)| !value.is_empty());
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(filled).finish();
    let read = parameters("", form.as_bytes()).and_then(|one| one.of(&caller));
    let wrong = |message: String| Refusal::new(StatusCode::BAD_REQUEST, message);
    let (scope, lasts, by, why) = read.and_then(SilenceParameters::order).map_err(wrong)?;
    let (answer, answered) = oneshot::channel();
    give(&state, Order::Silence { scope, lasts, by, why, answer }, answered).await?;
    Ok(go_back(back, "silenced"))
}

/// `POST /silences/{id}/end`: ends a silence.
pub(super) async fn end(
    State(state): State<Arc<WebState>>,
    Path(id): Path<String>,
    Extension(caller): Extension<Caller>,
    form: Bytes,
) -> Result<Response, Refusal> {
    let mut fields = FormFields::read(&form)?;
    let by = if caller.0.is_some() { caller.name() } else { NO_LOGIN.to_owned() };
    let (answer, answered) = oneshot::channel();
    let id = id.chars().take(LONGEST).collect();
    give(&state, Order::EndSilence { id, by, answer }, answered).await?;
    Ok(fields.back("ended"))
}

/// `POST /reload`: reads the settings again.
pub(super) async fn reload(
    State(state): State<Arc<WebState>>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Refusal> {
    let (answer, answered) = oneshot::channel();
    let busy = || of_error(&OrderError::Busy);
    state.orders.try_send(Order::Reload { by: caller.name(), answer }).map_err(|_| busy())?;
    let location = match answered.await.map_err(|_| busy())? {
        Ok(()) => "/about?notice=reloaded",
        // The page shows the mistake.
        Err(_) => "/about",
    };
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response())
}

async fn give<T>(
    state: &WebState,
    order: Order,
    answered: oneshot::Receiver<Result<T, OrderError>>,
) -> Result<T, Refusal> {
    let busy = || of_error(&OrderError::Busy);
    state.orders.try_send(order).map_err(|_| busy())?;
    answered.await.map_err(|_| busy())?.map_err(|error| of_error(&error))
}

fn missing(name: &str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, format!("the field {name} is missing"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_occurs_once() {
        let read = |form: &str| FormFields::read(form.as_bytes());
        let error = read("target=a&target=b").err().expect("it occurs twice");
        assert_eq!(error.message(), "the field \"target\" occurs twice");
        let mut fields = read("target=a%26b&check=").expect("each occurs once");
        assert_eq!(fields.take("target").as_deref(), Some("a&b"));
        assert_eq!(fields.take("check"), None);
    }

    #[test]
    fn only_paths_of_this_server_are_gone_back_to() {
        for back in ["/", "/targets/db1?span=7d#charts", "/findings/a%0Ab"] {
            assert!(is_own_path(back), "{back}");
        }
        for back in [
            "",
            "//evil.example/",
            "https://evil.example/",
            "/\\evil.example",
            "/a\r\nX: y",
            "javascript:x",
            "/é",
        ] {
            assert!(!is_own_path(back), "{back}");
        }
    }
}
