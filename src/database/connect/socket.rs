//! A socket to one address.
//!
//! It starts no TLS and does not log in.

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

use super::address::ServerAddress;
use super::endpoint::Endpoint;
use super::error::ConnectError;
use crate::database::parameters::environment::account_name;
use crate::database::tls::ShownCertificate;

/// A stream of bytes in both directions.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A stream to a server, with or without TLS.
pub(super) struct Channel {
    pub(super) stream: Box<dyn Stream>,
    /// The hash of the server's certificate, for SCRAM.
    pub(super) binding: Option<Vec<u8>>,
    pub(super) encrypted: bool,
    /// What the server shows of its certificate.
    pub(super) certificate: Option<ShownCertificate>,
    /// Whether its certificate was verified against trusted ones.
    pub(super) proved: bool,
    /// Whether it does not leave this machine.
    pub(super) local: bool,
}

/// Opens a socket. With `peer`, the process behind a Unix socket must run as that account.
pub(super) async fn connect(
    address: &ServerAddress,
    endpoint: &Endpoint,
    peer: Option<&str>,
) -> Result<Channel, ConnectError> {
    let failed = |cause| ConnectError::Unreachable { endpoint: endpoint.clone(), cause };
    let (stream, local): (Box<dyn Stream>, bool) = match address {
        ServerAddress::Tcp(address) => {
            let stream = TcpStream::connect(address).await.map_err(failed)?;
            stream.set_nodelay(true).map_err(failed)?;
            (Box::new(stream), address.ip().to_canonical().is_loopback())
        }
        ServerAddress::Unix(path) => {
            let stream = UnixStream::connect(path).await.map_err(failed)?;
            if let Some(required) = peer {
                check_peer(&stream, required, endpoint)?;
            }
            (Box::new(stream), true)
        }
    };
    let (binding, certificate) = (None, None);
    Ok(Channel { stream, binding, encrypted: false, certificate, proved: false, local })
}

fn check_peer(
    stream: &UnixStream,
    required: &str,
    endpoint: &Endpoint,
) -> Result<(), ConnectError> {
    let failed = |cause| ConnectError::Unreachable { endpoint: endpoint.clone(), cause };
    let credentials = stream.peer_cred().map_err(failed)?;
    let found = account_name(credentials.uid()).unwrap_or_else(|| credentials.uid().to_string());
    if found == required {
        return Ok(());
    }
    Err(ConnectError::Peer { endpoint: endpoint.clone(), required: required.to_owned(), found })
}
