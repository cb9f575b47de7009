//! Cancels the query of a session.

use std::fmt;

use tokio_postgres::CancelToken;

use super::access::ServerAccess;
use super::address::ServerAddress;
use super::endpoint::Endpoint;
use super::error::ConnectError;
use super::guard::{LoginGuard, LoginProgress, PreparedTls};
use super::startup::IntakeLimits;
use super::{handshake, socket};
use crate::database::parameters::hosts::{Route, ServerHost};

/// Asks a server to cancel the query that a session is running.
#[derive(Clone)]
pub struct CancelHandle {
    pub(super) access: ServerAccess,
    pub(super) host: ServerHost,
    pub(super) address: ServerAddress,
    pub(super) endpoint: Endpoint,
    pub(super) encrypted: bool,
    pub(super) token: CancelToken,
}

impl CancelHandle {
    /// Sends the request over a separate connection to the same address, with TLS if the session has it.
    pub async fn send(&self) -> Result<(), ConnectError> {
        let parameters = self.access.parameters();
        let request = async {
            let channel =
                socket::connect(&self.address, &self.endpoint, parameters.peer.as_deref()).await?;
            let channel = if self.encrypted {
                handshake::secure(&self.access, &self.host, &self.endpoint, channel).await?
            } else {
                channel
            };
            if self.encrypted && !channel.encrypted {
                return Err(ConnectError::NoTls { endpoint: self.endpoint.clone() });
            }
            let guard = LoginGuard::new(
                channel,
                parameters.authentication.clone(),
                IntakeLimits::default(),
                LoginProgress::default().into(),
            );
            let sent = self.token.cancel_query_raw(guard, PreparedTls).await;
            sent.map_err(|cause| ConnectError::Cancel { endpoint: self.endpoint.clone(), cause })
        };
        self.access.within_timeout(&self.endpoint, None, request).await
    }
}

impl CancelHandle {
    /// Access to the same server only, by the address that answered.
    pub fn same_server(&self) -> ServerAccess {
        let route = match &self.address {
            ServerAddress::Tcp(address) => Route::Address(address.ip()),
            ServerAddress::Unix(_) => self.host.route.clone(),
        };
        self.access.with_host(ServerHost { route, ..self.host.clone() })
    }
}

impl fmt::Debug for CancelHandle {
    /// Leaves out the token, which is a secret.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("CancelHandle");
        shown.field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}
