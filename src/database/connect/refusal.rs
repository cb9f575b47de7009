//! Why posemo ends a connection because of what the server sends.

use crate::database::parameters::AuthMethod;

/// Why a connection is ended: an authentication request that is not answered, or more data than a session needs.
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
    /// The answer would make the password easy to guess.
    #[error(
        "the server requests SCRAM with {0} iterations, fewer than 4096, and no certificate has proved which server it is; use sslmode=verify-full, or set scram_iterations to 4096 or more and set the password again"
    )]
    FewIterations(u32),
    /// A message, or all answers together, are larger than posemo reads.
    #[error(
        "the server sends {what} of more than {} KiB, which posemo does not read; check which server answers",
        limit / 1024
    )]
    TooLarge {
        /// A message or answers.
        what: &'static str,
        /// The limit, in bytes.
        limit: u64,
    },
}
