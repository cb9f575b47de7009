//! A history on a PostgreSQL server, which several nodes share.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::database::error::DatabaseError;
use crate::database::kept::KeptConnection;
use crate::database::parameters::{Environment, Parameters, ParametersError, place_keyword};
use tables::{DATABASE, ROLE, VERSION};

mod chained;
pub mod copy;
mod evidence;
mod found;
pub mod install;
pub mod lease;
pub mod membership;
mod oldest;
pub(super) mod read;
pub mod tables;
mod upkeep;
mod write;
pub(super) mod writer;

/// The time for one statement of a page.
const READING: Duration = Duration::from_secs(10);

/// Why the tables cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ServerHistoryError {
    /// The server cannot be reached, or refused a statement.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The system refuses the thread or the event loop of a connection.
    #[error("cannot start: {0}")]
    Start(#[from] std::io::Error),
    /// The tables have another version.
    #[error(
        "its tables have version {0}, and this posemo needs {VERSION}: run posemo history install"
    )]
    Version(i64),
    /// The tables do not exist.
    #[error("its tables do not exist: run posemo history install")]
    NotInstalled,
    /// The row with the heads of the chains is missing.
    #[error(
        "table posemo_history.chain is empty, which contains the newest hashes: run posemo history install, which takes those of the newest rows"
    )]
    NoHead,
    /// The lease is renewed, but what other nodes wrote cannot be read.
    #[error("what other nodes wrote cannot be read completely: {0}; this node watches its targets")]
    Unread(Box<ServerHistoryError>),
    /// More silences are in force than are read.
    #[error(
        "{0} more silences are in force than posemo reads, and silence nothing: end some of the others, or remove rows of table posemo_history.silence that posemo did not write"
    )]
    TooManySilences(i64),
    /// The lease of this node has run out, and is renewed soon.
    #[error("the lease of this node has run out")]
    LeaseExpired,
    /// Another node has ended the lease of this node, and may hold its targets.
    #[error("another node has ended the lease of this node; it joins again")]
    LeaseEnded,
}

impl ServerHistoryError {
    /// Whether a statement with this error may be carried out all the same: its answer is missing.
    fn may_be_carried_out(&self) -> bool {
        match self {
            Self::Database(DatabaseError::Connect(_)) => false,
            Self::Database(error) => error
                .sqlstate()
                .is_none_or(|code| ["08", "57P"].iter().any(|class| code.starts_with(class))),
            _ => false,
        }
    }
}

/// A history on a server: how it is reached, and connections for pages.
pub struct ServerHistory {
    parameters: Parameters,
    reader: Mutex<Option<KeptConnection>>,
    /// For what an auditor asks, which takes long: other pages do not wait for it.
    auditor: Mutex<Option<KeptConnection>>,
}

impl ServerHistory {
    /// The history that settings name: a service, a string of key=value pairs, or a URI.
    pub fn of(text: &str) -> Result<Arc<ServerHistory>, ParametersError> {
        ServerHistory::given(&[place_keyword(text)]).map(Arc::new)
    }

    /// The history on a server with these keywords of libpq.
    pub fn given(keywords: &[(String, String)]) -> Result<ServerHistory, ParametersError> {
        let defaults = [("user", ROLE), ("dbname", DATABASE)];
        let parameters = Parameters::resolve(keywords, &defaults, &Environment::of_process())?;
        Ok(ServerHistory { parameters, reader: Mutex::default(), auditor: Mutex::default() })
    }

    /// A new connection. `limit` is the time for each statement.
    fn connection(&self, limit: Duration) -> std::io::Result<KeptConnection> {
        KeptConnection::new(self.parameters.clone(), limit)
    }

    /// A new connection for one transaction, whose time has no limit.
    fn long_connection(&self, limit: Duration) -> std::io::Result<KeptConnection> {
        KeptConnection::for_long_transaction(self.parameters.clone(), limit)
    }

    /// Reads with the connection for pages.
    fn reading<T>(
        &self,
        read: impl Fn(&mut KeptConnection) -> Result<T, DatabaseError>,
    ) -> Result<T, ServerHistoryError> {
        self.reading_through(&self.reader, read)
    }

    /// Reads with the connection for auditors.
    fn auditing<T>(
        &self,
        read: impl Fn(&mut KeptConnection) -> Result<T, DatabaseError>,
    ) -> Result<T, ServerHistoryError> {
        self.reading_through(&self.auditor, read)
    }

    /// A connection that ended while it was not used is opened again.
    fn reading_through<T>(
        &self,
        reader: &Mutex<Option<KeptConnection>>,
        read: impl Fn(&mut KeptConnection) -> Result<T, DatabaseError>,
    ) -> Result<T, ServerHistoryError> {
        let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = match reader.take() {
            Some(connection) => reader.insert(connection),
            None => reader.insert(self.connection(READING)?),
        };
        Ok(connection.again(read)?)
    }
}

/// Refuses tables of another version.
fn check_version(connection: &mut KeptConnection) -> Result<(), ServerHistoryError> {
    let rows = match connection.rows("SELECT number FROM posemo_history.version", &[]) {
        // The schema or the table does not exist.
        Err(error) if matches!(error.sqlstate(), Some("3F000" | "42P01")) => {
            return Err(ServerHistoryError::NotInstalled);
        }
        other => other?,
    };
    let number = rows.first().map(|row| row.number(0)).transpose()?.flatten();
    match number.unwrap_or(0) {
        VERSION => Ok(()),
        other => Err(ServerHistoryError::Version(other)),
    }
}

impl fmt::Display for ServerHistory {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts = self.parameters.hosts().iter();
        let hosts: Vec<String> =
            hosts.map(|host| format!("{}:{}", host.label, host.port)).collect();
        write!(out, "{} on {}", self.parameters.database(), hosts.join(", "))
    }
}

impl fmt::Debug for ServerHistory {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "ServerHistory({self})")
    }
}

impl PartialEq for ServerHistory {
    fn eq(&self, other: &ServerHistory) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for ServerHistory {}
