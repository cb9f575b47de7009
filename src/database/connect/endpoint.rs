//! The server of a connection, as messages name it.

use std::fmt;
use std::net::IpAddr;

/// The host, address and port of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The host as given, or the socket's directory.
    pub host: String,
    /// The address, where the host is a name.
    pub address: Option<IpAddr>,
    /// The port.
    pub port: u16,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address.filter(|address| address.to_string() != self.host) {
            Some(address) => write!(formatter, "{} ({address}) port {}", self.host, self.port),
            None => write!(formatter, "{} port {}", self.host, self.port),
        }
    }
}
