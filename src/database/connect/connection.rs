//! An open connection, before it becomes a session.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio_postgres::Client;

use super::cancel::CancelHandle;
use super::guard::LoginProgress;
use super::login::Login;
use super::refusal::AuthRefusal;
use crate::text::visible::truncated;

/// The driver's half of a connection, to be spawned: it ends when the client is dropped or the connection breaks.
pub type ConnectionTask = Pin<Box<dyn Future<Output = Result<(), tokio_postgres::Error>> + Send>>;

/// An open connection.
pub struct Connection {
    /// Sends the queries.
    pub client: Client,
    /// Transfers the bytes; nothing happens until it is polled.
    pub task: ConnectionTask,
    /// Counts what the server sends.
    progress: Arc<LoginProgress>,
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
    pub(super) fn new(login: Login, cancel: CancelHandle) -> Connection {
        let Login { client, driver, progress, .. } = login;
        Connection {
            client,
            progress,
            host: cancel.endpoint.host.clone(),
            port: cancel.endpoint.port,
            encrypted: cancel.encrypted,
            server_version: driver.parameter("server_version").map(|text| truncated(text, 100)),
            in_hot_standby: driver.parameter("in_hot_standby").map(|value| value == "on"),
            task: Box::pin(driver),
            cancel,
        }
    }
}

impl Connection {
    /// What counts the messages of this connection.
    pub fn intake(&self) -> Intake {
        Intake(Arc::clone(&self.progress))
    }
}

/// Counts what the server of a connection sends.
pub struct Intake(Arc<LoginProgress>);

impl Intake {
    /// Allows the server to send as much again as [`IntakeLimits`](super::IntakeLimits) allows in all.
    pub fn renew(&self) {
        self.0.renew();
    }

    /// Why posemo ended the connection, if it did.
    pub fn refusal(&self) -> Option<AuthRefusal> {
        self.0.refusal()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Connection");
        shown.field("endpoint", &self.cancel.endpoint).finish_non_exhaustive()
    }
}
