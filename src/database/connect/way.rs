//! The way to a server: the addresses of its names, and whether something listens there.
//!
//! It sends no data. A session goes the same way again.

use std::time::Duration;

use tokio::time::Instant;

use super::access::ServerAccess;
use super::endpoint::Endpoint;
use super::error::ConnectError;
use super::{addresses, endpoint, socket};

/// The steps of a connection, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConnectStep {
    /// The look-up of the name.
    Name,
    /// The connection to an address and a port.
    Network,
    /// TLS, and the certificates.
    Tls,
    /// The login.
    Login,
}

/// One address of a server. A name that has no address is one, too.
#[derive(Debug)]
pub struct ServerWay {
    /// Where it leads; absent if the name has no address.
    pub endpoint: Option<Endpoint>,
    /// How long it took until a server accepted the connection, or why none did.
    pub reached: Result<Duration, ConnectError>,
}

/// Tries each address of each host, within this time for each.
pub async fn ways(access: &ServerAccess, limit: Duration) -> Vec<ServerWay> {
    let mut ways = Vec::new();
    for host in access.parameters().hosts() {
        let found = match addresses(access, host, Some(limit)).await {
            Ok(found) => found,
            Err(error) => {
                ways.push(ServerWay { endpoint: None, reached: Err(error) });
                continue;
            }
        };
        for address in found {
            let endpoint = endpoint(host, &address);
            let began = Instant::now();
            // requirepeer is a part of the login.
            let reached = access
                .within_timeout(&endpoint, Some(limit), socket::connect(&address, &endpoint, None))
                .await
                .map(|_| began.elapsed());
            ways.push(ServerWay { endpoint: Some(endpoint), reached });
        }
    }
    ways
}

impl ConnectError {
    /// The step that failed. Of several attempts, the furthest one: it was nearest to a session.
    pub fn step(&self) -> ConnectStep {
        match self {
            Self::Lookup { .. } => ConnectStep::Name,
            Self::Unreachable { .. } => ConnectStep::Network,
            Self::NotPostgres { .. }
            | Self::Surplus { .. }
            | Self::NoTls { .. }
            | Self::TlsSetup { .. }
            | Self::Handshake { .. }
            | Self::Certificate { .. } => ConnectStep::Tls,
            Self::Timeout { .. }
            | Self::Peer { .. }
            | Self::Closed { .. }
            | Self::Refused { .. }
            | Self::NoPassword { .. }
            | Self::Server { .. }
            | Self::Login { .. }
            | Self::SessionAttrs { .. }
            | Self::Cancel { .. } => ConnectStep::Login,
            Self::Several(errors) => {
                errors.iter().map(ConnectError::step).max().unwrap_or(ConnectStep::Login)
            }
        }
    }
}
