//! Why a server's certificate is refused.

/// Why a server's certificate is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFault {
    /// The bytes are not a certificate.
    #[error("the server's certificate cannot be read ({0}); make a new one")]
    Unreadable(String),
    /// No chain of signatures leads from it to a trusted certificate.
    #[error(
        "the server's certificate is not signed by a certificate in {0}; add its issuer there, or check which server answers"
    )]
    UnknownIssuer(String),
    /// It, or a certificate that it depends on, is not valid today.
    #[error("the certificate {0} is {1}; check its dates, and this machine's clock")]
    Dates(String, &'static str),
    /// It is made for another purpose, or breaks a rule.
    #[error("the certificate {0} must not be used here: {1}")]
    Rule(String, String),
    /// It is for another host.
    #[error(
        "the server's certificate is for {found}, not for \"{required}\"; connect by that name, or use sslmode=verify-ca to accept any name"
    )]
    WrongName {
        /// The host as given.
        required: String,
        /// The names in the certificate.
        found: String,
    },
}
