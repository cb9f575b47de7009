//! Gives the TLS library libpq's answers about a server's certificate, which differ from a browser's.
//!
//! It reads no file.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, OtherError, SignatureScheme};
use webpki::RawPublicKeyEntity;
use x509_cert::der::Encode;

use super::certificate::{check_name, parse};
use super::chain;
use super::fault::CertificateFault;
use super::trust::TrustStore;

/// Checks a server's certificate for the TLS library.
#[derive(Debug)]
pub(super) struct CertificateVerifier {
    /// The trusted certificates; without them every certificate is accepted, as by libpq.
    pub(super) trust: Option<Arc<TrustStore>>,
    /// The name that the certificate must have.
    pub(super) name: Option<String>,
    pub(super) provider: Arc<CryptoProvider>,
}

impl CertificateVerifier {
    fn check(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), CertificateFault> {
        if let Some(trust) = &self.trust {
            let algorithms = &self.provider.signature_verification_algorithms;
            chain::check(leaf, intermediates, trust, now, algorithms)?;
        }
        self.name.as_deref().map_or(Ok(()), |name| check_name(&parse(leaf)?, name))
    }
}

impl ServerCertVerifier for CertificateVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match self.check(end_entity, intermediates, now) {
            Ok(()) => Ok(ServerCertVerified::assertion()),
            Err(fault) => Err(rustls::Error::InvalidCertificate(CertificateError::Other(
                OtherError(Arc::new(fault)),
            ))),
        }
    }

    // Both signatures are verified with the bare public key: the library's usual functions refuse certificates of
    // version 1 even where no certificate is checked.

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let key = public_key(certificate)?;
        let entity = RawPublicKeyEntity::try_from(&key).map_err(|_| bad_encoding())?;
        let mapping = self.provider.signature_verification_algorithms.mapping;
        let mut algorithms = mapping
            .iter()
            .filter(|(scheme, _)| *scheme == signed.scheme)
            .flat_map(|(_, algorithms)| *algorithms);
        let verifies = algorithms.any(|algorithm| {
            entity.verify_signature(*algorithm, message, signed.signature()).is_ok()
        });
        let bad = || rustls::Error::InvalidCertificate(CertificateError::BadSignature);
        verifies.then(HandshakeSignatureValid::assertion).ok_or_else(bad)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature_with_raw_key(message, &public_key(certificate)?, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn public_key(
    certificate: &CertificateDer<'_>,
) -> Result<SubjectPublicKeyInfoDer<'static>, rustls::Error> {
    let certificate = parse(certificate).map_err(|_| bad_encoding())?;
    let key = certificate.tbs_certificate.subject_public_key_info.to_der();
    Ok(SubjectPublicKeyInfoDer::from(key.map_err(|_| bad_encoding())?))
}

fn bad_encoding() -> rustls::Error {
    rustls::Error::InvalidCertificate(CertificateError::BadEncoding)
}
