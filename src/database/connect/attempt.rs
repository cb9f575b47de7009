//! One address: socket, TLS as `sslmode` requires, login, and the check of the session attributes.
//!
//! It does not continue with another address.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{ChannelBinding, SslMode, SslNegotiation};

use super::access::ServerAccess;
use super::address::ServerAddress;
use super::cancel::CancelHandle;
use super::connection::Connection;
use super::endpoint::Endpoint;
use super::error::ConnectError;
use super::guard::{LoginGuard, LoginProgress, PreparedTls};
use super::login::Login;
use super::refusal::AuthRefusal;
use super::socket::Channel;
use super::startup::Startup;
use super::{handshake, session_attrs, socket};
use crate::database::parameters::TargetSessionAttrs;
use crate::database::parameters::authentication::BindingMode;
use crate::database::parameters::encryption::TlsMode;
use crate::database::parameters::hosts::ServerHost;

/// One address of one host, and everything that a login there needs.
pub(super) struct Attempt<'a> {
    pub(super) access: &'a ServerAccess,
    pub(super) startup: &'a Startup,
    pub(super) host: &'a ServerHost,
    pub(super) address: ServerAddress,
    pub(super) endpoint: Endpoint,
    /// What the server must be.
    pub(super) wanted: TargetSessionAttrs,
    /// The part of the time for all addresses that this one may take.
    pub(super) part: Option<Duration>,
}

/// A login that failed.
struct LoginFailure {
    error: ConnectError,
    /// libpq now tries the same with TLS instead of without, or the other way round.
    other_way: bool,
}

impl From<ConnectError> for LoginFailure {
    fn from(error: ConnectError) -> LoginFailure {
        LoginFailure { error, other_way: false }
    }
}

impl Attempt<'_> {
    /// Logs in within its limits.
    pub(super) async fn run(&self) -> Result<Connection, ConnectError> {
        let work = async {
            let login = self.log_in().await?;
            self.accept(login).await
        };
        self.access.within_timeout(&self.endpoint, self.part, work).await
    }

    async fn log_in(&self) -> Result<Login, ConnectError> {
        let first_with_tls = match self.access.parameters().encryption.mode {
            // A Unix socket has no TLS, whatever the mode.
            _ if matches!(self.address, ServerAddress::Unix(_)) => false,
            TlsMode::Disable | TlsMode::Allow => false,
            _ => true,
        };
        let first = match self.log_in_once(first_with_tls).await {
            Ok(login) => return Ok(login),
            Err(failure) if !failure.other_way => return Err(failure.error),
            Err(failure) => failure.error,
        };
        let second = self.log_in_once(!first_with_tls).await;
        second.map_err(|second| ConnectError::Several(vec![first, second.error]))
    }

    async fn log_in_once(&self, with_tls: bool) -> Result<Login, LoginFailure> {
        let parameters = self.access.parameters();
        let channel =
            socket::connect(&self.address, &self.endpoint, parameters.peer.as_deref()).await?;
        let channel = if with_tls { self.secure(channel).await? } else { channel };
        let (encrypted, certificate) = (channel.encrypted, channel.certificate);
        let progress = Arc::new(LoginProgress::default());
        let rules = parameters.authentication.clone();
        let guard = LoginGuard::new(channel, rules, self.startup.intake, Arc::clone(&progress));
        match self.config().connect_raw(guard, PreparedTls).await {
            Ok((client, driver)) => Ok(Login { client, driver, encrypted, certificate, progress }),
            Err(error) => {
                let refused_early = error.as_db_error().is_some() && !progress.accepted();
                let other_way =
                    refused_early && encrypted == with_tls && self.mode_allows(!with_tls);
                Err(LoginFailure { error: self.explain(error, &progress), other_way })
            }
        }
    }

    fn mode_allows(&self, with_tls: bool) -> bool {
        let mode = self.access.parameters().encryption.mode;
        let tcp = matches!(self.address, ServerAddress::Tcp(_));
        tcp && if with_tls { mode == TlsMode::Allow } else { mode == TlsMode::Prefer }
    }

    async fn secure(&self, channel: Channel) -> Result<Channel, LoginFailure> {
        let secured = handshake::secure(self.access, self.host, &self.endpoint, channel).await;
        secured.map_err(|error| {
            let failed = matches!(
                error,
                ConnectError::TlsSetup { .. }
                    | ConnectError::Handshake { .. }
                    | ConnectError::Certificate { .. }
            );
            LoginFailure { error, other_way: failed && self.mode_allows(false) }
        })
    }

    fn config(&self) -> Config {
        let parameters = self.access.parameters();
        let mut config = Config::new();
        // The stream has its TLS already; with these two settings the driver uses it unchanged.
        config.ssl_mode(SslMode::Require).ssl_negotiation(SslNegotiation::Direct);
        config.user(parameters.user()).dbname(parameters.database());
        config.application_name(
            parameters.application_name.as_ref().unwrap_or(&self.startup.application_name),
        );
        config.channel_binding(match parameters.authentication.binding {
            BindingMode::Disable => ChannelBinding::Disable,
            BindingMode::Prefer => ChannelBinding::Prefer,
            BindingMode::Require => ChannelBinding::Require,
        });
        let (startup, _) = session_attrs::split(self.wanted, self.startup.options.as_deref());
        let parts = parameters.options.iter().chain(startup.iter());
        let options = parts.map(String::as_str).collect::<Vec<_>>().join(" ");
        if !options.is_empty() {
            config.options(options);
        }
        if let Some(password) = parameters.password(self.host) {
            config.password(password.0);
        }
        config
    }

    fn explain(&self, error: tokio_postgres::Error, progress: &LoginProgress) -> ConnectError {
        let endpoint = self.endpoint.clone();
        let parameters = self.access.parameters();
        let user = parameters.user().to_owned();
        if let Some(refusal) = refusal(&error) {
            return ConnectError::Refused { endpoint, cause: refusal };
        }
        if let Some(cause) = error.as_db_error() {
            let database = parameters.database().to_owned();
            return ConnectError::Server {
                endpoint,
                user,
                database,
                cause: Box::new(cause.clone()),
            };
        }
        let unanswered = progress.password_requested() && !progress.accepted();
        if unanswered && parameters.password(self.host).is_none() {
            let reason = parameters.no_password(self.host);
            return ConnectError::NoPassword { endpoint, user, reason };
        }
        if error.is_closed() {
            return ConnectError::Closed { endpoint, cause: io::ErrorKind::UnexpectedEof.into() };
        }
        ConnectError::Login { endpoint, cause: error }
    }

    /// Checks the session attributes, and completes the connection.
    async fn accept(&self, mut login: Login) -> Result<Connection, ConnectError> {
        let endpoint = &self.endpoint;
        if let Some(required) = session_attrs::unmet(self.wanted, &mut login, endpoint).await? {
            drop(login.client);
            // The farewell is a courtesy to the server's log; whether it arrives makes no difference.
            drop(login.driver.await);
            return Err(ConnectError::SessionAttrs { endpoint: endpoint.clone(), required });
        }
        let (_, late) = session_attrs::split(self.wanted, self.startup.options.as_deref());
        if let Some(setting) = late {
            login.query(endpoint, &format!("SET {setting}")).await?;
        }
        let cancel = CancelHandle {
            access: self.access.clone(),
            host: self.host.clone(),
            address: self.address.clone(),
            endpoint: endpoint.clone(),
            encrypted: login.encrypted,
            token: login.client.cancel_token(),
        };
        Ok(Connection::new(login, cancel))
    }
}

fn refusal(error: &tokio_postgres::Error) -> Option<AuthRefusal> {
    let cause = std::error::Error::source(error)?.downcast_ref::<io::Error>()?;
    cause.get_ref()?.downcast_ref().copied()
}
