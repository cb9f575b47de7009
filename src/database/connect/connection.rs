//! An open connection, before it becomes a session.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use tokio_postgres::Client;

use super::cancel::CancelHandle;
use super::guard::LoginGuard;

/// The driver's half of a connection, to be spawned: it ends when the client is dropped or the connection breaks.
pub type ConnectionTask = Pin<Box<dyn Future<Output = Result<(), tokio_postgres::Error>> + Send>>;

/// An open connection.
pub struct Connection {
    /// Sends the queries.
    pub client: Client,
    /// Transfers the bytes; nothing happens until it is polled.
    pub task: ConnectionTask,
    /// Cancels a running query.
    pub cancel: CancelHandle,
    /// The host or socket directory that answered, as given.
    pub host: String,
    /// The port that answered.
    pub port: u16,
    /// Whether the connection has TLS.
    pub encrypted: bool,
    /// `server_version`, as the server reports it.
    pub server_version: Option<String>,
    /// Whether the server is a standby; servers from 14 on report it.
    pub in_hot_standby: Option<bool>,
}

impl Connection {
    pub(super) fn new(
        client: Client,
        driver: tokio_postgres::Connection<LoginGuard, LoginGuard>,
        cancel: CancelHandle,
    ) -> Connection {
        Connection {
            client,
            host: cancel.endpoint.host.clone(),
            port: cancel.endpoint.port,
            encrypted: cancel.encrypted,
            server_version: driver.parameter("server_version").map(str::to_owned),
            in_hot_standby: driver.parameter("in_hot_standby").map(|value| value == "on"),
            task: Box::pin(driver),
            cancel,
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Connection");
        shown.field("endpoint", &self.cancel.endpoint).finish_non_exhaustive()
    }
}
