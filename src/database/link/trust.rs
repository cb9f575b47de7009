//! The files and settings behind a TLS handshake: trusted certificates, client certificate, versions.
//!
//! It judges no certificate, and nothing here runs for a connection without TLS.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, InconsistentKeys, SupportedProtocolVersion, version};

use super::certificate::{Verifier, read};
use crate::database::parameters::Parameters;
use crate::database::parameters::encryption::{Encryption, Identity, Mode, Roots};
use crate::database::parameters::hosts::Host;

/// Why TLS cannot even be tried.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The mode verifies, and there is nothing to verify against.
    #[error(
        "the root certificate file {0} does not exist; put the certificate of the server or its issuer there, name another file with sslrootcert, or use sslrootcert=system"
    )]
    NoRoots(String),
    /// The mode checks the name, and there is none.
    #[error(
        "sslmode=verify-full needs a host name to compare with the certificate; give host besides hostaddr"
    )]
    NoName,
    /// A file that cannot be used.
    #[error("cannot use the {what} {}: {problem}", file.display())]
    File {
        /// What it should hold.
        what: &'static str,
        /// The file.
        file: PathBuf,
        /// Why not, and what to do.
        problem: String,
    },
    /// The certificate and key are no pair, or cannot be used with these versions.
    #[error("TLS cannot be set up with these settings")]
    Setup(#[source] rustls::Error),
}

/// Trusted certificates.
#[derive(Debug)]
pub(crate) struct Trust {
    /// Self-signed ones, at which a chain may end.
    pub(crate) anchors: Vec<CertificateDer<'static>>,
    /// Others from the same file, which may help a chain along.
    pub(crate) intermediates: Vec<CertificateDer<'static>>,
    /// Where they come from, for messages.
    pub(crate) place: String,
}

/// The settings of a handshake with a host.
pub(crate) fn client_config(
    parameters: &Parameters,
    host: &Host,
) -> Result<Arc<ClientConfig>, TrustError> {
    let encryption = &parameters.encryption;
    let name = match (encryption.mode, &host.name) {
        (Mode::VerifyFull, None) => return Err(TrustError::NoName),
        (Mode::VerifyFull, Some(name)) => Some(name.clone()),
        _ => None,
    };
    let trust = if let Some(trust) = parameters.trust.get() {
        trust.clone()
    } else {
        let trust = load(encryption)?;
        parameters.trust.get_or_init(|| trust).clone()
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(Verifier { trust, name, provider: provider.clone() });
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions(encryption))
        .map_err(TrustError::Setup)?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match encryption.identity.as_ref().map(identity).transpose()?.flatten() {
        Some((chain, key)) => builder.with_client_cert_resolver(credentials(chain, &key)?),
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    config.enable_sni = encryption.name_indication;
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

fn versions(encryption: &Encryption) -> Vec<&'static SupportedProtocolVersion> {
    let (tls12, tls13) = encryption.versions;
    let tls13 = tls13.then_some(&version::TLS13);
    tls13.into_iter().chain(tls12.then_some(&version::TLS12)).collect()
}

/// What to trust. As in libpq, a root file that exists is obeyed in every mode.
fn load(encryption: &Encryption) -> Result<Option<Arc<Trust>>, TrustError> {
    let (certificates, place) = match &encryption.roots {
        Roots::System => (
            rustls_native_certs::load_native_certs().certs,
            "the system's trusted certificates".to_owned(),
        ),
        Roots::File(file) if file.exists() => {
            (certificates(file, "root certificate file")?, file.display().to_string())
        }
        Roots::File(file) if encryption.mode >= Mode::VerifyCa => {
            return Err(TrustError::NoRoots(file.display().to_string()));
        }
        Roots::Nowhere if encryption.mode >= Mode::VerifyCa => {
            return Err(TrustError::NoRoots("~/.postgresql/root.crt".to_owned()));
        }
        _ => return Ok(None),
    };
    if let Some(file) = encryption.revoked.as_ref().filter(|file| file.exists()) {
        let problem = "lists of revoked certificates are not read, so one that it names would pass; take it away".to_owned();
        return Err(TrustError::File { what: "revocation list", file: file.clone(), problem });
    }
    let self_signed = |der: &CertificateDer<'_>| {
        read(der).is_ok_and(|certificate| {
            certificate.tbs_certificate.subject == certificate.tbs_certificate.issuer
        })
    };
    let (anchors, intermediates) = certificates.into_iter().partition(self_signed);
    Ok(Some(Arc::new(Trust { anchors, intermediates, place })))
}

/// The library's own way refuses certificates of version 1, which are none of its business here.
fn credentials(
    chain: Vec<CertificateDer<'static>>,
    key: &PrivateKeyDer<'static>,
) -> Result<Arc<SingleCertAndKey>, TrustError> {
    let key = any_supported_type(key).map_err(TrustError::Setup)?;
    let pair = CertifiedKey::new(chain, key);
    match pair.keys_match() {
        Err(error @ rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
            Err(TrustError::Setup(error))
        }
        _ => Ok(Arc::new(SingleCertAndKey::from(pair))),
    }
}

/// The client certificate and its key; none where there is no certificate, as the server may not ask for one.
fn identity(
    files: &Identity,
) -> Result<Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>, TrustError> {
    if !files.certificate.exists() {
        return Ok(None);
    }
    let chain = certificates(&files.certificate, "client certificate")?;
    let refused =
        |problem: String| TrustError::File { what: "client key", file: files.key.clone(), problem };
    let attributes = fs::metadata(&files.key)
        .map_err(|error| refused(format!("{error}; the certificate needs it")))?;
    // root may own a key that a group can read, as Debian's ssl-cert group does.
    let forbidden = if attributes.uid() == 0 { 0o037 } else { 0o077 };
    if !attributes.is_file() || attributes.permissions().mode() & forbidden != 0 {
        return Err(refused(
            "others may read it, or it is no plain file; chmod 0600 it, or 0640 if root owns it"
                .to_owned(),
        ));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|error| refused(format!("{error}; it must be an unencrypted key in PEM form")))?;
    Ok(Some((chain, key)))
}

fn certificates(
    file: &Path,
    what: &'static str,
) -> Result<Vec<CertificateDer<'static>>, TrustError> {
    let refused = |problem: String| TrustError::File { what, file: file.to_owned(), problem };
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let certificates = read.map_err(|error| refused(error.to_string()))?;
    if certificates.is_empty() {
        return Err(refused("there is no certificate in PEM form in it".to_owned()));
    }
    Ok(certificates)
}
