//! Sockets to one address, and TLS on top of them.
//!
//! It knows nothing of hosts in a row or of logging in.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;

use super::certificate::end_point;
use super::error::{LinkError, Place};
use crate::database::parameters::environment::account_name;

/// What a client sends to ask for TLS: the length, and a number that is no protocol version.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// Something to read from and write to.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// An open way to a server, with or without TLS.
pub(crate) struct Channel {
    pub(crate) wire: Box<dyn Wire>,
    /// The hash of the server's certificate, for SCRAM.
    pub(crate) binding: Option<Vec<u8>>,
    pub(crate) encrypted: bool,
    /// It does not leave this machine.
    pub(crate) local: bool,
}

/// One address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

/// Opens a socket. With `peer`, the process behind a Unix socket must belong to that account.
pub(crate) async fn connect(
    address: &Address,
    place: &Place,
    peer: Option<&str>,
) -> Result<Channel, LinkError> {
    let failed = |cause| LinkError::Connect { place: place.clone(), cause };
    let (wire, local): (Box<dyn Wire>, bool) = match address {
        Address::Tcp(address) => {
            let stream = TcpStream::connect(address).await.map_err(failed)?;
            stream.set_nodelay(true).map_err(failed)?;
            (Box::new(stream), address.ip().to_canonical().is_loopback())
        }
        Address::Unix(path) => {
            let stream = UnixStream::connect(path).await.map_err(failed)?;
            if let Some(wanted) = peer {
                check_peer(&stream, wanted, place)?;
            }
            (Box::new(stream), true)
        }
    };
    Ok(Channel { wire, binding: None, encrypted: false, local })
}

/// The path of the socket in a directory; `@` in front stands for the abstract namespace.
pub(crate) fn socket_path(directory: &Path, port: u16) -> PathBuf {
    let path = directory.join(format!(".s.PGSQL.{port}"));
    match path.as_os_str().as_bytes() {
        [b'@', name @ ..] => {
            let name: Vec<u8> = [0].iter().chain(name).copied().collect();
            PathBuf::from(std::ffi::OsStr::from_bytes(&name))
        }
        _ => path,
    }
}

/// Asks for TLS. A server without it leaves the channel as it was.
pub(crate) async fn request_tls(channel: &mut Channel, place: &Place) -> Result<bool, LinkError> {
    let broken = |cause| LinkError::Broken { place: place.clone(), cause };
    channel.wire.write_all(&SSL_REQUEST).await.map_err(broken)?;
    channel.wire.flush().await.map_err(broken)?;
    // One byte is the whole answer. More of them would be somebody's attempt to be believed without TLS.
    let mut answer = [0; 64];
    match channel.wire.read(&mut answer).await.map_err(broken)? {
        0 => Err(broken(io::ErrorKind::UnexpectedEof.into())),
        1 if answer[0] == b'S' => Ok(true),
        1 if answer[0] == b'N' => Ok(false),
        _ if matches!(answer[0], b'S' | b'N') => Err(LinkError::Surplus { place: place.clone() }),
        // An error message may follow, but nobody vouches for its text.
        _ => Err(LinkError::NotPostgres { place: place.clone() }),
    }
}

/// The TLS handshake.
pub(crate) async fn encrypt(
    channel: Channel,
    config: Arc<ClientConfig>,
    host: Option<&str>,
    place: &Place,
    direct: bool,
) -> Result<Channel, LinkError> {
    let failed = |cause| LinkError::handshake(place, cause);
    let stream = TlsConnector::from(config)
        .connect(server_name(host, place.address), channel.wire)
        .await
        .map_err(failed)?;
    let (_, session) = stream.get_ref();
    // Without this a server of another protocol could be made to read our words as its own.
    if direct && session.alpn_protocol() != Some(b"postgresql".as_slice()) {
        return Err(failed(io::Error::other(
            "the server did not agree to speak PostgreSQL, which sslnegotiation=direct needs",
        )));
    }
    let binding = session.peer_certificates().and_then(|chain| chain.first()).and_then(end_point);
    Ok(Channel { wire: Box::new(stream), binding, encrypted: true, local: channel.local })
}

/// The name for the handshake; an address, which is not sent, where the host is no name of the kind.
fn server_name(host: Option<&str>, address: Option<IpAddr>) -> ServerName<'static> {
    let name = host.and_then(|host| ServerName::try_from(host.to_owned()).ok());
    name.unwrap_or_else(|| {
        ServerName::IpAddress(address.unwrap_or(IpAddr::from([0, 0, 0, 0])).into())
    })
}

fn check_peer(stream: &UnixStream, wanted: &str, place: &Place) -> Result<(), LinkError> {
    let credentials =
        stream.peer_cred().map_err(|cause| LinkError::Connect { place: place.clone(), cause })?;
    let found = account_name(credentials.uid()).unwrap_or_else(|| credentials.uid().to_string());
    if found == wanted {
        return Ok(());
    }
    Err(LinkError::Peer { place: place.clone(), wanted: wanted.to_owned(), found })
}
