//! The parts of a certificate: names, dates, and the hash for channel binding.
//!
//! It does not decide whether a certificate is trusted.

use std::net::IpAddr;
use std::path::Path;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use super::error::TlsSetupError;
use super::fault::CertificateFault;

/// The certificates of a file in PEM form.
pub(super) fn read_file(
    file: &Path,
    what: &'static str,
) -> Result<Vec<CertificateDer<'static>>, TlsSetupError> {
    let refused = |problem: String| TlsSetupError::File { what, file: file.to_owned(), problem };
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let certificates = read.map_err(|error| refused(error.to_string()))?;
    if certificates.is_empty() {
        return Err(refused("it contains no certificate in PEM form".to_owned()));
    }
    Ok(certificates)
}

/// The parts of a certificate.
pub(super) fn parse(certificate: &CertificateDer<'_>) -> Result<Certificate, CertificateFault> {
    Certificate::from_der(certificate)
        .map_err(|error| CertificateFault::Unreadable(error.to_string()))
}

/// The name of a certificate in messages.
pub(super) fn subject(certificate: &Certificate) -> String {
    certificate.tbs_certificate.subject.to_string()
}

/// Checks that a certificate is valid now.
pub(super) fn check_dates(
    certificate: &Certificate,
    now: UnixTime,
) -> Result<(), CertificateFault> {
    let validity = &certificate.tbs_certificate.validity;
    let fault = |what| Err(CertificateFault::Dates(subject(certificate), what));
    if now.as_secs() < validity.not_before.to_unix_duration().as_secs() {
        return fault("not valid yet");
    }
    if now.as_secs() > validity.not_after.to_unix_duration().as_secs() {
        return fault("expired");
    }
    Ok(())
}

/// What a server shows in the handshake, for checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ShownCertificate {
    /// When it ends, in seconds since 1970.
    pub(crate) end: u64,
    /// Whether it is for the host that was connected to; absent for a host without a name.
    pub(crate) names_host: Option<bool>,
}

/// What a certificate shows; none if it cannot be read. `host` is a name or an address.
pub(crate) fn shown(
    certificate: &CertificateDer<'_>,
    host: Option<&str>,
) -> Option<ShownCertificate> {
    let certificate = parse(certificate).ok()?;
    let names_host = host.map(|host| check_name(&certificate, host).is_ok());
    let end = certificate.tbs_certificate.validity.not_after.to_unix_duration().as_secs();
    Some(ShownCertificate { end, names_host })
}

/// The hash of a certificate for channel binding `tls-server-end-point`, by the rules of RFC 5929; none for a
/// signature algorithm without a hash, such as Ed25519.
pub(crate) fn end_point_hash(certificate: &CertificateDer<'_>) -> Option<Vec<u8>> {
    let algorithm = parse(certificate).ok()?.signature_algorithm;
    let parameters = algorithm.parameters.map(|any| any.value().to_vec()).unwrap_or_default();
    let hash = match algorithm.oid.to_string().as_str() {
        "1.2.840.113549.1.1.10" => pss_hash(&parameters),
        // The first three are MD5 and SHA-1, which RFC 5929 replaces by SHA-256; the last two are SHA-256.
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

/// Checks that a certificate is for a host: one of its alternative names, or the common name where it has no
/// alternative name of that kind.
pub(super) fn check_name(certificate: &Certificate, host: &str) -> Result<(), CertificateFault> {
    let address: Option<IpAddr> = host.parse().ok();
    let (mut names, mut addresses) = (Vec::new(), Vec::new());
    let alternatives = certificate.tbs_certificate.get::<SubjectAltName>();
    let alternatives =
        alternatives.map_err(|error| CertificateFault::Unreadable(error.to_string()))?;
    for name in alternatives.map(|(_, list)| list.0).unwrap_or_default() {
        match name {
            GeneralName::DnsName(name) => names.push(name.to_string()),
            GeneralName::IpAddress(octets) => addresses.extend(ip_address(octets.as_bytes())),
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
    let found = if found.is_empty() { "no host".to_owned() } else { found.join(", ") };
    Err(CertificateFault::WrongName { required: host.to_owned(), found })
}

fn ip_address(octets: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    four.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from)).ok()
}

fn common_name(certificate: &Certificate) -> Option<String> {
    let parts = certificate.tbs_certificate.subject.0.iter().flat_map(|part| part.0.iter());
    let name = parts.into_iter().find(|part| part.oid.to_string() == "2.5.4.3")?;
    // A zero byte in a name misleads readers that stop there.
    String::from_utf8(name.value.value().to_vec()).ok().filter(|name| !name.contains('\0'))
}

/// Whether a name equals the host in any case, or is `*.` and the rest after the host's first dot.
fn same_name(pattern: &str, host: &str) -> bool {
    if pattern.eq_ignore_ascii_case(host) {
        return true;
    }
    // In libpq *.0.0.1 matches 127.0.0.1; here it does not.
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
    fn a_wildcard_matches_the_first_label() {
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
