//! Follows the chain of a certificate that the TLS library refuses for its form: version 1, or a CA certificate.
//!
//! It runs only with `allow_legacy_certificate`. OpenSSL before 3.2 makes certificates of version 1 by the commands of
//! PostgreSQL's manual, and libpq accepts them. No library for Rust follows their chains.

use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{SubjectPublicKeyInfoDer, UnixTime};
use webpki::RawPublicKeyEntity;
use x509_cert::Certificate;
use x509_cert::der::Encode;

use super::certificate::check_dates;
use super::rules::{constrains_names, sent_may_sign, trusted_may_sign};

/// The most certificates between the server's and a trusted one.
const LONGEST: usize = 6;

/// Whether a trusted certificate signed a certificate, or signed one that did, and so on. At each step the first
/// certificate that fits is followed; a server that sends several for one name may be refused.
pub(super) fn reaches_trust(
    leaf: &Certificate,
    sent: &[Certificate],
    anchors: &[&Certificate],
    now: UnixTime,
    algorithms: &WebPkiSupportedAlgorithms,
) -> bool {
    let mut certificate = leaf;
    for below in 0..=LONGEST {
        let signed_by = |issuer: &Certificate| {
            issuer.tbs_certificate.subject == certificate.tbs_certificate.issuer
                && check_dates(issuer, now).is_ok()
                && verifies(certificate, issuer, algorithms)
        };
        let trusted = |issuer: &&Certificate| {
            trusted_may_sign(issuer, below) && !constrains_names(issuer) && signed_by(issuer)
        };
        if anchors.iter().any(trusted) {
            return true;
        }
        let next = |issuer: &&Certificate| sent_may_sign(issuer, below) && signed_by(issuer);
        match sent.iter().filter(|issuer| *issuer != certificate).find(next) {
            Some(issuer) => certificate = issuer,
            None => return false,
        }
    }
    false
}

/// Whether the signature of a certificate is by the key of an issuer.
fn verifies(
    certificate: &Certificate,
    issuer: &Certificate,
    algorithms: &WebPkiSupportedAlgorithms,
) -> bool {
    let signed = &certificate.tbs_certificate;
    let kind = &certificate.signature_algorithm;
    let (Ok(key), Ok(message), Ok(id), Some(signature)) = (
        issuer.tbs_certificate.subject_public_key_info.to_der(),
        signed.to_der(),
        kind.to_der(),
        certificate.signature.as_bytes(),
    ) else {
        return false;
    };
    let key = SubjectPublicKeyInfoDer::from(key);
    let Ok(key) = RawPublicKeyEntity::try_from(&key) else { return false };
    // The identifier without the header of its DER sequence.
    let mut named = algorithms
        .all
        .iter()
        .filter(|algorithm| id.get(2..) == Some(algorithm.signature_alg_id().as_ref()));
    *kind == signed.signature
        && named.any(|algorithm| key.verify_signature(*algorithm, &message, signature).is_ok())
}
