//! TLS as libpq does it: the settings of a handshake, from the parameters and the files that they name.
//!
//! Nothing here runs for a connection without TLS.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::{ClientConfig, SupportedProtocolVersion, version};

use self::verifier::CertificateVerifier;
use super::parameters::encryption::{Encryption, TlsMode};

pub(crate) use self::certificate::ShownCertificate;
pub(crate) use self::certificate::{end_point_hash, shown};
pub(crate) use self::error::TlsSetupError;
pub(crate) use self::fault::CertificateFault;
pub(crate) use self::trust::TrustCache;

mod certificate;
mod chain;
mod client;
mod error;
mod fault;
mod legacy;
mod revocation;
mod rules;
mod trust;
mod verifier;

/// The settings of a handshake with a host of this name.
pub(crate) fn client_config(
    encryption: &Encryption,
    host: Option<&str>,
    trust: &TrustCache,
) -> Result<Arc<ClientConfig>, TlsSetupError> {
    let name = match (encryption.mode, host) {
        (TlsMode::VerifyFull, None) => return Err(TlsSetupError::NoName),
        (TlsMode::VerifyFull, Some(name)) => Some(name.to_owned()),
        _ => None,
    };
    let trust = trust.read(encryption)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = CertificateVerifier { trust, name, provider: Arc::clone(&provider) };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions(encryption))
        .map_err(TlsSetupError::Library)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let client = encryption.client.as_ref().map(client::certified_key).transpose()?.flatten();
    let mut config = match client {
        Some(key) => builder.with_client_cert_resolver(key),
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
