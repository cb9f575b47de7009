//! What can go wrong between parameters and a session, told with place, cause and remedy.
//!
//! No message holds a password, and none repeats what a server said before it was known who it is.

use std::error::Error as _;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::time::Duration;

use tokio_postgres::error::{DbError, SqlState};

use super::certificate::CertificateFault;
use super::guard::Refusal;
use super::trust::TrustError;

/// Which server it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The host as given, or the socket's directory.
    pub host: String,
    /// The address, where the host is a name.
    pub address: Option<IpAddr>,
    /// The port.
    pub port: u16,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address.filter(|address| address.to_string() != self.host) {
            Some(address) => write!(formatter, "{} ({address}) port {}", self.host, self.port),
            None => write!(formatter, "{} port {}", self.host, self.port),
        }
    }
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The host's name has no address.
    #[error("cannot look up the host {host}; check the name, or give its address with hostaddr")]
    Lookup {
        /// The name.
        host: String,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// Nobody accepts the connection.
    #[error("cannot connect to {place}; is PostgreSQL running there and listening?")]
    Connect {
        /// Where.
        place: Place,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// `connect_timeout` is over.
    #[error("{place} did not let us in within {} s; is it overloaded or behind a firewall? connect_timeout can be raised", limit.as_secs())]
    Timeout {
        /// Where.
        place: Place,
        /// How long it had.
        limit: Duration,
    },
    /// Another account than `requirepeer` runs the server.
    #[error(
        "the server at {place} runs as {found}, and requirepeer demands {wanted}; find out who answers"
    )]
    Peer {
        /// Where.
        place: Place,
        /// The account demanded.
        wanted: String,
        /// The account found.
        found: String,
    },
    /// The connection ended early.
    #[error("{place} broke the connection off before a session began; its log may say why")]
    Broken {
        /// Where.
        place: Place,
        /// How.
        #[source]
        cause: io::Error,
    },
    /// The answer to the request for TLS is none.
    #[error(
        "{place} did not answer the request for TLS as PostgreSQL does; look at the host and the port, and in the server's log"
    )]
    NotPostgres {
        /// Where.
        place: Place,
    },
    /// Bytes came that nobody can vouch for.
    #[error(
        "{place} sent unencrypted data together with its answer about TLS; somebody on the way may be forging, so nothing was sent"
    )]
    Surplus {
        /// Where.
        place: Place,
    },
    /// The server has no TLS, and the mode demands it.
    #[error(
        "{place} offers no TLS, which sslmode demands; set ssl=on there, or use another sslmode"
    )]
    NoTls {
        /// Where.
        place: Place,
    },
    /// TLS cannot even be tried.
    #[error("cannot prepare TLS with {place}")]
    Trust {
        /// Where to.
        place: Place,
        /// Why.
        #[source]
        cause: TrustError,
    },
    /// The handshake failed.
    #[error("the TLS handshake with {place} failed; the server's log may say more")]
    Handshake {
        /// Where.
        place: Place,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// The server's certificate is not accepted.
    #[error("{place} is not trusted")]
    Certificate {
        /// Where.
        place: Place,
        /// Why.
        #[source]
        cause: CertificateFault,
    },
    /// The server wants a proof that it must not get.
    #[error("will not log in at {place}")]
    Refused {
        /// Where.
        place: Place,
        /// Why.
        #[source]
        cause: Refusal,
    },
    /// The server wants a password, and there is none.
    #[error(
        "{place} asks for a password of user {user}, and none is at hand; put a line for it into ~/.pgpass"
    )]
    NoPassword {
        /// Where.
        place: Place,
        /// For whom.
        user: String,
    },
    /// The server says no.
    #[error("{place} does not let user {user} into database {database}{}", remedy(cause))]
    Server {
        /// Where.
        place: Place,
        /// Who.
        user: String,
        /// Into what.
        database: String,
        /// What it said.
        #[source]
        cause: Box<DbError>,
    },
    /// Logging in failed without the server's saying so.
    #[error("cannot log in at {place}")]
    Login {
        /// Where.
        place: Place,
        /// Why.
        #[source]
        cause: tokio_postgres::Error,
    },
    /// The server is not what `target_session_attrs` demands.
    #[error("{place} is not {wanted}, as target_session_attrs demands")]
    Role {
        /// Where.
        place: Place,
        /// What was demanded.
        wanted: &'static str,
    },
    /// A request to cancel could not be delivered.
    #[error("cannot ask {place} to cancel the query")]
    Cancel {
        /// Where.
        place: Place,
        /// Why.
        #[source]
        cause: tokio_postgres::Error,
    },
    /// One attempt after another failed.
    #[error("{}", told(.0))]
    Several(Vec<LinkError>),
}

impl LinkError {
    /// The SQLSTATE, where a server gave one; of several attempts, that of the first that has one.
    pub fn sqlstate(&self) -> Option<&str> {
        match self {
            Self::Server { cause, .. } => Some(cause.code().code()),
            Self::Login { cause, .. } => cause.code().map(SqlState::code),
            Self::Several(errors) => errors.iter().find_map(LinkError::sqlstate),
            _ => None,
        }
    }

    /// Whether a pooler refuses the startup parameter `options`, so that the settings must come as `SET` instead.
    pub fn refuses_startup_options(&self) -> bool {
        match self {
            Self::Server { cause, .. } => {
                *cause.code() == SqlState::PROTOCOL_VIOLATION
                    && cause.message().contains("startup parameter")
            }
            Self::Several(errors) => errors.iter().any(LinkError::refuses_startup_options),
            _ => false,
        }
    }

    /// Whether there is no point in trying further addresses: libpq goes on only where nobody answered in time,
    /// where the server is of the wrong kind, and where it says that it cannot serve now.
    pub(crate) fn ends_search(&self) -> bool {
        match self {
            Self::Lookup { .. }
            | Self::Connect { .. }
            | Self::Timeout { .. }
            | Self::Role { .. } => false,
            Self::Server { cause, .. } => *cause.code() != SqlState::CANNOT_CONNECT_NOW,
            Self::Several(errors) => errors.last().is_none_or(LinkError::ends_search),
            _ => true,
        }
    }

    /// One error of several; a single one is itself.
    pub(crate) fn of(mut errors: Vec<LinkError>) -> LinkError {
        match errors.pop() {
            Some(only) if errors.is_empty() => only,
            last => {
                errors.extend(last);
                Self::Several(errors)
            }
        }
    }

    /// The error of a handshake: the verdict on the certificate, where there is one.
    pub(crate) fn handshake(place: &Place, cause: io::Error) -> LinkError {
        let place = place.clone();
        let error = cause.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>());
        if let Some(rustls::Error::InvalidCertificate(rustls::CertificateError::Other(other))) =
            error
            && let Some(fault) = other.0.downcast_ref::<CertificateFault>()
        {
            return Self::Certificate { place, cause: fault.clone() };
        }
        Self::Handshake { place, cause }
    }
}

/// What helps against the usual refusals.
fn remedy(cause: &DbError) -> &'static str {
    // One code has several causes; the words may be in any language, but the routine is not.
    match (cause.code().code(), cause.routine()) {
        ("28P01", _) => "; check its password in ~/.pgpass, PGPASSWORD or the service file",
        ("28000", Some("InitializeSessionUserId")) => {
            "; that role must exist and may log in, and posemo install makes the monitor's"
        }
        ("28000", Some("ClientAuthentication")) => "; check the lines of pg_hba.conf",
        ("28000", Some("auth_failed")) => {
            "; its line of pg_hba.conf asks for something else than a password: be the account of that name (peer), or change the line"
        }
        ("28000", _) => "; check the lines of pg_hba.conf, and that the role exists and may log in",
        ("3D000", _) => "; create the database, or name another",
        ("42501", _) => "; grant it CONNECT",
        ("53300", _) => {
            "; too many are connected already: wait, or raise max_connections or the role's limit"
        }
        ("57P03", _) => "; the server is starting, stopping or recovering: wait",
        _ => "",
    }
}

fn told(errors: &[LinkError]) -> String {
    let chains = errors.iter().map(|error| {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        text
    });
    let mut chains: Vec<String> = chains.collect();
    chains.dedup();
    chains.join(" -- then: ")
}
