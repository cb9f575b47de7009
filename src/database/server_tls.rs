//! TLS of posemo's own HTTP server: its certificate and key, and the handshake with a client.

use std::fmt;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::files;

/// The size of the file of the certificates, and of that of the key, in bytes.
const MOST: u64 = 1 << 20;

/// The certificate and the key of the HTTP server.
#[derive(Clone)]
pub struct ServerTls {
    acceptor: TlsAcceptor,
}

impl fmt::Debug for ServerTls {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ServerTls")
    }
}

impl ServerTls {
    /// Reads a certificate with its chain, and its key, in PEM. The error is the message for the user.
    pub fn read(certificate: &Path, key: &Path) -> Result<ServerTls, String> {
        let wrong_chain =
            |problem: &dyn fmt::Display| format!("{}: {problem}", certificate.display());
        let file = files::open(certificate).and_then(|file| files::content(file, MOST));
        let file = file.map_err(|error| wrong_chain(&error))?;
        let chain = CertificateDer::pem_slice_iter(&file)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| wrong_chain(&error))?;
        if chain.is_empty() {
            return Err(wrong_chain(&"the file contains no certificate"));
        }
        let wrong_key = |problem: String| format!("{}: {problem}", key.display());
        let unreadable = |error: io::Error| wrong_key(error.to_string());
        let file = files::open(key).map_err(unreadable)?;
        let attributes = file.metadata().map_err(unreadable)?;
        // root may own a key that a group can read, as Debian's ssl-cert group does.
        let forbidden = if attributes.uid() == 0 { 0o037 } else { 0o077 };
        if attributes.permissions().mode() & forbidden != 0 {
            return Err(wrong_key("others may read it; run chmod 0600 on it".to_owned()));
        }
        let file = files::content(file, MOST).map_err(unreadable)?;
        let private = PrivateKeyDer::from_pem_slice(&file).map_err(|error| {
            wrong_key(format!("{error}; it must be an unencrypted key in PEM form"))
        })?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map(ServerConfigBuilder::with_no_client_auth)
            .and_then(|builder| builder.with_single_cert(chain, private));
        let mut config = config
            .map_err(|error| wrong_key(format!("{error}; it must belong to the certificate")))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(ServerTls { acceptor: TlsAcceptor::from(Arc::new(config)) })
    }

    /// The handshake with a client.
    pub async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.acceptor.accept(stream).await
    }
}

type ServerConfigBuilder = rustls::ConfigBuilder<ServerConfig, rustls::WantsVerifier>;

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    #[test]
    fn a_file_that_never_ends_is_refused() {
        let path = std::env::temp_dir().join(format!("posemo-certificate-{}", std::process::id()));
        let large = File::create(&path).expect("it is created");
        large.set_len(MOST + 1).expect("it has room");
        for (file, expected) in [
            (Path::new("/dev/zero"), "/dev/zero: it is not a regular file"),
            (&path, ": it is larger than 1 MiB"),
        ] {
            let error = ServerTls::read(file, file).expect_err("it is refused");
            assert!(error.contains(expected), "{error}");
        }
        std::fs::remove_file(&path).expect("it exists");
    }
}
