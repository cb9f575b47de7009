//! The client's certificate and its key.
//!
//! It does not decide whether the server requests them.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::sync::Arc;

use rustls::InconsistentKeys;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::sign::{CertifiedKey, SingleCertAndKey};

use super::certificate::read_file;
use super::error::TlsSetupError;
use crate::database::parameters::encryption::ClientCertificateFiles;

/// The client's certificate with its key; none where the file of the certificate does not exist.
pub(super) fn certified_key(
    files: &ClientCertificateFiles,
) -> Result<Option<Arc<SingleCertAndKey>>, TlsSetupError> {
    if !files.certificate.exists() {
        return Ok(None);
    }
    let chain = read_file(&files.certificate, "client certificate")?;
    let key = any_supported_type(&private_key(files)?).map_err(TlsSetupError::Library)?;
    let pair = CertifiedKey::new(chain, key);
    // The library's constructor refuses certificates of version 1; whether to accept them is the server's decision.
    match pair.keys_match() {
        Err(error @ rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
            Err(TlsSetupError::Library(error))
        }
        _ => Ok(Some(Arc::new(SingleCertAndKey::from(pair)))),
    }
}

fn private_key(files: &ClientCertificateFiles) -> Result<PrivateKeyDer<'static>, TlsSetupError> {
    let refused = |problem: String| TlsSetupError::File {
        what: "client key",
        file: files.key.clone(),
        problem,
    };
    let attributes = fs::metadata(&files.key)
        .map_err(|error| refused(format!("{error}; the certificate needs it")))?;
    // root may own a key that a group can read, as Debian's ssl-cert group does.
    let forbidden = if attributes.uid() == 0 { 0o037 } else { 0o077 };
    if !attributes.is_file() || attributes.permissions().mode() & forbidden != 0 {
        return Err(refused(
            "others may read it, or it is not a plain file; run chmod 0600 on it, or chmod 0640 if root owns it"
                .to_owned(),
        ));
    }
    PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|error| refused(format!("{error}; it must be an unencrypted key in PEM form")))
}
