//! A login that succeeded, and single queries in it before the connection is handed over.

use std::io;
use std::sync::Arc;

use tokio_postgres::{Client, SimpleQueryMessage};

use super::endpoint::Endpoint;
use super::error::ConnectError;
use super::guard::{LoginGuard, LoginProgress};
use crate::database::tls::ShownCertificate;

/// The driver's half of a connection.
pub(super) type ConnectionDriver = tokio_postgres::Connection<LoginGuard, LoginGuard>;

/// A login that succeeded.
pub(super) struct Login {
    pub(super) client: Client,
    pub(super) driver: ConnectionDriver,
    pub(super) encrypted: bool,
    pub(super) certificate: Option<ShownCertificate>,
    pub(super) progress: Arc<LoginProgress>,
}

impl Login {
    /// Runs a statement; the first value that it returns.
    pub(super) async fn query(
        &mut self,
        endpoint: &Endpoint,
        sql: &str,
    ) -> Result<Option<String>, ConnectError> {
        let failed = |cause| ConnectError::Login { endpoint: endpoint.clone(), cause };
        let Login { client, driver, .. } = self;
        let messages = tokio::select! {
            messages = client.simple_query(sql) => messages.map_err(failed)?,
            ended = driver => {
                ended.map_err(failed)?;
                let cause = io::ErrorKind::UnexpectedEof.into();
                return Err(ConnectError::Closed { endpoint: endpoint.clone(), cause });
            }
        };
        Ok(messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        }))
    }
}
