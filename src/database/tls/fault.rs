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
    /// The TLS library does not check certificates of this form.
    #[error(
        "the certificate {0} {1}; make one of version 3 that is not a CA certificate, or accept it with allow_legacy_certificate=on"
    )]
    Legacy(String, &'static str),
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
    /// A list of revoked certificates contains it or one of its issuers.
    #[error(
        "the certificate {0} is revoked by a list in {1}; renew it, or check which server answers"
    )]
    Revoked(String, String),
    /// There are lists of revoked certificates, but not one of each issuer.
    #[error(
        "the issuer {issuer} has no valid list of revoked certificates in {files}; add it there{unusable}"
    )]
    NoList {
        /// The files with lists.
        files: String,
        /// The issuer without a list.
        issuer: String,
        /// The lists that cannot be used, each after a semicolon.
        unusable: String,
    },
    /// A list of revoked certificates is outdated.
    #[error(
        "a list of revoked certificates in {0} has expired; get the current one of that issuer"
    )]
    ListExpired(String),
    /// A list of revoked certificates cannot be trusted.
    #[error(
        "a list of revoked certificates in {0} is not signed by the issuer that it names, or that issuer must not sign lists; get the current one"
    )]
    ListSignature(String),
    /// There are lists of revoked certificates, and none can cover this certificate.
    #[error(
        "the certificate {0} cannot be checked with the lists of revoked certificates in {1}, as {2}; use a certificate that a CA signed, or no list"
    )]
    NotRevocable(String, String, &'static str),
}
