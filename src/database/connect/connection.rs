//! An open connection, before it becomes a session.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_postgres::error::Severity;
use tokio_postgres::{AsyncMessage, Client};

use super::cancel::CancelHandle;
use super::guard::LoginProgress;
use super::login::{ConnectionDriver, Login};
use super::refusal::AuthRefusal;
use crate::database::tls::ShownCertificate;
use crate::finding::report::ServerRole;
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
    /// The last warning of the server.
    pub warning: LastWarning,
    /// Cancels a running query.
    pub cancel: CancelHandle,
    /// The host or socket directory that answered, as given.
    pub host: String,
    /// The port that answered.
    pub port: u16,
    /// Whether the connection has TLS.
    pub encrypted: bool,
    /// What the server shows of its certificate; absent without TLS.
    pub(in crate::database) certificate: Option<ShownCertificate>,
    /// `server_version`, as the server reports it.
    pub server_version: Option<String>,
    /// The role of the server at the login; servers from 14 on report it.
    pub role: Option<ServerRole>,
}

impl Connection {
    pub(super) fn new(login: Login, cancel: CancelHandle) -> Connection {
        let Login { client, driver, progress, certificate, .. } = login;
        let warning = LastWarning::default();
        Connection {
            client,
            progress,
            warning: warning.clone(),
            host: cancel.endpoint.host.clone(),
            port: cancel.endpoint.port,
            encrypted: cancel.encrypted,
            certificate,
            server_version: driver.parameter("server_version").map(|text| truncated(text, 100)),
            role: driver.parameter("in_hot_standby").map(|value| match value {
                "on" => ServerRole::Standby,
                _ => ServerRole::Primary,
            }),
            task: Box::pin(transfer(driver, warning)),
            cancel,
        }
    }
}

/// The last warning that the server of a connection has sent.
#[derive(Clone, Default)]
pub struct LastWarning(Arc<Mutex<Option<String>>>);

impl LastWarning {
    /// Returns it, and forgets it.
    pub fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn set(&self, message: &str) {
        let shown = Some(truncated(message, 200));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = shown;
    }
}

/// Transfers the bytes until the connection ends, and remembers the last warning.
async fn transfer(
    mut driver: ConnectionDriver,
    warning: LastWarning,
) -> Result<(), tokio_postgres::Error> {
    while let Some(message) = poll_fn(|context| driver.poll_message(context)).await {
        if let AsyncMessage::Notice(notice) = message?
            && notice.parsed_severity() == Some(Severity::Warning)
        {
            warning.set(notice.message());
        }
    }
    Ok(())
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
