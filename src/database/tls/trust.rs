//! The trusted certificates of `sslrootcert` and the lists of revoked ones, read once.
//!
//! It checks no certificate.

use std::sync::{Arc, OnceLock};

use rustls::pki_types::CertificateDer;
use x509_cert::Certificate;

use super::certificate::{parse, read_file};
use super::error::TlsSetupError;
use super::revocation::RevocationLists;
use crate::database::parameters::encryption::{Encryption, RevocationSource, RootSource, TlsMode};

/// A trusted certificate that is self-signed: a chain of signatures ends with it.
#[derive(Debug)]
pub(super) struct TrustAnchor {
    pub(super) der: CertificateDer<'static>,
    pub(super) certificate: Certificate,
}

/// Trusted certificates.
#[derive(Debug)]
pub(super) struct TrustStore {
    pub(super) anchors: Vec<TrustAnchor>,
    /// Other certificates of the same file, which may be links of a chain.
    pub(super) intermediates: Vec<CertificateDer<'static>>,
    /// Where they are from, for messages.
    pub(super) origin: String,
    /// Lists of revoked certificates; without them nothing is checked for revocation.
    pub(super) revocation: Option<RevocationLists>,
    /// `allow_legacy_certificate`.
    pub(super) allows_legacy: bool,
}

/// The trusted certificates of one set of parameters, once they have been read.
#[derive(Debug, Default)]
pub(crate) struct TrustCache(OnceLock<Option<Arc<TrustStore>>>);

impl TrustCache {
    /// The trusted certificates; none where the server's certificate is not checked. Always called with the same
    /// parameters.
    pub(super) fn read(
        &self,
        encryption: &Encryption,
    ) -> Result<Option<Arc<TrustStore>>, TlsSetupError> {
        if let Some(known) = self.0.get() {
            return Ok(known.clone());
        }
        let store = TrustStore::load(encryption)?.map(Arc::new);
        Ok(self.0.get_or_init(|| store).clone())
    }
}

impl TrustStore {
    /// Reads the files. As in libpq, a root file that exists is used in every mode.
    fn load(encryption: &Encryption) -> Result<Option<TrustStore>, TlsSetupError> {
        let (certificates, origin) = match &encryption.roots {
            RootSource::System => (
                rustls_native_certs::load_native_certs().certs,
                "the system's trusted certificates".to_owned(),
            ),
            RootSource::File(file) if file.exists() => {
                (read_file(file, "root certificate file")?, file.display().to_string())
            }
            RootSource::File(file) if encryption.mode >= TlsMode::VerifyCa => {
                return Err(TlsSetupError::NoRoots(file.display().to_string()));
            }
            RootSource::None if encryption.mode >= TlsMode::VerifyCa => {
                return Err(TlsSetupError::NoRoots("~/.postgresql/root.crt".to_owned()));
            }
            _ => return Ok(None),
        };
        let revocation = match (&encryption.revocation, &encryption.roots) {
            // As in libpq, the default file is not for the system's certificates.
            (RevocationSource::DefaultFile(_), RootSource::System) => None,
            (lists, _) => RevocationLists::load(lists)?,
        };
        let (mut anchors, mut intermediates) = (Vec::new(), Vec::new());
        for der in certificates {
            match parse(&der) {
                Ok(certificate) if is_self_signed(&certificate) => {
                    anchors.push(TrustAnchor { der, certificate });
                }
                _ => intermediates.push(der),
            }
        }
        let allows_legacy = encryption.allows_legacy;
        Ok(Some(TrustStore { anchors, intermediates, origin, revocation, allows_legacy }))
    }
}

fn is_self_signed(certificate: &Certificate) -> bool {
    certificate.tbs_certificate.subject == certificate.tbs_certificate.issuer
}
