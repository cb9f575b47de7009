//! Whether a server is what `target_session_attrs` demands.
//!
//! It does not look for another server.

use std::io;

use tokio_postgres::SimpleQueryMessage;

use super::attempt::Session;
use super::error::{LinkError, Place};
use crate::database::parameters::Target;

/// Sent with the login, this setting would spoil the question whether a server is read-only by its own choice.
const READ_ONLY: &str = "default_transaction_read_only=";

/// What the server should be and is not.
pub(crate) async fn unmet(
    target: Target,
    session: &mut Session,
    place: &Place,
) -> Result<Option<&'static str>, LinkError> {
    let (wanted, met) = match target {
        Target::Any | Target::PreferStandby => return Ok(None),
        Target::Primary => ("a primary", !in_recovery(session, place).await?),
        Target::Standby => ("a standby", in_recovery(session, place).await?),
        Target::ReadWrite => ("open for writing", !read_only(session, place).await?),
        Target::ReadOnly => ("read-only", read_only(session, place).await?),
    };
    Ok((!met).then_some(wanted))
}

/// The startup options to send, and a setting to make up for afterwards: where the question is whether the server
/// is read-only, our own wish about that must not answer it.
pub(crate) fn split(target: Target, options: Option<&str>) -> (Option<String>, Option<String>) {
    let all = options.map(str::to_owned);
    if !matches!(target, Target::ReadWrite | Target::ReadOnly) {
        return (all, None);
    }
    let words: Vec<&str> = options.unwrap_or_default().split_whitespace().collect();
    let is_ours = |pair: &[&str]| pair[0] == "-c" && pair[1].starts_with(READ_ONLY);
    let Some(place) = words.windows(2).position(is_ours) else { return (all, None) };
    let kept = [&words[..place], &words[place + 2..]].concat().join(" ");
    (Some(kept).filter(|kept| !kept.is_empty()), Some(words[place + 1].to_owned()))
}

/// The first value of the answer to a statement.
pub(crate) async fn answer(
    session: &mut Session,
    place: &Place,
    sql: &str,
) -> Result<Option<String>, LinkError> {
    let failed = |cause| LinkError::Login { place: place.clone(), cause };
    let Session { client, connection, .. } = session;
    let messages = tokio::select! {
        messages = client.simple_query(sql) => messages.map_err(failed)?,
        ended = connection => {
            ended.map_err(failed)?;
            return Err(LinkError::Broken { place: place.clone(), cause: io::ErrorKind::UnexpectedEof.into() });
        }
    };
    Ok(messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    }))
}

/// From 14 on the server says so itself; before, it is asked.
async fn in_recovery(session: &mut Session, place: &Place) -> Result<bool, LinkError> {
    if let Some(value) = session.connection.parameter("in_hot_standby") {
        return Ok(value == "on");
    }
    let value = answer(session, place, "SELECT pg_catalog.pg_is_in_recovery()").await?;
    Ok(value.as_deref() == Some("t"))
}

async fn read_only(session: &mut Session, place: &Place) -> Result<bool, LinkError> {
    if let Some(value) = session.connection.parameter("default_transaction_read_only") {
        return Ok(value == "on" || in_recovery(session, place).await?);
    }
    Ok(answer(session, place, "SHOW transaction_read_only").await?.as_deref() == Some("on"))
}
