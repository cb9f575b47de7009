//! The trusted certificates of `sslrootcert`, read once.
//!
//! It checks no certificate.

use std::sync::{Arc, OnceLock};

use rustls::pki_types::CertificateDer;

use super::certificate::{parse, read_file};
use super::error::TlsSetupError;
use crate::database::parameters::encryption::{Encryption, RootSource, TlsMode};

/// Trusted certificates.
#[derive(Debug)]
pub(super) struct TrustStore {
    /// Self-signed certificates, with which a chain of signatures ends.
    pub(super) anchors: Vec<CertificateDer<'static>>,
    /// Other certificates of the same file, which may be links of a chain.
    pub(super) intermediates: Vec<CertificateDer<'static>>,
    /// Where they are from, for messages.
    pub(super) source: String,
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
        let (certificates, source) = match &encryption.roots {
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
        if let Some(file) = encryption.revoked.as_ref().filter(|file| file.exists()) {
            let problem = "lists of revoked certificates are not read, so one that it names would pass; take it away".to_owned();
            return Err(TlsSetupError::File {
                what: "revocation list",
                file: file.clone(),
                problem,
            });
        }
        let self_signed = |der: &CertificateDer<'_>| {
            parse(der).is_ok_and(|certificate| {
                certificate.tbs_certificate.subject == certificate.tbs_certificate.issuer
            })
        };
        let (anchors, intermediates) = certificates.into_iter().partition(self_signed);
        Ok(Some(TrustStore { anchors, intermediates, source }))
    }
}
