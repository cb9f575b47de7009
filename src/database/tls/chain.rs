//! Checks that a chain of signatures leads from a server's certificate to a trusted one.
//!
//! The TLS library follows the chain. It does not check host names.

use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{CertificateDer, UnixTime};
use webpki::{
    CertRevocationList, EndEntityCert, Error, ExpirationPolicy, KeyUsage, RevocationOptionsBuilder,
    VerifiedPath,
};
use x509_cert::Certificate;

use super::certificate::{check_dates, parse, subject};
use super::fault::CertificateFault;
use super::legacy;
use super::revocation::RevocationLists;
use super::rules::{check_extensions, check_server_use, may_sign_lists, trusted_may_sign};
use super::trust::{TrustAnchor, TrustStore};

/// Checks the chain of a server's certificate and, where there are lists of revoked certificates, every certificate
/// of the chain against them.
///
/// The library refuses a certificate that is trusted itself. This needs no chain, so it is accepted here. It also
/// refuses certificates of version 1 and CA certificates; these are accepted only with `allow_legacy_certificate`.
pub(super) fn check(
    leaf_der: &CertificateDer<'_>,
    sent: &[CertificateDer<'_>],
    trust: &TrustStore,
    now: UnixTime,
    algorithms: &WebPkiSupportedAlgorithms,
) -> Result<(), CertificateFault> {
    let leaf = parse(leaf_der)?;
    check_dates(&leaf, now)?;
    check_server_use(&leaf)?;
    let between: Vec<CertificateDer<'_>> =
        sent.iter().chain(&trust.intermediates).cloned().collect();
    let Err(error) = follow(leaf_der, &between, trust, now, algorithms) else { return Ok(()) };
    let chain = Chain { leaf: &leaf, between: &between, trust, now };
    if trust.anchors.iter().any(|anchor| anchor.der == *leaf_der) {
        check_extensions(&leaf)?;
        return chain.without_lists("it is self-signed");
    }
    let form = match error {
        Error::CaUsedAsEndEntity => "is a CA certificate",
        Error::UnsupportedCertVersion => "is of X.509 version 1",
        error => return Err(chain.explain(&error)),
    };
    let certificates: Vec<Certificate> = between.iter().filter_map(|der| parse(der).ok()).collect();
    let anchors: Vec<&Certificate> =
        trust.anchors.iter().map(|anchor| &anchor.certificate).collect();
    // The option is offered only where it helps.
    if !legacy::reaches_trust(&leaf, &certificates, &anchors, now, algorithms) {
        return Err(chain.unknown_issuer());
    }
    if !trust.allows_legacy {
        return Err(chain.legacy(form));
    }
    check_extensions(&leaf)?;
    chain.without_lists("allow_legacy_certificate accepted it")
}

/// Has the library follow the chain.
fn follow(
    leaf: &CertificateDer<'_>,
    between: &[CertificateDer<'_>],
    trust: &TrustStore,
    now: UnixTime,
    algorithms: &WebPkiSupportedAlgorithms,
) -> Result<(), Error> {
    let valid = |anchor: &&TrustAnchor| check_dates(&anchor.certificate, now).is_ok();
    let (known, anchors): (Vec<&TrustAnchor>, Vec<rustls::pki_types::TrustAnchor<'_>>) = trust
        .anchors
        .iter()
        .filter(valid)
        .filter_map(|anchor| Some((anchor, webpki::anchor_from_trusted_cert(&anchor.der).ok()?)))
        .unzip();
    let lists = trust.revocation.as_ref().map(|lists| lists.valid(now));
    let options = lists.as_deref().map(revocation_options).transpose()?;
    // The library does not check what a trusted certificate itself may do.
    let may_sign = |path: &VerifiedPath<'_>| {
        let at = anchors.iter().position(|anchor| std::ptr::eq(anchor, path.anchor()));
        let anchor = &known[at.ok_or(Error::UnknownIssuer)?].certificate;
        if !trusted_may_sign(anchor, path.intermediate_certificates().count()) {
            return Err(Error::EndEntityUsedAsCa);
        }
        match &trust.revocation {
            Some(_) if !may_sign_lists(anchor) => Err(Error::IssuerNotCrlSigner),
            Some(lists) if lists.contain(anchor) => Err(Error::CertRevoked),
            _ => Ok(()),
        }
    };
    let leaf = EndEntityCert::try_from(leaf)?;
    let usage = KeyUsage::server_auth();
    leaf.verify_for_usage(algorithms.all, &anchors, between, now, usage, options, Some(&may_sign))?;
    Ok(())
}

/// As libpq: every certificate of the chain must be in the scope of a list, and no list may have expired.
fn revocation_options<'a>(
    lists: &'a [&'a CertRevocationList<'static>],
) -> Result<webpki::RevocationOptions<'a>, Error> {
    let builder =
        RevocationOptionsBuilder::new(lists).map_err(|_| Error::UnknownRevocationStatus)?;
    Ok(builder.with_expiration_policy(ExpirationPolicy::Enforce).build())
}

/// A chain that the library refused.
struct Chain<'a> {
    leaf: &'a Certificate,
    between: &'a [CertificateDer<'a>],
    trust: &'a TrustStore,
    now: UnixTime,
}

impl Chain<'_> {
    fn unknown_issuer(&self) -> CertificateFault {
        CertificateFault::UnknownIssuer(self.trust.origin.clone())
    }

    fn legacy(&self, what: &'static str) -> CertificateFault {
        CertificateFault::Legacy(subject(self.leaf), what)
    }

    /// Fails if revocation lists are configured, as the library did not check this certificate against them.
    fn without_lists(&self, why: &'static str) -> Result<(), CertificateFault> {
        let Some(lists) = &self.trust.revocation else { return Ok(()) };
        Err(CertificateFault::NotRevocable(subject(self.leaf), lists.files.clone(), why))
    }

    fn explain(&self, error: &Error) -> CertificateFault {
        let rule = |text: &str| CertificateFault::Rule(subject(self.leaf), text.to_owned());
        match error {
            Error::UnknownIssuer | Error::InvalidSignatureForPublicKey => self.expired_issuer(),
            Error::CertExpired { .. } | Error::CertNotValidYet { .. } => {
                CertificateFault::Dates(self.first_outside_dates(), "expired or not valid yet")
            }
            Error::EndEntityUsedAsCa => {
                rule("a certificate that must not sign others signed it, or one above it")
            }
            Error::PathLenConstraintViolated | Error::MaximumPathDepthExceeded => {
                rule("more certificates are between it and a trusted one than allowed")
            }
            Error::NameConstraintViolation => rule("its issuer must not sign for its names"),
            Error::UnsupportedSignatureAlgorithmContext(_)
            | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => rule(
                "it, or one of its issuers, is signed with an algorithm that posemo does not support",
            ),
            Error::UnsupportedCriticalExtension => {
                rule("one of its issuers has a critical extension that posemo does not know")
            }
            error => match &self.trust.revocation {
                Some(lists) => self
                    .revocation_fault(error, lists)
                    .unwrap_or_else(|| rule(&format!("the TLS library reports {error:?}"))),
                None => rule(&format!("the TLS library reports {error:?}")),
            },
        }
    }

    /// The fault of a trusted issuer that is not valid today, if the chain fails because of it.
    fn expired_issuer(&self) -> CertificateFault {
        let mut issuers = self.trust.anchors.iter().filter(|anchor| {
            anchor.certificate.tbs_certificate.subject == self.leaf.tbs_certificate.issuer
        });
        let dates = issuers.find_map(|anchor| check_dates(&anchor.certificate, self.now).err());
        dates.unwrap_or_else(|| self.unknown_issuer())
    }

    fn certificates(&self) -> impl Iterator<Item = Certificate> {
        let between = self.between.iter().filter_map(|der| parse(der).ok());
        std::iter::once(self.leaf.clone()).chain(between)
    }

    fn first_outside_dates(&self) -> String {
        let found = self.certificates().find(|one| check_dates(one, self.now).is_err());
        found.as_ref().map_or_else(|| subject(self.leaf), subject)
    }

    fn revocation_fault(&self, error: &Error, lists: &RevocationLists) -> Option<CertificateFault> {
        let files = lists.files.clone();
        match error {
            Error::CertRevoked => {
                let revoked = self.certificates().find(|one| lists.contain(one));
                let name = revoked.as_ref().map_or_else(|| subject(self.leaf), subject);
                Some(CertificateFault::Revoked(name, files))
            }
            Error::UnknownRevocationStatus => {
                let open = self.certificates().find(|one| !lists.cover(one));
                let issuer = &open.as_ref().unwrap_or(self.leaf).tbs_certificate.issuer;
                let unusable = lists.unusable.iter().map(|problem| format!("; {problem}"));
                let unusable = unusable.collect();
                Some(CertificateFault::NoList { files, issuer: issuer.to_string(), unusable })
            }
            Error::CrlExpired { .. } => Some(CertificateFault::ListExpired(files)),
            Error::InvalidCrlSignatureForPublicKey | Error::IssuerNotCrlSigner => {
                Some(CertificateFault::ListSignature(files))
            }
            _ => None,
        }
    }
}
