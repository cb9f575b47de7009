//! Finds a way from a server's certificate to a trusted one.
//!
//! It does not look at host names, and it relies on the library's strict rules wherever they give an answer.

use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, KeyUsage};
use x509_cert::certificate::Version;
use x509_cert::der::Encode;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage as Usages, KeyUsages};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::{Certificate, ext::Extension};

use super::certificate::{check_dates as dates, parse as read, subject};
use super::fault::CertificateFault;
use super::trust::TrustStore;

/// How many certificates may lie between the server's and a trusted one.
const LONGEST: usize = 6;
/// How many signatures are checked for one server, so that a hostile one cannot keep us busy.
const SIGNATURES: usize = 64;

/// Accepts a certificate that the trusted ones vouch for.
///
/// The library refuses three kinds of certificates that PostgreSQL's manual tells people to make and that libpq
/// accepts: version 1, a self-signed one, and one that might sign others. Only these are followed by own rules.
pub(crate) fn check(
    leaf: &CertificateDer<'_>,
    sent: &[CertificateDer<'_>],
    trust: &TrustStore,
    now: UnixTime,
    algorithms: &WebPkiSupportedAlgorithms,
) -> Result<(), CertificateFault> {
    let between: Vec<CertificateDer<'_>> =
        sent.iter().chain(&trust.intermediates).cloned().collect();
    let in_date = trust
        .anchors
        .iter()
        .filter(|der| read(der).is_ok_and(|anchor| dates(&anchor, now).is_ok()));
    let anchors: Vec<TrustAnchor<'_>> =
        in_date.filter_map(|der| webpki::anchor_from_trusted_cert(der).ok()).collect();
    let strict = EndEntityCert::try_from(leaf).and_then(|entity| {
        let usage = KeyUsage::server_auth();
        entity
            .verify_for_usage(algorithms.all, &anchors, &between, now, usage, None, None)
            .map(|_| ())
    });
    let Err(error) = strict else { return Ok(()) };
    let certificate = read(leaf)?;
    match error {
        webpki::Error::CaUsedAsEndEntity
        | webpki::Error::UnsupportedCertVersion
        | webpki::Error::UnknownIssuer => {
            let readable = |list: &[CertificateDer<'_>]| {
                list.iter().filter_map(|der| read(der).ok()).collect()
            };
            let mut walk = Walk {
                anchors: readable(&trust.anchors),
                between: readable(&between),
                now,
                algorithms,
                budget: SIGNATURES,
            };
            walk.start(&certificate, &trust.source)
        }
        _ => {
            dates(&certificate, now)?;
            serves(&certificate)?;
            // The right name with the wrong key is a stranger as well.
            if error == webpki::Error::InvalidSignatureForPublicKey {
                return Err(CertificateFault::UnknownIssuer(trust.source.clone()));
            }
            Err(CertificateFault::Rule(subject(&certificate), error.to_string()))
        }
    }
}

/// Whether one of the algorithms, of the named kind if one is named, confirms a signature by a key.
fn verifies(
    algorithms: impl Iterator<Item = &'static dyn SignatureVerificationAlgorithm>,
    kind: Option<&AlgorithmIdentifierOwned>,
    key: &SubjectPublicKeyInfoOwned,
    message: &[u8],
    signature: &[u8],
) -> bool {
    let inner = |id: &AlgorithmIdentifierOwned| {
        id.to_der().ok().and_then(|der| der.get(2..).map(<[u8]>::to_vec))
    };
    let (Some(key_kind), Some(key_bits)) =
        (inner(&key.algorithm), key.subject_public_key.as_bytes())
    else {
        return false;
    };
    let kind = kind.map(inner);
    algorithms
        .filter(|algorithm| algorithm.public_key_alg_id().as_ref() == key_kind)
        .filter(|algorithm| {
            kind.as_ref()
                .is_none_or(|kind| kind.as_deref() == Some(algorithm.signature_alg_id().as_ref()))
        })
        .any(|algorithm| algorithm.verify_signature(key_bits, message, signature).is_ok())
}

struct Walk<'a> {
    anchors: Vec<Certificate>,
    between: Vec<Certificate>,
    now: UnixTime,
    algorithms: &'a WebPkiSupportedAlgorithms,
    budget: usize,
}

impl Walk<'_> {
    fn start(&mut self, leaf: &Certificate, place: &str) -> Result<(), CertificateFault> {
        dates(leaf, self.now)?;
        serves(leaf)?;
        if self.reaches_trust(leaf, 0) {
            return Ok(());
        }
        let mut issuers = self.anchors.iter().filter(|anchor| is_issuer_name(anchor, leaf));
        issuers.try_for_each(|anchor| dates(anchor, self.now))?;
        Err(CertificateFault::UnknownIssuer(place.to_owned()))
    }

    /// Whether a certificate is trusted itself or signed by one that reaches trust. `below` counts the signers between.
    fn reaches_trust(&mut self, certificate: &Certificate, below: usize) -> bool {
        if self.anchors.contains(certificate) {
            return true;
        }
        if below > LONGEST {
            return false;
        }
        let candidates = self.anchors.iter().chain(&self.between);
        let candidates = candidates.filter(|candidate| {
            is_issuer_name(candidate, certificate) && *candidate != certificate
        });
        let candidates: Vec<Certificate> = candidates.cloned().collect();
        candidates.iter().any(|issuer| {
            dates(issuer, self.now).is_ok()
                && may_sign(issuer, below, self.anchors.contains(issuer))
                && self.signed(certificate, issuer)
                && self.reaches_trust(issuer, below + 1)
        })
    }

    fn signed(&mut self, certificate: &Certificate, issuer: &Certificate) -> bool {
        let Some(budget) = self.budget.checked_sub(1) else { return false };
        self.budget = budget;
        let (Ok(message), Some(signature)) =
            (certificate.tbs_certificate.to_der(), certificate.signature.as_bytes())
        else {
            return false;
        };
        let kind = &certificate.signature_algorithm;
        let key = &issuer.tbs_certificate.subject_public_key_info;
        *kind == certificate.tbs_certificate.signature
            && verifies(self.algorithms.all.iter().copied(), Some(kind), key, &message, signature)
    }
}

fn is_issuer_name(issuer: &Certificate, certificate: &Certificate) -> bool {
    issuer.tbs_certificate.subject == certificate.tbs_certificate.issuer
}

/// Whether a certificate may be a server's: no extension that we would have to understand, and no other purpose.
fn serves(leaf: &Certificate) -> Result<(), CertificateFault> {
    let fault = |text: &str| Err(CertificateFault::Rule(subject(leaf), text.to_owned()));
    let part = &leaf.tbs_certificate;
    if !extensions_known(leaf) {
        return fault("it has a critical extension that is not understood");
    }
    let purposes = part.get::<ExtendedKeyUsage>();
    let server = |(_, purposes): &(bool, ExtendedKeyUsage)| {
        purposes.0.iter().any(|oid| oid.to_string() == "1.3.6.1.5.5.7.3.1")
    };
    if !matches!(purposes, Ok(purposes) if purposes.as_ref().is_none_or(server)) {
        return fault("its extended key usage does not name servers");
    }
    let tls = KeyUsages::DigitalSignature | KeyUsages::KeyEncipherment | KeyUsages::KeyAgreement;
    let usage = |(_, usage): &(bool, Usages)| usage.0.into_iter().any(|usage| tls.contains(usage));
    if !matches!(part.get::<Usages>(), Ok(usages) if usages.as_ref().is_none_or(usage)) {
        return fault("its key usage does not allow TLS");
    }
    Ok(())
}

/// Whether a certificate may sign another with that many signers below itself.
fn may_sign(issuer: &Certificate, below: usize, trusted: bool) -> bool {
    let part = &issuer.tbs_certificate;
    if part.version == Version::V1 {
        return trusted;
    }
    let usage_allows = match part.get::<Usages>() {
        Ok(usages) => usages.is_none_or(|(_, usages)| usages.key_cert_sign()),
        Err(_) => false,
    };
    let Ok(Some((_, constraints))) = part.get::<BasicConstraints>() else { return false };
    let long_enough =
        constraints.path_len_constraint.is_none_or(|length| below <= usize::from(length));
    constraints.ca
        && usage_allows
        && long_enough
        && extensions_known(issuer)
        && !constrains_names(issuer)
}

fn extensions_known(certificate: &Certificate) -> bool {
    // Key usage, alternative name, basic constraints, extended key usage.
    const KNOWN: [&str; 4] = ["2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.37"];
    extensions(certificate).iter().all(|extension| {
        !extension.critical || KNOWN.contains(&extension.extn_id.to_string().as_str())
    })
}

fn constrains_names(certificate: &Certificate) -> bool {
    extensions(certificate).iter().any(|extension| extension.extn_id.to_string() == "2.5.29.30")
}

fn extensions(certificate: &Certificate) -> &[Extension] {
    certificate.tbs_certificate.extensions.as_deref().unwrap_or_default()
}
