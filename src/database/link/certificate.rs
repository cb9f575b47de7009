//! Judges a server's certificate with libpq's answers, which differ from those of a browser.
//!
//! It reads no file; what to trust is handed in.

use std::net::IpAddr;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, OtherError, SignatureScheme};
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use super::chain;
use super::trust::Trust;

/// Why a server's certificate is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFault {
    /// Not what a certificate looks like.
    #[error("the server's certificate cannot be read ({0}); make a new one")]
    Unreadable(String),
    /// No way leads from it to a trusted one.
    #[error(
        "the server's certificate is not signed by anything in {0}; add its issuer there, or find out who answers"
    )]
    UnknownIssuer(String),
    /// It or one above it is not valid today.
    #[error("the certificate {0} is {1}; look at the dates, and at this machine's clock")]
    Dates(String, &'static str),
    /// It is made for something else, or breaks a rule.
    #[error("the certificate {0} must not be used here: {1}")]
    Rule(String, String),
    /// It is somebody else's.
    #[error(
        "the server's certificate is for {found}, not for \"{wanted}\"; connect by that name, or use sslmode=verify-ca if any name will do"
    )]
    WrongName {
        /// The host as given.
        wanted: String,
        /// The names in the certificate.
        found: String,
    },
}

/// The judge that the TLS library asks.
#[derive(Debug)]
pub(crate) struct Verifier {
    /// What to trust; without it every certificate will do, as with libpq.
    pub(crate) trust: Option<Arc<Trust>>,
    /// The name that the certificate must have.
    pub(crate) name: Option<String>,
    pub(crate) provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let judge = || {
            if let Some(trust) = &self.trust {
                chain::check(
                    end_entity,
                    intermediates,
                    trust,
                    now,
                    &self.provider.signature_verification_algorithms,
                )?;
            }
            self.name.as_deref().map_or(Ok(()), |name| check_name(&read(end_entity)?, name))
        };
        judge().map(|()| ServerCertVerified::assertion()).map_err(|fault: CertificateFault| {
            rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(fault))))
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let bad = || rustls::Error::InvalidCertificate(CertificateError::BadSignature);
        let key = read(certificate).map_err(|_| bad())?.tbs_certificate.subject_public_key_info;
        let mapping = self.provider.signature_verification_algorithms.mapping;
        let algorithms = mapping
            .iter()
            .filter(|(scheme, _)| *scheme == signed.scheme)
            .flat_map(|(_, list)| *list);
        let proves = chain::verifies(algorithms.copied(), None, &key, message, signed.signature());
        proves.then(HandshakeSignatureValid::assertion).ok_or_else(bad)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let bad = || rustls::Error::InvalidCertificate(CertificateError::BadEncoding);
        let key = read(certificate).map_err(|_| bad())?.tbs_certificate.subject_public_key_info;
        // By the bare key: the library's own way refuses version 1, which openssl makes by the manual's commands.
        let key = SubjectPublicKeyInfoDer::from(key.to_der().map_err(|_| bad())?);
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature_with_raw_key(message, &key, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// The hash of a certificate for channel binding `tls-server-end-point`, by the rules of RFC 5929; none for a
/// signature without a hash of its own, such as Ed25519.
pub(crate) fn end_point(certificate: &CertificateDer<'_>) -> Option<Vec<u8>> {
    let algorithm = read(certificate).ok()?.signature_algorithm;
    let parameters = algorithm.parameters.map(|any| any.value().to_vec()).unwrap_or_default();
    let hash = match algorithm.oid.to_string().as_str() {
        "1.2.840.113549.1.1.10" => pss_hash(&parameters),
        // In this row MD5 and SHA-1, which are replaced by SHA-256; in the next that itself.
        "1.2.840.113549.1.1.4"
        | "1.2.840.113549.1.1.5"
        | "1.2.840.10045.4.1"
        | "1.2.840.113549.1.1.11"
        | "1.2.840.10045.4.3.2" => 256,
        "1.2.840.113549.1.1.12" | "1.2.840.10045.4.3.3" => 384,
        "1.2.840.113549.1.1.13" | "1.2.840.10045.4.3.4" => 512,
        "1.2.840.113549.1.1.14" | "1.2.840.10045.4.3.1" => 224,
        _ => return None,
    };
    Some(match hash {
        224 => Sha224::digest(certificate).to_vec(),
        384 => Sha384::digest(certificate).to_vec(),
        512 => Sha512::digest(certificate).to_vec(),
        _ => Sha256::digest(certificate).to_vec(),
    })
}

/// The hash named first in the parameters of RSA-PSS, which is that of the signature.
fn pss_hash(parameters: &[u8]) -> u32 {
    const SHA2: [u8; 8] = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02];
    let found = parameters.windows(SHA2.len() + 1).find(|window| window.starts_with(&SHA2));
    match found.map(|window| window[SHA2.len()]) {
        Some(2) => 384,
        Some(3) => 512,
        Some(4) => 224,
        _ => 256,
    }
}

/// The parts of a certificate.
pub(crate) fn read(certificate: &CertificateDer<'_>) -> Result<Certificate, CertificateFault> {
    Certificate::from_der(certificate)
        .map_err(|error| CertificateFault::Unreadable(error.to_string()))
}

/// The host must be among the alternative names; where there is none of its kind, it may be the common name.
fn check_name(certificate: &Certificate, host: &str) -> Result<(), CertificateFault> {
    let address: Option<IpAddr> = host.parse().ok();
    let (mut names, mut addresses) = (Vec::new(), Vec::new());
    let alternatives = certificate.tbs_certificate.get::<SubjectAltName>();
    let alternatives =
        alternatives.map_err(|error| CertificateFault::Unreadable(error.to_string()))?;
    for name in alternatives.map(|(_, list)| list.0).unwrap_or_default() {
        match name {
            GeneralName::DnsName(name) => names.push(name.to_string()),
            GeneralName::IpAddress(octets) => addresses.extend(address_of(octets.as_bytes())),
            _ => {}
        }
    }
    let has_kind = if address.is_some() { !addresses.is_empty() } else { !names.is_empty() };
    if !has_kind {
        names.extend(common_name(certificate));
    }
    if address.is_some_and(|address| addresses.contains(&address))
        || names.iter().any(|name| same_name(name, host))
    {
        return Ok(());
    }
    let found: Vec<String> =
        names.into_iter().chain(addresses.iter().map(IpAddr::to_string)).collect();
    let found = if found.is_empty() { "nobody".to_owned() } else { found.join(", ") };
    Err(CertificateFault::WrongName { wanted: host.to_owned(), found })
}

fn address_of(octets: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    four.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from)).ok()
}

fn common_name(certificate: &Certificate) -> Option<String> {
    let parts = certificate.tbs_certificate.subject.0.iter().flat_map(|part| part.0.iter());
    let name = parts.into_iter().find(|part| part.oid.to_string() == "2.5.4.3")?;
    // A name with a zero byte inside is a trick on readers that stop there.
    String::from_utf8(name.value.value().to_vec()).ok().filter(|name| !name.contains('\0'))
}

/// Equal in any case, or `*.` and the rest after the host's first dot.
fn same_name(pattern: &str, host: &str) -> bool {
    if pattern.eq_ignore_ascii_case(host) {
        return true;
    }
    // libpq would let *.0.0.1 stand for 127.0.0.1; nobody needs that.
    let Some(pattern) = pattern.strip_prefix("*.").filter(|_| host.parse::<IpAddr>().is_err())
    else {
        return false;
    };
    let rest = host.split_once('.').map(|(_, rest)| rest);
    !pattern.is_empty() && rest.is_some_and(|rest| rest.eq_ignore_ascii_case(pattern))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_stands_for_one_label_at_the_beginning() {
        for (pattern, host, expected) in [
            ("db.example", "DB.example", true),
            ("*.example", "db.example", true),
            ("*.example", "a.db.example", false),
            ("*.example", "example", false),
            ("d*.example", "db.example", false),
            ("*.*", "db.example", false),
            ("*", "db", false),
            ("*.", "db.", false),
            ("*.0.0.1", "127.0.0.1", false),
        ] {
            assert_eq!(same_name(pattern, host), expected, "{pattern} {host}");
        }
    }
}
