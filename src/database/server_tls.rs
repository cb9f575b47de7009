//! TLS of posemo's own HTTP server: its certificate and key, and the handshake with a client.

use std::fmt;
use std::fs;
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
        let chain = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| format!("{}: {error}", certificate.display()))?;
        if chain.is_empty() {
            return Err(format!("{}: the file contains no certificate", certificate.display()));
        }
        let wrong_key = |problem: String| format!("{}: {problem}", key.display());
        let attributes = fs::metadata(key).map_err(|error| wrong_key(error.to_string()))?;
        // root may own a key that a group can read, as Debian's ssl-cert group does.
        let forbidden = if attributes.uid() == 0 { 0o037 } else { 0o077 };
        if !attributes.is_file() || attributes.permissions().mode() & forbidden != 0 {
            return Err(wrong_key(
                "others may read it, or it is not a plain file; run chmod 0600 on it".to_owned(),
            ));
        }
        let private = PrivateKeyDer::from_pem_file(key).map_err(|error| {
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
