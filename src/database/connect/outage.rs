//! Whether a failed connection means that the server does not answer, or that it answers and refuses.

use std::error::Error;
use std::io;

use tokio_postgres::error::DbError;

use super::error::ConnectError;
use crate::finding::report::Outage;

impl ConnectError {
    /// Why the server does not answer. `None` if it answered: it rejects the role or the password, it is not trusted, or
    /// it is not the server that is wanted.
    pub fn outage(&self) -> Option<Outage> {
        match self {
            // This account may not open the socket; the server may be fine.
            Self::Unreachable { cause, .. } if cause.kind() == io::ErrorKind::PermissionDenied => {
                None
            }
            Self::Lookup { .. }
            | Self::Unreachable { .. }
            | Self::Timeout { .. }
            | Self::Closed { .. } => Some(Outage::NoAnswer),
            Self::Server { cause, .. } => server_outage(cause),
            Self::Login { cause, .. } => match cause.as_db_error() {
                Some(error) => server_outage(error),
                None => connection_broke(cause).then_some(Outage::NoAnswer),
            },
            Self::Several(errors) => outage_of_all(errors),
            _ => None,
        }
    }
}

/// Several hosts do not answer if none of them does. A standby where the primary is wanted does not count.
fn outage_of_all(errors: &[ConnectError]) -> Option<Outage> {
    let others = errors.iter().filter(|error| !matches!(error, ConnectError::SessionAttrs { .. }));
    let outages: Option<Vec<Outage>> = others.map(ConnectError::outage).collect();
    let outages = outages?;
    // A server without a free connection is up, so it is the better reason.
    let slots = outages.iter().find(|outage| **outage == Outage::TooManyConnections);
    slots.or(outages.first()).copied()
}

/// Why a server that refuses with this error does not answer. The text can be in any language, so it is not read.
pub(crate) fn server_outage(error: &DbError) -> Option<Outage> {
    let code = error.code().code();
    match code {
        // The limits of a role and of a database have the same code as the limit of the server. These routines check
        // them, in all versions; a pooler sends no routine.
        "53300" => match error.routine() {
            Some("InitializeSessionUserId" | "CheckMyDatabase") => None,
            _ => Some(Outage::TooManyConnections),
        },
        // Starting, stopping, recovering; ended by an administrator; crashed; damaged files. A pooler sends those of class
        // 08 for a server that it cannot reach.
        "57P03" | "57P01" | "57P02" | "XX001" | "XX002" | "08000" | "08001" | "08003" | "08006" => {
            Some(Outage::NoAnswer)
        }
        // No disk space, no memory; input and output errors.
        _ if code.starts_with("53") || code.starts_with("58") => Some(Outage::NoAnswer),
        _ => None,
    }
}

/// Whether the connection ended without a message from the server.
pub(crate) fn connection_broke(error: &tokio_postgres::Error) -> bool {
    error.is_closed() || error.source().is_some_and(<dyn Error>::is::<io::Error>)
}
