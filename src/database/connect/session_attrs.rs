//! Whether a server has the session attributes that `target_session_attrs` requires.
//!
//! It does not choose another server.

use super::endpoint::Endpoint;
use super::error::ConnectError;
use super::login::Login;
use crate::database::parameters::TargetSessionAttrs;

/// With this setting in the login, the query whether a server is read-only would always return yes.
const READ_ONLY: &str = "default_transaction_read_only=";

/// The required attribute, if the server does not have it.
pub(super) async fn unmet(
    wanted: TargetSessionAttrs,
    login: &mut Login,
    endpoint: &Endpoint,
) -> Result<Option<&'static str>, ConnectError> {
    let (required, met) = match wanted {
        TargetSessionAttrs::Any | TargetSessionAttrs::PreferStandby => return Ok(None),
        TargetSessionAttrs::Primary => ("a primary", !in_recovery(login, endpoint).await?),
        TargetSessionAttrs::Standby => ("a standby", in_recovery(login, endpoint).await?),
        TargetSessionAttrs::ReadWrite => ("read-write", !read_only(login, endpoint).await?),
        TargetSessionAttrs::ReadOnly => ("read-only", read_only(login, endpoint).await?),
    };
    Ok((!met).then_some(required))
}

/// Splits startup options into those to send with the login and a setting to set after it.
///
/// posemo's own read-only setting is set later, where the login determines whether the server is read-only.
pub(super) fn split(
    wanted: TargetSessionAttrs,
    options: Option<&str>,
) -> (Option<String>, Option<String>) {
    let all = options.map(str::to_owned);
    if !matches!(wanted, TargetSessionAttrs::ReadWrite | TargetSessionAttrs::ReadOnly) {
        return (all, None);
    }
    let words: Vec<&str> = options.unwrap_or_default().split_whitespace().collect();
    let is_own = |pair: &[&str]| pair[0] == "-c" && pair[1].starts_with(READ_ONLY);
    let Some(at) = words.windows(2).position(is_own) else { return (all, None) };
    let kept = [&words[..at], &words[at + 2..]].concat().join(" ");
    (Some(kept).filter(|kept| !kept.is_empty()), Some(words[at + 1].to_owned()))
}

/// Servers from 14 on report it at the login; older ones are queried.
async fn in_recovery(login: &mut Login, endpoint: &Endpoint) -> Result<bool, ConnectError> {
    if let Some(value) = login.driver.parameter("in_hot_standby") {
        return Ok(value == "on");
    }
    let value = login.query(endpoint, "SELECT pg_catalog.pg_is_in_recovery()").await?;
    Ok(value.as_deref() == Some("t"))
}

async fn read_only(login: &mut Login, endpoint: &Endpoint) -> Result<bool, ConnectError> {
    if let Some(value) = login.driver.parameter("default_transaction_read_only") {
        return Ok(value == "on" || in_recovery(login, endpoint).await?);
    }
    Ok(login.query(endpoint, "SHOW transaction_read_only").await?.as_deref() == Some("on"))
}
