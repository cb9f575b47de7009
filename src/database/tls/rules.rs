//! OpenSSL's rules for the use of a certificate, as far as the TLS library does not check them.

use x509_cert::Certificate;
use x509_cert::certificate::Version;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages};

use super::certificate::subject;
use super::fault::CertificateFault;

/// Checks that the usages of a certificate include TLS servers.
pub(super) fn check_server_use(leaf: &Certificate) -> Result<(), CertificateFault> {
    let fault = |text: &str| Err(CertificateFault::Rule(subject(leaf), text.to_owned()));
    if !allows_servers(leaf) {
        return fault("its extended key usage does not include servers");
    }
    let tls = KeyUsages::DigitalSignature | KeyUsages::KeyEncipherment | KeyUsages::KeyAgreement;
    if !key_usage(leaf, |usage| usage.0.into_iter().any(|usage| tls.contains(usage))) {
        return fault("its key usage does not include TLS");
    }
    Ok(())
}

/// Checks that a certificate has no critical extension that posemo does not know.
pub(super) fn check_extensions(leaf: &Certificate) -> Result<(), CertificateFault> {
    if has_known_extensions(leaf) {
        return Ok(());
    }
    let text = "it has a critical extension that posemo does not know";
    Err(CertificateFault::Rule(subject(leaf), text.to_owned()))
}

/// Whether a trusted certificate may sign one that has this number of signers below itself.
pub(super) fn trusted_may_sign(issuer: &Certificate, below: usize) -> bool {
    let part = &issuer.tbs_certificate;
    let is_ca = match part.get::<BasicConstraints>() {
        Ok(Some((_, constraints))) => constraints.ca && long_enough(&constraints, below),
        // Version 1 has no extensions; in version 3 the key usage alone is enough.
        Ok(None) => part.version == Version::V1 || matches!(part.get::<KeyUsage>(), Ok(Some(_))),
        Err(_) => false,
    };
    is_ca && allows_servers(issuer) && key_usage(issuer, KeyUsage::key_cert_sign)
}

/// Whether a certificate that is not trusted itself may sign one that has this number of signers below itself.
/// It may not where rules would apply that only the library implements.
pub(super) fn sent_may_sign(issuer: &Certificate, below: usize) -> bool {
    let constraints = issuer.tbs_certificate.get::<BasicConstraints>();
    matches!(constraints, Ok(Some((_, found))) if found.ca && long_enough(&found, below))
        && allows_servers(issuer)
        && key_usage(issuer, KeyUsage::key_cert_sign)
        && has_known_extensions(issuer)
        && !constrains_names(issuer)
}

/// Whether a certificate may sign lists of revoked certificates.
pub(super) fn may_sign_lists(issuer: &Certificate) -> bool {
    key_usage(issuer, KeyUsage::crl_sign)
}

/// Whether a certificate limits the names of those below it.
pub(super) fn constrains_names(certificate: &Certificate) -> bool {
    extensions(certificate).iter().any(|extension| extension.extn_id.to_string() == "2.5.29.30")
}

fn long_enough(constraints: &BasicConstraints, below: usize) -> bool {
    constraints.path_len_constraint.is_none_or(|length| below <= usize::from(length))
}

/// Whether the extended key usage, where there is one, includes TLS servers.
fn allows_servers(certificate: &Certificate) -> bool {
    match certificate.tbs_certificate.get::<ExtendedKeyUsage>() {
        Ok(None) => true,
        Ok(Some((_, usages))) => usages.0.iter().any(|oid| oid.to_string() == "1.3.6.1.5.5.7.3.1"),
        Err(_) => false,
    }
}

/// Whether the key usage, where there is one, passes a test.
fn key_usage(certificate: &Certificate, test: impl Fn(&KeyUsage) -> bool) -> bool {
    match certificate.tbs_certificate.get::<KeyUsage>() {
        Ok(usage) => usage.is_none_or(|(_, usage)| test(&usage)),
        Err(_) => false,
    }
}

fn has_known_extensions(certificate: &Certificate) -> bool {
    // Key usage, alternative name, basic constraints, extended key usage.
    const KNOWN: [&str; 4] = ["2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.37"];
    extensions(certificate).iter().all(|extension| {
        !extension.critical || KNOWN.contains(&extension.extn_id.to_string().as_str())
    })
}

fn extensions(certificate: &Certificate) -> &[Extension] {
    certificate.tbs_certificate.extensions.as_deref().unwrap_or_default()
}
