//! Why posemo does not answer a server's authentication request.

use crate::database::parameters::AuthMethod;

/// Why a server's authentication request is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthRefusal {
    /// The answer would reveal the password to anyone who reads the network.
    #[error("the server requests the password by method {}, and the connection has no TLS, so the network could read it; nothing was sent. Set up TLS (sslmode=verify-full) or scram-sha-256, or allow it with allow_cleartext=on", .0.name())]
    Exposed(AuthMethod),
    /// `require_auth` does not list the method.
    #[error("the server requests method {}, which require_auth forbids; nothing was sent", .0.name())]
    Forbidden(AuthMethod),
    /// `require_auth` requires a method, and the server requests none.
    #[error(
        "the server accepts the login without authentication, which require_auth forbids; check which server answers, or add none to require_auth"
    )]
    Unauthenticated,
    /// The bytes do not follow PostgreSQL's protocol.
    #[error(
        "the server's answer does not follow PostgreSQL's protocol; check the host and the port"
    )]
    Malformed,
}
