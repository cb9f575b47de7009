//! Connection parameters together with the certificates that they name.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::endpoint::Endpoint;
use super::error::ConnectError;
use crate::database::parameters::Parameters;
use crate::database::parameters::hosts::ServerHost;
use crate::database::patience;
use crate::database::tls::{self, TlsSetupError, TrustCache};

/// Where and how to connect. Its clones share the trusted certificates, which the first connection that needs them
/// reads from their files.
#[derive(Debug, Clone)]
pub struct ServerAccess {
    parameters: Parameters,
    trust: Arc<TrustCache>,
    /// Whether a login with startup options was refused, so that settings follow as statements.
    refuses_options: Arc<AtomicBool>,
    /// The major version of the server that answered last; 0 before the first login.
    major: Arc<AtomicU32>,
}

impl ServerAccess {
    /// Access with these parameters; no file has been read yet.
    pub fn new(parameters: Parameters) -> ServerAccess {
        ServerAccess {
            parameters,
            trust: Arc::default(),
            refuses_options: Arc::default(),
            major: Arc::default(),
        }
    }

    /// The same server and user, another database.
    #[must_use]
    pub fn with_database(&self, name: &str) -> ServerAccess {
        self.with_parameters(self.parameters.with_database(name))
    }

    /// The same user and database on one server of the list.
    pub(super) fn with_host(&self, host: ServerHost) -> ServerAccess {
        self.with_parameters(self.parameters.with_host(host))
    }

    /// Whether settings must be sent as statements after the login.
    pub(crate) fn refuses_options(&self) -> bool {
        self.refuses_options.load(Ordering::Relaxed)
    }

    /// The major version of the server, if it is known.
    pub(crate) fn major(&self) -> Option<u32> {
        Some(self.major.load(Ordering::Relaxed)).filter(|major| *major > 0)
    }

    /// Remembers the major version of the server.
    pub(crate) fn remember_major(&self, major: u32) {
        self.major.store(major, Ordering::Relaxed);
    }

    /// Remembers that this server, or the pooler before it, refuses startup options.
    pub(crate) fn remember_refused_options(&self) {
        self.refuses_options.store(true, Ordering::Relaxed);
    }

    fn with_parameters(&self, parameters: Parameters) -> ServerAccess {
        ServerAccess {
            parameters,
            trust: Arc::clone(&self.trust),
            refuses_options: Arc::clone(&self.refuses_options),
            major: Arc::clone(&self.major),
        }
    }

    /// Where and how it connects.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// The settings of a TLS handshake with a host.
    pub(super) fn tls_config(
        &self,
        host: &ServerHost,
    ) -> Result<Arc<rustls::ClientConfig>, TlsSetupError> {
        tls::client_config(&self.parameters.encryption, host.name.as_deref(), &self.trust)
    }

    /// Runs some work with one address, for at most `connect_timeout` and its part of the time for all addresses.
    pub(super) async fn within_timeout<T>(
        &self,
        endpoint: &Endpoint,
        part: Option<Duration>,
        work: impl Future<Output = Result<T, ConnectError>>,
    ) -> Result<T, ConnectError> {
        let limit = self.parameters.connect_timeout.into_iter().chain(part).min();
        let Some(limit) = limit else { return work.await };
        let late = |_| Err(ConnectError::Timeout { endpoint: endpoint.clone(), limit });
        patience::until(Instant::now() + limit, work).await.unwrap_or_else(late)
    }
}
