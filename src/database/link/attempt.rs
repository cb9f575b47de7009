//! One address: socket, TLS as `sslmode` says, login, and whether the server is of the wanted kind.
//!
//! It does not go on to another address.

use std::future::Future;
use std::io;
use std::sync::Arc;

use tokio_postgres::config::{ChannelBinding, SslMode, SslNegotiation};
use tokio_postgres::{Client, Config, Connection};

use super::error::{LinkError, Place};
use super::guard::{Finished, Guard, Progress, Refusal};
use super::socket::{self, Address, Channel};
use super::target;
use super::trust;
use super::{Cancel, Link, Startup};
use crate::database::parameters::authentication::Binding;
use crate::database::parameters::encryption::Mode;
use crate::database::parameters::hosts::Host;
use crate::database::parameters::{Parameters, Target};

/// One address of one host, and everything needed to get in.
pub(crate) struct Attempt<'a> {
    pub(crate) parameters: &'a Parameters,
    pub(crate) startup: &'a Startup,
    pub(crate) host: &'a Host,
    pub(crate) address: Address,
    pub(crate) place: Place,
    /// What the server must be.
    pub(crate) target: Target,
}

/// A login that succeeded.
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) connection: Connection<Guard, Guard>,
    encrypted: bool,
}

/// A login that failed.
struct Failure {
    error: LinkError,
    /// libpq would now try the same with TLS instead of without, or the other way round.
    other_way: bool,
}

impl From<LinkError> for Failure {
    fn from(error: LinkError) -> Failure {
        Failure { error, other_way: false }
    }
}

impl Attempt<'_> {
    /// Gets in, within `connect_timeout`.
    pub(crate) async fn run(&self) -> Result<Link, LinkError> {
        within(self.parameters, &self.place, async {
            let session = self.log_in().await?;
            self.choose(session).await
        })
        .await
    }

    async fn log_in(&self) -> Result<Session, LinkError> {
        let first_with_tls = match self.parameters.encryption.mode {
            // A Unix socket has no TLS, whatever the mode.
            _ if matches!(self.address, Address::Unix(_)) => false,
            Mode::Disable | Mode::Allow => false,
            _ => true,
        };
        let first = match self.log_in_once(first_with_tls).await {
            Ok(session) => return Ok(session),
            Err(failure) if !failure.other_way => return Err(failure.error),
            Err(failure) => failure.error,
        };
        let second = self.log_in_once(!first_with_tls).await;
        second.map_err(|second| LinkError::Several(vec![first, second.error]))
    }

    async fn log_in_once(&self, with_tls: bool) -> Result<Session, Failure> {
        let channel =
            socket::connect(&self.address, &self.place, self.parameters.peer.as_deref()).await?;
        let channel = if with_tls { self.secure(channel).await? } else { channel };
        let encrypted = channel.encrypted;
        let progress = Arc::new(Progress::default());
        let guard = Guard::new(channel, self.parameters.authentication.clone(), progress.clone());
        match self.config().connect_raw(guard, Finished).await {
            Ok((client, connection)) => Ok(Session { client, connection, encrypted }),
            Err(error) => {
                let refused_early = error.as_db_error().is_some() && !progress.accepted();
                let other_way =
                    refused_early && encrypted == with_tls && self.mode_allows(!with_tls);
                Err(Failure { error: self.explain(error, &progress), other_way })
            }
        }
    }

    fn mode_allows(&self, with_tls: bool) -> bool {
        let mode = self.parameters.encryption.mode;
        let tcp = matches!(self.address, Address::Tcp(_));
        tcp && if with_tls { mode == Mode::Allow } else { mode == Mode::Prefer }
    }

    async fn secure(&self, channel: Channel) -> Result<Channel, Failure> {
        secure(self.parameters, self.host, &self.place, channel).await.map_err(|error| {
            let failed = matches!(
                error,
                LinkError::Trust { .. }
                    | LinkError::Handshake { .. }
                    | LinkError::Certificate { .. }
            );
            Failure { error, other_way: failed && self.mode_allows(false) }
        })
    }

    fn config(&self) -> Config {
        let parameters = self.parameters;
        let mut config = Config::new();
        // Our stream has its TLS already; with these two the driver takes it as it is.
        config.ssl_mode(SslMode::Require).ssl_negotiation(SslNegotiation::Direct);
        config.user(parameters.user()).dbname(parameters.database());
        config.application_name(
            parameters.application_name.as_ref().unwrap_or(&self.startup.application_name),
        );
        config.channel_binding(match parameters.authentication.binding {
            Binding::Disable => ChannelBinding::Disable,
            Binding::Prefer => ChannelBinding::Prefer,
            Binding::Require => ChannelBinding::Require,
        });
        let (startup, _) = target::split(self.target, self.startup.options.as_deref());
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

    fn explain(&self, error: tokio_postgres::Error, progress: &Progress) -> LinkError {
        let place = self.place.clone();
        let user = self.parameters.user().to_owned();
        if let Some(refusal) = refusal(&error) {
            return LinkError::Refused { place, cause: refusal };
        }
        if let Some(cause) = error.as_db_error() {
            let database = self.parameters.database().to_owned();
            return LinkError::Server { place, user, database, cause: Box::new(cause.clone()) };
        }
        if progress.asked() && !progress.accepted() && self.parameters.password(self.host).is_none()
        {
            return LinkError::NoPassword { place, user };
        }
        if error.is_closed() {
            return LinkError::Broken { place, cause: io::ErrorKind::UnexpectedEof.into() };
        }
        LinkError::Login { place, cause: error }
    }

    async fn choose(&self, mut session: Session) -> Result<Link, LinkError> {
        if let Some(wanted) = target::unmet(self.target, &mut session, &self.place).await? {
            drop(session.client);
            // The farewell is a courtesy to the server's log; whether it arrives makes no difference.
            drop(session.connection.await);
            return Err(LinkError::Role { place: self.place.clone(), wanted });
        }
        if let (_, Some(setting)) = target::split(self.target, self.startup.options.as_deref()) {
            target::answer(&mut session, &self.place, &format!("SET {setting}")).await?;
        }
        let cancel = Cancel {
            parameters: self.parameters.clone(),
            host: self.host.clone(),
            address: self.address.clone(),
            place: self.place.clone(),
            encrypted: session.encrypted,
            token: session.client.cancel_token(),
        };
        Ok(Link::new(session.client, session.connection, cancel))
    }
}

/// A bound on the time for one address, if there is one.
pub(crate) async fn within<T>(
    parameters: &Parameters,
    place: &Place,
    work: impl Future<Output = Result<T, LinkError>>,
) -> Result<T, LinkError> {
    let Some(limit) = parameters.connect_timeout else { return work.await };
    let late = |_| Err(LinkError::Timeout { place: place.clone(), limit });
    tokio::time::timeout(limit, work).await.unwrap_or_else(late)
}

/// TLS, unless the server has none and the mode can do without.
pub(crate) async fn secure(
    parameters: &Parameters,
    host: &Host,
    place: &Place,
    mut channel: Channel,
) -> Result<Channel, LinkError> {
    let encryption = &parameters.encryption;
    // Prepared first, so that nothing is sent where a file cannot be used.
    let config = trust::client_config(parameters, host);
    let config = config.map_err(|cause| LinkError::Trust { place: place.clone(), cause })?;
    if !encryption.direct && !socket::request_tls(&mut channel, place).await? {
        return if encryption.mode >= Mode::Require {
            Err(LinkError::NoTls { place: place.clone() })
        } else {
            Ok(channel)
        };
    }
    socket::encrypt(channel, config, host.name.as_deref(), place, encryption.direct).await
}

fn refusal(error: &tokio_postgres::Error) -> Option<Refusal> {
    let cause = std::error::Error::source(error)?.downcast_ref::<io::Error>()?;
    cause.get_ref()?.downcast_ref().copied()
}
