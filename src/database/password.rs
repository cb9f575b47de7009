//! The SCRAM verifier of a password, computed here so that no server ever sees the password.
//!
//! Where the password comes from, and where the verifier goes, is not known here.

use postgres_protocol::password::scram_sha_256;

/// What `pg_authid.rolpassword` holds for a password under SCRAM-SHA-256, with a fresh salt and 4096
/// iterations, as `\password` of psql makes it. PostgreSQL takes a text of this form for what it is,
/// whatever `password_encryption` says (the manual, "CREATE ROLE", `PASSWORD`).
pub fn scram_verifier(password: &[u8]) -> String {
    scram_sha_256(password)
}
