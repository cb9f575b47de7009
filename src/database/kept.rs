//! A connection that a thread keeps to write and read tables, and opens again after it broke.
//!
//! It waits for each answer, for a limited time, so that its thread needs no event loop.

use std::fmt;
use std::io;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use super::connect::ServerAccess;
use super::error::{DatabaseError, LimitExceeded};
use super::parameters::Parameters;
use super::purpose::Purpose;
use super::session::Session;

/// The code of a statement that the server ended, as it took too long. The session goes on.
const CANCELED: &str = "57014";

/// The rows of one answer.
const MOST_ROWS: usize = 200_000;

/// A value that is bound to a statement.
#[derive(Debug, Clone, PartialEq)]
pub enum BoundValue {
    /// `int8`.
    Number(Option<i64>),
    /// `int8[]`.
    Numbers(Vec<Option<i64>>),
    /// `text`.
    Text(Option<String>),
    /// `text[]`.
    Texts(Vec<Option<String>>),
    /// `bytea[]`.
    Bytes(Vec<Vec<u8>>),
}

impl BoundValue {
    /// A number.
    pub fn number(number: i64) -> BoundValue {
        BoundValue::Number(Some(number))
    }

    /// A text.
    pub fn text(text: &str) -> BoundValue {
        BoundValue::Text(Some(storable(text)))
    }

    /// A text or null.
    pub fn optional(text: Option<&str>) -> BoundValue {
        BoundValue::Text(text.map(storable))
    }

    /// An array of texts.
    pub fn texts<'t>(texts: impl IntoIterator<Item = &'t str>) -> BoundValue {
        BoundValue::Texts(texts.into_iter().map(|text| Some(storable(text))).collect())
    }

    /// An array of texts and nulls.
    pub fn optional_texts<'t>(texts: impl IntoIterator<Item = Option<&'t str>>) -> BoundValue {
        BoundValue::Texts(texts.into_iter().map(|text| text.map(storable)).collect())
    }

    /// An array of numbers.
    pub fn numbers(numbers: impl IntoIterator<Item = i64>) -> BoundValue {
        BoundValue::Numbers(numbers.into_iter().map(Some).collect())
    }

    fn bound(&self) -> (&(dyn ToSql + Sync), Type) {
        match self {
            BoundValue::Number(value) => (value, Type::INT8),
            BoundValue::Numbers(values) => (values, Type::INT8_ARRAY),
            BoundValue::Text(value) => (value, Type::TEXT),
            BoundValue::Texts(values) => (values, Type::TEXT_ARRAY),
            BoundValue::Bytes(values) => (values, Type::BYTEA_ARRAY),
        }
    }
}

/// The text as a server can store it: it refuses the character with the number 0, and with it the whole statement.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// A row of an answer.
#[derive(Debug)]
pub struct StoredRow(Row);

impl StoredRow {
    /// A column of type `int8`.
    pub fn number(&self, column: usize) -> Result<Option<i64>, DatabaseError> {
        Ok(self.0.try_get(column)?)
    }

    /// A column of type `text`.
    pub fn text(&self, column: usize) -> Result<Option<String>, DatabaseError> {
        Ok(self.0.try_get(column)?)
    }

    /// A column of type `bytea`.
    pub fn bytes(&self, column: usize) -> Result<Option<Vec<u8>>, DatabaseError> {
        Ok(self.0.try_get(column)?)
    }
}

/// A connection that is opened when it is needed.
pub struct KeptConnection {
    runtime: Runtime,
    access: ServerAccess,
    purpose: Purpose,
    limit: Duration,
    session: Option<Session>,
}

impl KeptConnection {
    /// A connection that is not open yet. `limit` is the time for connecting, and for each statement.
    pub fn new(parameters: Parameters, limit: Duration) -> io::Result<KeptConnection> {
        KeptConnection::with_purpose(parameters, Purpose::Store { statement: limit }, limit)
    }

    /// The same for one transaction with many statements, whose time has no limit.
    pub fn for_long_transaction(
        parameters: Parameters,
        limit: Duration,
    ) -> io::Result<KeptConnection> {
        KeptConnection::with_purpose(parameters, Purpose::Copy { statement: limit }, limit)
    }

    fn with_purpose(
        parameters: Parameters,
        purpose: Purpose,
        limit: Duration,
    ) -> io::Result<KeptConnection> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
        let access = ServerAccess::new(parameters);
        Ok(KeptConnection { runtime, access, purpose, limit, session: None })
    }

    /// Whether it is open, as far as is known.
    pub fn is_open(&self) -> bool {
        self.session.as_ref().is_some_and(|session| !session.is_closed())
    }

    /// Opens it, unless it is open.
    pub fn open(&mut self) -> Result<(), DatabaseError> {
        if self.is_open() {
            return Ok(());
        }
        self.session = None;
        let (access, purpose, limit) = (&self.access, self.purpose, self.limit);
        let opened = self.runtime.block_on(async {
            let deadline = Some(Instant::now() + limit);
            let opening = async {
                let session = Session::open_until(access, purpose, deadline).await?;
                session.complete_settings().await.map(|()| session)
            };
            match tokio::time::timeout(limit, opening).await {
                Ok(opened) => opened,
                Err(_) => Err(late("connecting to the server", limit)),
            }
        });
        self.session = Some(opened?);
        Ok(())
    }

    /// Runs a statement, and returns its rows. After an error of the connection, the next call opens it again.
    pub fn rows(
        &mut self,
        statement: &str,
        values: &[BoundValue],
    ) -> Result<Vec<StoredRow>, DatabaseError> {
        self.open()?;
        let Some(session) = &self.session else { return Ok(Vec::new()) };
        session.renew();
        // The server ends the statement first, and the session goes on.
        let limit = self.limit + self.limit / 4;
        let answer = self.runtime.block_on(async {
            let bound: Vec<_> = values.iter().map(BoundValue::bound).collect();
            let rows = session.typed_rows(statement, &bound, MOST_ROWS);
            match tokio::time::timeout(limit, rows).await {
                Ok(answer) => answer,
                Err(_) => Err(late("the statement", limit)),
            }
        });
        // A server that became a standby is searched for again.
        let is_lost = |error: &DatabaseError| {
            let has_ended = |code| code == "25006" || error.outage().is_some();
            error.sqlstate().is_none_or(|code| code != CANCELED && has_ended(code))
        };
        if answer.as_ref().is_err_and(is_lost) {
            self.session = None;
        }
        Ok(answer?.into_iter().map(StoredRow).collect())
    }

    /// The same for a statement that may be sent twice.
    pub fn repeatable(
        &mut self,
        statement: &str,
        values: &[BoundValue],
    ) -> Result<Vec<StoredRow>, DatabaseError> {
        self.again(|connection| connection.rows(statement, values))
    }

    /// Runs statements that may be sent twice: again on a new connection, if this one ended, as it may have while it was not used.
    /// After any other error they would take as long, or send as much, once more.
    pub fn again<T>(
        &mut self,
        run: impl Fn(&mut KeptConnection) -> Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError> {
        let was_open = self.is_open();
        match run(self) {
            Err(error) if was_open && error.is_end_of_connection() => run(self),
            other => other,
        }
    }

    /// Runs a statement without rows.
    pub fn run(&mut self, statement: &str) -> Result<(), DatabaseError> {
        self.rows(statement, &[]).map(|_| ())
    }

    /// Ends the session, so that the server does not count it as abandoned.
    pub fn close(&mut self) {
        self.session = None;
        self.runtime.block_on(async { tokio::time::sleep(Duration::from_millis(2)).await });
    }
}

impl fmt::Debug for KeptConnection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("KeptConnection").field("limit", &self.limit).finish_non_exhaustive()
    }
}

fn late(action: &str, limit: Duration) -> DatabaseError {
    DatabaseError::Late(LimitExceeded::new(action, limit))
}
