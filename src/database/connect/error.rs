//! Errors of connections: endpoint, cause and remedy.
//!
//! No message contains a password, or text from a server that has not proved its identity.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use tokio_postgres::error::{DbError, SqlState};

use super::endpoint::Endpoint;
use super::refusal::AuthRefusal;
use crate::database::tls::{CertificateFault, TlsSetupError};
use crate::text::number::duration;
use crate::text::visible::truncated;

/// A connection could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The host name has no address.
    #[error("cannot look up the host {host}; check the name, or set its address with hostaddr")]
    Lookup {
        /// The name.
        host: String,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// Nothing listens there, or the socket refuses the connection.
    #[error(
        "cannot connect to {endpoint}; check that PostgreSQL is running there and listening on that address and port"
    )]
    Unreachable {
        /// Where.
        endpoint: Endpoint,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// `connect_timeout` has passed.
    #[error(
        "{endpoint} did not accept the login within {}; it may be overloaded or behind a firewall",
        duration(limit.as_secs_f64())
    )]
    Timeout {
        /// Where.
        endpoint: Endpoint,
        /// The limit.
        limit: Duration,
    },
    /// Another account than that of `requirepeer` runs the server.
    #[error(
        "the server at {endpoint} runs as {found}, and requirepeer requires {required}; check which server answers"
    )]
    Peer {
        /// Where.
        endpoint: Endpoint,
        /// The account that is required.
        required: String,
        /// The account that was found.
        found: String,
    },
    /// The connection ended early.
    #[error("{endpoint} closed the connection before a session began; see the server's log")]
    Closed {
        /// Where.
        endpoint: Endpoint,
        /// How.
        #[source]
        cause: io::Error,
    },
    /// The answer to the TLS request is neither yes nor no.
    #[error(
        "{endpoint} did not answer the TLS request as PostgreSQL does; check the host and the port, and the server's log"
    )]
    NotPostgres {
        /// Where.
        endpoint: Endpoint,
    },
    /// Bytes arrived that TLS does not protect.
    #[error(
        "{endpoint} sent unencrypted data together with its answer to the TLS request; the connection may be tampered with, so nothing was sent"
    )]
    Surplus {
        /// Where.
        endpoint: Endpoint,
    },
    /// The server has no TLS, and the mode requires it.
    #[error(
        "{endpoint} offers no TLS, which sslmode requires; set ssl=on on the server, or use another sslmode"
    )]
    NoTls {
        /// Where.
        endpoint: Endpoint,
    },
    /// TLS cannot be started.
    #[error("cannot set up TLS with {endpoint}")]
    TlsSetup {
        /// With which server.
        endpoint: Endpoint,
        /// Why.
        #[source]
        cause: TlsSetupError,
    },
    /// The handshake failed.
    #[error("the TLS handshake with {endpoint} failed; see the server's log")]
    Handshake {
        /// Where.
        endpoint: Endpoint,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// The server's certificate is refused.
    #[error("the server at {endpoint} is not trusted")]
    Certificate {
        /// Where.
        endpoint: Endpoint,
        /// Why.
        #[source]
        cause: Box<CertificateFault>,
    },
    /// The server's authentication request is not answered.
    #[error("posemo does not log in at {endpoint}")]
    Refused {
        /// Where.
        endpoint: Endpoint,
        /// Why.
        #[source]
        cause: AuthRefusal,
    },
    /// The server requests a password, and no source has one.
    #[error("{endpoint} requests a password for user {user}, and none was found: {reason}")]
    NoPassword {
        /// Where.
        endpoint: Endpoint,
        /// For which user.
        user: String,
        /// Why the password file has none.
        reason: String,
    },
    /// The server rejects the login.
    #[error("{endpoint} rejects user {user} for database {database}{}", remedy(cause))]
    Server {
        /// Where.
        endpoint: Endpoint,
        /// The user.
        user: String,
        /// The database.
        database: String,
        /// The server's message.
        #[source]
        cause: Box<DbError>,
    },
    /// The login failed without a message from the server.
    #[error("cannot log in at {endpoint}")]
    Login {
        /// Where.
        endpoint: Endpoint,
        /// Why.
        #[source]
        cause: tokio_postgres::Error,
    },
    /// The server does not have the attributes of `target_session_attrs`.
    #[error("{endpoint} is not {required}, as target_session_attrs requires")]
    SessionAttrs {
        /// Where.
        endpoint: Endpoint,
        /// What is required.
        required: &'static str,
    },
    /// A request to cancel could not be delivered.
    #[error("cannot ask {endpoint} to cancel the query")]
    Cancel {
        /// Where.
        endpoint: Endpoint,
        /// Why.
        #[source]
        cause: tokio_postgres::Error,
    },
    /// Several attempts failed, one after the other.
    #[error("{}", joined(.0))]
    Several(Vec<ConnectError>),
}

impl ConnectError {
    /// The SQLSTATE, where a server sent one; of several attempts, the first one.
    pub fn sqlstate(&self) -> Option<&str> {
        match self {
            Self::Server { cause, .. } => Some(cause.code().code()),
            Self::Login { cause, .. } => cause.code().map(SqlState::code),
            Self::Several(errors) => errors.iter().find_map(ConnectError::sqlstate),
            _ => None,
        }
    }

    /// Whether a login without startup options may succeed. Poolers and proxies refuse options with various codes and
    /// texts, and a login event trigger can fail because of the settings. Codes that have another cause in any case
    /// are those about the role, the database, resources and the state of the server.
    pub fn may_be_due_to_options(&self) -> bool {
        match self {
            Self::Server { cause, .. } => {
                let code = cause.code().code();
                let other = ["28", "3D", "53", "57", "58", "XX"];
                code != "42501" && !other.iter().any(|class| code.starts_with(class))
            }
            Self::Several(errors) => errors.iter().any(ConnectError::may_be_due_to_options),
            _ => false,
        }
    }

    /// Whether the server, or the role, has no connection left at the moment.
    pub(crate) fn is_too_many_connections(&self) -> bool {
        self.sqlstate() == Some(SqlState::TOO_MANY_CONNECTIONS.code())
    }

    /// Whether further addresses are not tried. As in libpq they are tried only where no server answered in time,
    /// where the server has other session attributes, and where it reports that it cannot accept sessions now.
    pub(super) fn ends_search(&self) -> bool {
        match self {
            Self::Lookup { .. }
            | Self::Unreachable { .. }
            | Self::Timeout { .. }
            | Self::SessionAttrs { .. } => false,
            Self::Server { cause, .. } => *cause.code() != SqlState::CANNOT_CONNECT_NOW,
            Self::Several(errors) => errors.last().is_none_or(ConnectError::ends_search),
            _ => true,
        }
    }

    /// The errors of several attempts; a single error stays as it is.
    pub(super) fn from_attempts(mut errors: Vec<ConnectError>) -> ConnectError {
        match errors.pop() {
            Some(only) if errors.is_empty() => only,
            last => {
                errors.extend(last);
                Self::Several(errors)
            }
        }
    }

    /// The error of a handshake: the fault of the certificate, where there is one.
    pub(super) fn from_handshake(endpoint: &Endpoint, cause: io::Error) -> ConnectError {
        let endpoint = endpoint.clone();
        let error = cause.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>());
        if let Some(rustls::Error::InvalidCertificate(rustls::CertificateError::Other(other))) =
            error
            && let Some(fault) = other.0.downcast_ref::<CertificateFault>()
        {
            return Self::Certificate { endpoint, cause: Box::new(fault.clone()) };
        }
        Self::Handshake { endpoint, cause }
    }
}

/// The usual remedy for a rejected login.
fn remedy(cause: &DbError) -> &'static str {
    // One code has several causes; the message may be in any language, but the routine's name is not translated.
    match (cause.code().code(), cause.routine()) {
        ("28P01", _) => "; check its password in ~/.pgpass, PGPASSWORD or the service file",
        ("28000", Some("InitializeSessionUserId")) => {
            "; the role must exist and have LOGIN, and posemo install creates the monitor role"
        }
        ("28000", Some("ClientAuthentication")) => "; check the lines of pg_hba.conf",
        ("28000", Some("auth_failed")) => {
            "; its line of pg_hba.conf requires another method than a password: run posemo as the account of that name (peer), or change the line"
        }
        ("28000", _) => "; check the lines of pg_hba.conf, and that the role exists and has LOGIN",
        ("3D000", _) => "; create the database, or name another",
        ("42501", _) => "; grant it CONNECT",
        // These routines check the limits of a role and of a database.
        ("53300", Some("InitializeSessionUserId")) => {
            "; its connection limit is reached: wait, or raise it with ALTER ROLE … CONNECTION LIMIT"
        }
        ("53300", Some("CheckMyDatabase")) => {
            "; the connection limit of the database is reached: wait, or raise it with ALTER DATABASE … CONNECTION LIMIT"
        }
        ("53300", _) => {
            "; all connections of the server are in use: end idle sessions, or raise max_connections"
        }
        ("57P03", _) => "; the server is starting, stopping or recovering: wait",
        _ => "",
    }
}

fn joined(errors: &[ConnectError]) -> String {
    let chains = errors.iter().map(|error| {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text = format!("{text}: {}", truncated(&cause.to_string(), 2000));
            source = cause.source();
        }
        text
    });
    let mut chains: Vec<String> = chains.collect();
    chains.dedup();
    chains.join(" -- then: ")
}
