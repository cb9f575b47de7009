//! Connection parameters together with the certificates that they name.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::endpoint::Endpoint;
use super::error::ConnectError;
use crate::database::parameters::Parameters;
use crate::database::parameters::hosts::ServerHost;
use crate::database::tls::{self, TlsSetupError, TrustCache};

/// Where and how to connect. Its clones share the trusted certificates, which the first connection that needs them
/// reads from their files.
#[derive(Debug, Clone)]
pub struct ServerAccess {
    parameters: Parameters,
    trust: Arc<TrustCache>,
}

impl ServerAccess {
    /// Access with these parameters; no file has been read yet.
    pub fn new(parameters: Parameters) -> ServerAccess {
        ServerAccess { parameters, trust: Arc::default() }
    }

    /// The same server and user, another database.
    #[must_use]
    pub fn with_database(&self, name: &str) -> ServerAccess {
        self.with_parameters(self.parameters.with_database(name))
    }

    /// The same, with a limit for each address: the time from connecting to the end of the login.
    #[must_use]
    pub fn with_connect_timeout(&self, limit: Duration) -> ServerAccess {
        self.with_parameters(self.parameters.with_connect_timeout(limit))
    }

    fn with_parameters(&self, parameters: Parameters) -> ServerAccess {
        ServerAccess { parameters, trust: Arc::clone(&self.trust) }
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

    /// Runs some work with one address, for at most `connect_timeout`.
    pub(super) async fn within_timeout<T>(
        &self,
        endpoint: &Endpoint,
        work: impl Future<Output = Result<T, ConnectError>>,
    ) -> Result<T, ConnectError> {
        let Some(limit) = self.parameters.connect_timeout else { return work.await };
        let late = |_| Err(ConnectError::Timeout { endpoint: endpoint.clone(), limit });
        tokio::time::timeout(limit, work).await.unwrap_or_else(late)
    }
}
