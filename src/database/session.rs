//! One session with one database: it calls posemo's functions or installs them.
//!
//! It does not interpret what the server returns.

use futures_util::{StreamExt, TryStreamExt};
use tokio_postgres::{Client, SimpleQueryMessage};

use super::call;
use super::cell::Cell;
use super::connect::{self, CancelHandle, Connection, ServerAccess, Startup};
use super::error::DatabaseError;
use super::parameters::Parameters;
use super::purpose::{Purpose, startup_options, statements};
use crate::catalog::function::{ArgumentValue, FunctionSignature};
use crate::rows::Rows;

/// One connection to one database.
pub struct Session {
    pub(super) client: Client,
    cancel: CancelHandle,
    host: String,
    port: u16,
    server_version: Option<String>,
}

impl Session {
    /// Connects.
    pub async fn open(parameters: &Parameters, purpose: Purpose) -> Result<Session, DatabaseError> {
        Session::open_with(&ServerAccess::new(parameters.clone()), purpose).await
    }

    /// Connects; all sessions of the same access read certificate files once. Settings are sent with the first packet;
    /// where a pooler refuses that, right after it.
    pub async fn open_with(
        access: &ServerAccess,
        purpose: Purpose,
    ) -> Result<Session, DatabaseError> {
        let settings = purpose.settings();
        let mut startup = Startup {
            options: Some(startup_options(&settings)),
            application_name: concat!("posemo/", env!("CARGO_PKG_VERSION")).to_owned(),
        };
        match connect::open(access, &startup).await {
            Ok(connection) => Ok(Session::start(connection)),
            Err(error) if error.refuses_startup_options() => {
                startup.options = None;
                let session = Session::start(connect::open(access, &startup).await?);
                session.client.batch_execute(&statements(&settings)).await?;
                Ok(session)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn start(connection: Connection) -> Session {
        // The task ends with the connection, and the connection with the client.
        tokio::spawn(connection.task);
        Session {
            client: connection.client,
            cancel: connection.cancel,
            host: connection.host,
            port: connection.port,
            server_version: connection.server_version,
        }
    }

    /// The host name, address or socket directory that answered.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port that answered.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `server_version` as reported at the login, without the packager's addition.
    pub fn server_version(&self) -> Option<&str> {
        self.server_version.as_deref().and_then(|text| text.split_whitespace().next())
    }

    /// Calls the function of a query. Concurrent calls are sent one after the other without waiting for answers,
    /// and an error of one call does not affect the others. Rows beyond `limit` are dropped: posemo's functions
    /// return fewer, and a foreign function must not fill the memory.
    pub async fn call(
        &self,
        schema: &str,
        signature: &FunctionSignature,
        arguments: &[ArgumentValue],
        limit: u32,
    ) -> Result<Rows, DatabaseError> {
        let text = call::statement(schema, signature);
        let bound: Vec<_> = signature
            .arguments
            .iter()
            .zip(arguments)
            .map(|(argument, value)| call::parameter(argument.sql_type, value))
            .collect();
        let answer = self.client.query_typed_raw(&text, bound).await?;
        let mut answer = std::pin::pin!(answer.take(usize::try_from(limit).unwrap_or(usize::MAX)));
        let columns = signature.columns.iter().map(|column| column.name.clone()).collect();
        let mut rows = Rows { columns, rows: Vec::new() };
        while let Some(row) = answer.try_next().await? {
            let cells =
                (0..row.len()).map(|index| row.try_get::<_, Cell>(index).map(|cell| cell.0));
            rows.rows.push(cells.collect::<Result<_, _>>()?);
        }
        Ok(rows)
    }

    /// Runs statements and ignores the rows that they return.
    pub async fn apply(&self, sql: &str) -> Result<(), DatabaseError> {
        Ok(self.client.batch_execute(sql).await?)
    }

    /// Runs a query; the first column of every row, as text.
    pub async fn ask(&self, sql: &str) -> Result<Vec<Option<String>>, DatabaseError> {
        let messages = self.client.simple_query(sql).await?;
        let first = |message| match message {
            SimpleQueryMessage::Row(row) => Some(row.get(0).map(str::to_owned)),
            _ => None,
        };
        Ok(messages.into_iter().filter_map(first).collect())
    }

    /// Runs a query; all rows, each value as text.
    pub async fn table(&self, sql: &str) -> Result<Vec<Vec<Option<String>>>, DatabaseError> {
        let messages = self.client.simple_query(sql).await?;
        let values = |message| match message {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|index| row.get(index).map(str::to_owned)).collect())
            }
            _ => None,
        };
        Ok(messages.into_iter().filter_map(values).collect())
    }

    /// The columns that a statement would return: the name of each, and whether its type is a pseudo-type, which
    /// a table cannot have. The server parses the statement and does not run it.
    pub async fn columns(&self, sql: &str) -> Result<Vec<(String, bool)>, DatabaseError> {
        let statement = self.client.prepare(sql).await?;
        let column = |column: &tokio_postgres::Column| {
            let is_pseudo = *column.type_().kind() == tokio_postgres::types::Kind::Pseudo;
            (column.name().to_owned(), is_pseudo)
        };
        Ok(statement.columns().iter().map(column).collect())
    }

    /// Whether a boolean expression is true on the server.
    pub async fn holds(&self, expression: &str) -> Result<bool, DatabaseError> {
        let answer = self.ask(&format!("SELECT {expression}")).await?;
        Ok(answer.first().and_then(Option::as_deref) == Some("t"))
    }

    /// Whether the connection has ended.
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Asks the server to cancel what it is running for this session.
    pub async fn cancel(&self) -> Result<(), DatabaseError> {
        Ok(self.cancel.send().await?)
    }
}
