//! Who may use the HTTP server: files with logins, and proxies that name the user.

use std::net::IpAddr;
use std::path::PathBuf;

use crate::text::network::Network;

/// Where a proxy connects from whose header is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrustedProxy {
    /// From addresses of a network.
    Network(Network),
    /// Through the Unix socket.
    Unix,
}

/// Who may use the HTTP server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessSettings {
    /// The file with a user, a role and the hash of a password in each line.
    pub users_file: Option<PathBuf>,
    /// The file with a name, a role and the hash of a token in each line.
    pub tokens_file: Option<PathBuf>,
    /// The header in which a proxy names the user.
    pub trusted_header: Option<String>,
    /// The proxies.
    pub trusted_proxies: Vec<TrustedProxy>,
    /// The users of the header that are operators; the others are viewers.
    pub operators: Vec<String>,
}

impl TrustedProxy {
    /// Reads an address, a network or `unix`.
    pub(super) fn parse(text: &str) -> Option<TrustedProxy> {
        match text {
            "unix" => Some(TrustedProxy::Unix),
            _ => Network::parse(text).map(TrustedProxy::Network),
        }
    }

    /// Whether it contains the address of a client, which is absent for the Unix socket.
    pub fn contains(&self, address: Option<IpAddr>) -> bool {
        match (self, address) {
            (TrustedProxy::Unix, None) => true,
            (TrustedProxy::Network(network), Some(address)) => network.contains(address),
            _ => false,
        }
    }
}

impl AccessSettings {
    /// Whether requests need a login.
    pub fn is_set(&self) -> bool {
        self.users_file.is_some() || self.tokens_file.is_some() || self.trusted_header.is_some()
    }
}
