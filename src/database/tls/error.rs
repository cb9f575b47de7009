//! Why TLS cannot be set up, before anything is sent.

use std::path::PathBuf;

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsSetupError {
    /// The mode verifies, and the root certificates are missing.
    #[error(
        "the root certificate file {0} does not exist; copy the certificate of the server or its issuer there, name another file with sslrootcert, or use sslrootcert=system"
    )]
    NoRoots(String),
    /// The mode checks the host name, and the parameters have none.
    #[error(
        "sslmode=verify-full needs a host name to compare with the certificate; set host besides hostaddr"
    )]
    NoName,
    /// A file cannot be used.
    #[error("cannot use the {what} {}: {problem}", file.display())]
    File {
        /// What the file contains.
        what: &'static str,
        /// The file.
        file: PathBuf,
        /// Why it cannot be used, and the remedy.
        problem: String,
    },
    /// The certificate does not match the key, or the library refuses the settings.
    #[error("TLS cannot be set up with these settings")]
    Library(#[source] rustls::Error),
}
