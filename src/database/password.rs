//! The SCRAM verifier of a password, so that no server receives the password.
//!
//! It neither reads the password nor sends the verifier.

use postgres_protocol::password::scram_sha_256;

/// The value of `pg_authid.rolpassword` for a password under SCRAM-SHA-256, with a new salt and 4096
/// iterations, as `\password` of psql computes it. PostgreSQL stores a text of this form unchanged,
/// whatever the value of `password_encryption` (the manual, "CREATE ROLE", `PASSWORD`).
pub fn scram_verifier(password: &[u8]) -> String {
    scram_sha_256(password)
}
