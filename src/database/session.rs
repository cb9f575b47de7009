//! One session with one database: it calls posemo's functions or installs them.
//!
//! It does not interpret what the server returns.

use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use tokio::time::Instant;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row, SimpleQueryMessage, SimpleQueryRow};

use super::call;
use super::cell::{Cell as SqlCell, LossyText};
use super::connect::{self, CancelHandle, Connection, Intake, LastWarning, ServerAccess, Startup};
use super::error::DatabaseError;
use super::parameters::Parameters;
use super::purpose::{IDLE_TIMEOUT, Purpose, SessionSetting, startup_options, statements};
use super::runtime;
use super::tls::ShownCertificate;
use crate::catalog::function::{ArgumentValue, FunctionSignature};
use crate::catalog::server_version::reported_major;
use crate::finding::report::ServerRole;
use crate::rows::Rows;

/// One connection to one database.
pub struct Session {
    pub(super) client: Client,
    cancel: CancelHandle,
    host: String,
    port: u16,
    server_version: Option<String>,
    /// The role of the server at the login; servers from 14 on report it.
    pub(super) role: Option<ServerRole>,
    /// How long it took to connect and to log in.
    opened_in: Duration,
    /// What the server shows of its certificate; absent without TLS.
    certificate: Option<ShownCertificate>,
    /// Settings that are still to be sent.
    late: Cell<Vec<SessionSetting>>,
    intake: Intake,
    warning: LastWarning,
}

/// Rows of one answer at most, except for checks, which have their own limit.
const MOST_ROWS: usize = 200_000;

/// The time for connecting that an administrator's command has. psql waits without end for a server that accepts the
/// connection and sends nothing.
const ADMINISTRATION: Duration = Duration::from_secs(60);

/// How long a login is tried again while the server or the role has no connection left: two monitoring systems that
/// start all their plugins at once need several times the limit for a moment.
const CROWD: Duration = Duration::from_secs(3);

impl Session {
    /// Connects for a command of an administrator.
    pub async fn open(parameters: &Parameters, purpose: Purpose) -> Result<Session, DatabaseError> {
        let deadline = Some(Instant::now() + ADMINISTRATION);
        Session::open_until(&ServerAccess::new(parameters.clone()), purpose, deadline).await
    }

    /// Connects before a deadline; all sessions of the same access read certificate files once.
    pub async fn open_until(
        access: &ServerAccess,
        purpose: Purpose,
        deadline: Option<Instant>,
    ) -> Result<Session, DatabaseError> {
        let began = Instant::now();
        let patience = began + CROWD;
        let patience = deadline.map_or(patience, |deadline| deadline.min(patience));
        let mut pause = Duration::from_millis(20);
        loop {
            match connect_once(access, purpose, deadline).await {
                Err(DatabaseError::Connect(error))
                    if error.is_too_many_connections() && Instant::now() + pause < patience =>
                {
                    // Calls that started together must not come back together.
                    tokio::time::sleep(pause.mul_f64(jitter())).await;
                    pause = (pause * 2).min(Duration::from_millis(300));
                }
                other => {
                    return other.map(|session| Session { opened_in: began.elapsed(), ..session });
                }
            }
        }
    }

    fn start(connection: Connection, late: Vec<SessionSetting>) -> Session {
        let intake = connection.intake();
        let warning = connection.warning.clone();
        // The task ends with the connection, and the connection with the client.
        runtime::spawn(connection.task);
        Session {
            client: connection.client,
            cancel: connection.cancel,
            host: connection.host,
            port: connection.port,
            server_version: connection.server_version,
            role: connection.role,
            opened_in: Duration::ZERO,
            certificate: connection.certificate,
            late: Cell::new(late),
            intake,
            warning,
        }
    }

    /// The last warning that the server has sent since the last call of this function.
    pub fn warning(&self) -> Option<String> {
        self.warning.take()
    }

    /// How long it took to connect and to log in.
    pub fn opened_in(&self) -> Duration {
        self.opened_in
    }

    /// What the server shows of its certificate; absent without TLS.
    pub(crate) fn certificate(&self) -> Option<ShownCertificate> {
        self.certificate
    }

    /// Sends the settings that only newer servers know, once. Other queries can be sent at the same time.
    pub(super) async fn complete_settings(&self) -> Result<(), DatabaseError> {
        let late = self.late.take();
        if late.is_empty() { Ok(()) } else { self.apply(&statements(&late)).await }
    }

    /// Removes `idle_session_timeout` from the settings to send, if it is the only one, and returns its value. A query
    /// can set it without a separate message.
    pub(super) fn take_idle_timeout(&self) -> Option<String> {
        let late = self.late.take();
        match late.as_slice() {
            [(name, value)] if *name == IDLE_TIMEOUT => Some(value.clone()),
            _ => {
                self.late.set(late);
                None
            }
        }
    }

    /// Sends the settings together with a first call. A session that is used at once needs no `idle_session_timeout`.
    async fn settings_of_call(&self) -> Result<(), DatabaseError> {
        match self.take_idle_timeout() {
            Some(value) => {
                self.late.set(vec![(IDLE_TIMEOUT, value)]);
                Ok(())
            }
            None => self.complete_settings().await,
        }
    }

    /// Prepares a kept session for its next use: the server may send as much again as a new session may get.
    pub fn renew(&self) {
        self.intake.renew();
    }

    /// Access to the server that answered, and to no other of the list.
    pub fn same_server(&self) -> ServerAccess {
        self.cancel.same_server()
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
    /// and an error of one call does not affect the others. The server sends at most `limit` rows.
    pub async fn call(
        &self,
        schema: &str,
        signature: &FunctionSignature,
        arguments: &[ArgumentValue],
        limit: u32,
    ) -> Result<Rows, DatabaseError> {
        let (completed, rows) = tokio::join!(
            self.settings_of_call(),
            self.rows_of_call(schema, signature, arguments, limit)
        );
        completed?;
        rows
    }

    async fn rows_of_call(
        &self,
        schema: &str,
        signature: &FunctionSignature,
        arguments: &[ArgumentValue],
        limit: u32,
    ) -> Result<Rows, DatabaseError> {
        let text = call::statement(schema, signature, limit);
        let bound: Vec<_> = signature
            .arguments
            .iter()
            .zip(arguments)
            .map(|(argument, value)| call::parameter(argument.sql_type, value))
            .collect();
        let answer = self.client.query_typed_raw(&text, bound).await;
        let answer = answer.map_err(|error| self.failure(error))?;
        let mut answer = std::pin::pin!(answer.take(usize::try_from(limit).unwrap_or(usize::MAX)));
        let columns = signature.columns.iter().map(|column| column.name.clone()).collect();
        let mut rows = Rows { columns, rows: Vec::new() };
        while let Some(row) = answer.try_next().await.map_err(|error| self.failure(error))? {
            let cells = (0..row.len()).map(|index| match row.try_get::<_, SqlCell>(index) {
                Ok(cell) => Ok(cell.0),
                Err(error) => Err(DatabaseError::unreadable(&error)),
            });
            rows.rows.push(cells.collect::<Result<_, _>>()?);
        }
        Ok(rows)
    }

    /// Runs statements and ignores the rows that they return.
    pub async fn apply(&self, sql: &str) -> Result<(), DatabaseError> {
        self.run_each(sql, |_| Ok(())).await
    }

    /// Runs a query; the first column of every row, as text.
    pub async fn ask(&self, query: &str) -> Result<Vec<Option<String>>, DatabaseError> {
        let rows = self.table(query, 1).await?;
        Ok(rows.into_iter().map(|mut row| row.swap_remove(0)).collect())
    }

    /// Runs a query; its first columns, as text. Bytes that are not valid in the encoding of the connection are
    /// replaced: a name in a database can contain them.
    pub async fn table(
        &self,
        query: &str,
        columns: usize,
    ) -> Result<Vec<Vec<Option<String>>>, DatabaseError> {
        let names: Vec<String> = (1..=columns).map(|number| format!("c{number}")).collect();
        let texts: Vec<String> =
            names.iter().map(|name| format!("q.{name}::pg_catalog.text")).collect();
        // The line break ends a comment at the end of the query.
        let (texts, names) = (texts.join(", "), names.join(", "));
        let query = format!("SELECT {texts} FROM (\n{query}\n) AS q({names})");
        let rows = self.typed_rows(&query, &[], MOST_ROWS).await?;
        let text =
            |row: &Row, index| Ok(row.try_get::<_, Option<LossyText>>(index)?.map(|it| it.0));
        rows.iter().map(|row| (0..columns).map(|index| text(row, index)).collect()).collect()
    }

    /// Runs statements; the first column of every row that they return.
    pub async fn run(&self, statements: &str) -> Result<Vec<Option<String>>, DatabaseError> {
        let mut rows = Vec::new();
        let read = |row: &SimpleQueryRow| {
            rows.push(row.try_get(0)?.map(str::to_owned));
            Ok(())
        };
        self.run_each(statements, read).await?;
        Ok(rows)
    }

    /// Runs statements, and reads each row that they return; an error where there are too many.
    async fn run_each(
        &self,
        statements: &str,
        mut read: impl FnMut(&SimpleQueryRow) -> Result<(), tokio_postgres::Error>,
    ) -> Result<(), DatabaseError> {
        let messages = self.client.simple_query_raw(statements).await;
        let mut messages = std::pin::pin!(messages.map_err(|error| self.failure(error))?);
        let mut rows = 0;
        while let Some(message) = messages.try_next().await.map_err(|error| self.failure(error))? {
            let SimpleQueryMessage::Row(row) = message else { continue };
            if rows == MOST_ROWS {
                return Err(too_many_rows(MOST_ROWS));
            }
            rows += 1;
            read(&row)?;
        }
        Ok(())
    }

    /// Runs a query with bound values; an error where it has more than `most` rows.
    pub(super) async fn typed_rows(
        &self,
        query: &str,
        bound: &[(&(dyn ToSql + Sync), Type)],
        most: usize,
    ) -> Result<Vec<Row>, DatabaseError> {
        let bound = bound.iter().map(|(value, kind)| (*value, kind.clone()));
        let answer = self.client.query_typed_raw(query, bound).await;
        let mut answer = std::pin::pin!(answer.map_err(|error| self.failure(error))?);
        let mut rows = Vec::new();
        while let Some(row) = answer.try_next().await.map_err(|error| self.failure(error))? {
            if rows.len() == most {
                return Err(too_many_rows(most));
            }
            rows.push(row);
        }
        Ok(rows)
    }

    /// The columns that a statement would return: the name of each, and whether its type is a pseudo-type, which
    /// a table cannot have. The server parses the statement and does not run it.
    pub async fn columns(&self, sql: &str) -> Result<Vec<(String, bool)>, DatabaseError> {
        let statement = self.client.prepare(sql).await.map_err(|error| self.failure(error))?;
        let column = |column: &tokio_postgres::Column| {
            let is_pseudo = *column.type_().kind() == tokio_postgres::types::Kind::Pseudo;
            (column.name().to_owned(), is_pseudo)
        };
        Ok(statement.columns().iter().map(column).collect())
    }

    /// The error of a statement: if posemo ended the connection, the reason.
    fn failure(&self, error: tokio_postgres::Error) -> DatabaseError {
        let refusal = error.as_db_error().is_none().then(|| self.intake.refusal()).flatten();
        refusal.map_or_else(|| error.into(), DatabaseError::Refused)
    }

    /// Whether a boolean expression is true on the server.
    pub async fn holds(&self, expression: &str) -> Result<bool, DatabaseError> {
        let answer = self.ask(&format!("SELECT {expression}")).await?;
        Ok(answer.first().and_then(Option::as_deref) == Some("true"))
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

/// Connects. Settings are sent with the first packet; where that is refused, right after the login. So are those that
/// only newer servers know, until the version of the server is known.
async fn connect_once(
    access: &ServerAccess,
    purpose: Purpose,
    deadline: Option<Instant>,
) -> Result<Session, DatabaseError> {
    let known = access.major();
    let mut settings = purpose.settings();
    settings.extend(known.map(|major| purpose.settings_since(major)).unwrap_or_default());
    let mut startup = Startup {
        options: (!access.refuses_options()).then(|| startup_options(&settings)),
        application_name: concat!("posemo/", env!("CARGO_PKG_VERSION")).to_owned(),
        intake: purpose.intake(),
    };
    let opened = connect::open(access, &startup, deadline).await;
    let connection = match opened {
        Err(error) if startup.options.is_some() && error.may_be_due_to_options() => {
            startup.options = None;
            let connection = connect::open(access, &startup, deadline).await?;
            access.remember_refused_options();
            connection
        }
        opened => opened?,
    };
    let mut late = if startup.options.is_some() { Vec::new() } else { settings };
    if let (None, Some(major)) =
        (known, connection.server_version.as_deref().and_then(reported_major))
    {
        access.remember_major(major);
        late.extend(purpose.settings_since(major));
    }
    let wait = startup.options.is_none() || matches!(purpose, Purpose::Install);
    let session = Session::start(connection, late);
    if !wait {
        // A monitoring session sends them together with its first query.
        return Ok(session);
    }
    match session.complete_settings().await {
        // A time-out of the role ended the session before its setting arrived; now the version is known.
        Err(error) if known.is_none() && error.is_end_of_session() => {
            Box::pin(connect_once(access, purpose, deadline)).await
        }
        Err(error) => Err(error),
        Ok(()) => Ok(session),
    }
}

fn too_many_rows(most: usize) -> DatabaseError {
    DatabaseError::Answer { reason: format!("it has more than {most} rows") }
}

/// A factor from 0.5 to 1.5.
fn jitter() -> f64 {
    let random = RandomState::new().hash_one(0_u8) % 1000;
    0.5 + f64::from(u32::try_from(random).expect("it is below 1000")) / 1000.0
}
