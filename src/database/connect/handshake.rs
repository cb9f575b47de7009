//! TLS on a channel: the request for it, and the handshake.
//!
//! It does not decide which certificates are trusted.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsConnector;

use super::access::ServerAccess;
use super::endpoint::Endpoint;
use super::error::ConnectError;
use super::socket::Channel;
use crate::database::parameters::encryption::TlsMode;
use crate::database::parameters::hosts::ServerHost;
use crate::database::tls::{end_point_hash, shown};

/// What a client sends to request TLS: the length, and a number that is not a protocol version.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// Starts TLS, unless the server has none and the mode accepts that.
pub(super) async fn secure(
    access: &ServerAccess,
    host: &ServerHost,
    endpoint: &Endpoint,
    mut channel: Channel,
) -> Result<Channel, ConnectError> {
    let encryption = &access.parameters().encryption;
    // Prepared first: nothing is sent where a file cannot be used.
    let config = access.tls_config(host);
    let config =
        config.map_err(|cause| ConnectError::TlsSetup { endpoint: endpoint.clone(), cause })?;
    if !encryption.direct && !request_tls(&mut channel, endpoint).await? {
        return if encryption.mode >= TlsMode::Require {
            Err(ConnectError::NoTls { endpoint: endpoint.clone() })
        } else {
            Ok(channel)
        };
    }
    let direct = encryption.direct;
    let secured = encrypt(channel, config, host.name.as_deref(), endpoint, direct).await?;
    Ok(Channel { proved: encryption.mode >= TlsMode::VerifyCa, ..secured })
}

/// Requests TLS. A server without it leaves the channel as it was.
async fn request_tls(channel: &mut Channel, endpoint: &Endpoint) -> Result<bool, ConnectError> {
    let closed = |cause| ConnectError::Closed { endpoint: endpoint.clone(), cause };
    channel.stream.write_all(&SSL_REQUEST).await.map_err(closed)?;
    channel.stream.flush().await.map_err(closed)?;
    // One byte is the whole answer. Further bytes would be an attempt to inject data before TLS protects it.
    let mut answer = [0; 64];
    match channel.stream.read(&mut answer).await.map_err(closed)? {
        0 => Err(closed(io::ErrorKind::UnexpectedEof.into())),
        1 if answer[0] == b'S' => Ok(true),
        1 if answer[0] == b'N' => Ok(false),
        _ if matches!(answer[0], b'S' | b'N') => {
            Err(ConnectError::Surplus { endpoint: endpoint.clone() })
        }
        // An error message may follow; its text is not authenticated, so it is not shown.
        _ => Err(ConnectError::NotPostgres { endpoint: endpoint.clone() }),
    }
}

async fn encrypt(
    channel: Channel,
    config: Arc<ClientConfig>,
    host: Option<&str>,
    endpoint: &Endpoint,
    direct: bool,
) -> Result<Channel, ConnectError> {
    let failed = |cause| ConnectError::from_handshake(endpoint, cause);
    let stream = TlsConnector::from(config)
        .connect(server_name(host, endpoint.address), channel.stream)
        .await
        .map_err(failed)?;
    let (_, session) = stream.get_ref();
    // Without this check a server of another protocol could be made to read posemo's bytes as its protocol.
    if direct && session.alpn_protocol() != Some(b"postgresql".as_slice()) {
        return Err(failed(io::Error::other(
            "the server did not agree on the protocol postgresql, which sslnegotiation=direct needs",
        )));
    }
    let leaf = session.peer_certificates().and_then(|chain| chain.first());
    let binding = leaf.and_then(end_point_hash);
    let certificate = leaf.and_then(|leaf| shown(leaf, host));
    let (stream, local) = (Box::new(stream), channel.local);
    Ok(Channel { stream, binding, encrypted: true, certificate, proved: false, local })
}

/// The name for the handshake; an address, which is not sent, where the host is not a DNS name.
fn server_name(host: Option<&str>, address: Option<IpAddr>) -> ServerName<'static> {
    let name = host.and_then(|host| ServerName::try_from(host.to_owned()).ok());
    name.unwrap_or_else(|| {
        ServerName::IpAddress(address.unwrap_or(IpAddr::from([0, 0, 0, 0])).into())
    })
}
