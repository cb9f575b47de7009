//! The only way to PostgreSQL: a session, which is asked through posemo's functions or installs them.
//!
//! It knows no thresholds and has no opinion on what comes back.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::catalog::function::{ArgumentValue, FunctionSignature};
use crate::rows::Rows;
use cell::Cell;
use error::DatabaseError;
use link::{Link, Startup};
use parameters::Parameters;

pub use runtime::runtime;

mod call;
mod cell;
pub mod error;
pub mod link;
pub mod parameters;
pub mod password;
pub mod probe;
mod runtime;

/// What a session is for; it decides with which settings it starts.
#[derive(Debug, Clone, Copy)]
pub enum Purpose {
    /// Asks checks: reads only, and is stopped by the server when a statement takes too long.
    Monitor {
        /// The most that one statement may take.
        statement: Duration,
    },
    /// Installs: whatever a database or a role has set must not change what the script means.
    Install,
}

/// One connection to one database.
pub struct Session {
    client: Client,
    cancel: link::Cancel,
    host: String,
    port: u16,
    server_version: Option<String>,
}

impl Session {
    /// Connects. Settings go with the first packet; where a pooler refuses that, right after it.
    pub async fn open(parameters: &Parameters, purpose: Purpose) -> Result<Session, DatabaseError> {
        let settings = purpose.settings();
        let mut startup =
            Startup { options: Some(options(&settings)), application_name: application_name() };
        match link::open(parameters, &startup).await {
            Ok(link) => Ok(Session::of(link)),
            Err(error) if error.refuses_startup_options() => {
                startup.options = None;
                let session = Session::of(link::open(parameters, &startup).await?);
                session.client.batch_execute(&statements(&settings)).await?;
                Ok(session)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn of(link: Link) -> Session {
        // It ends with the connection, and the connection with the client.
        tokio::spawn(link.connection);
        Session {
            client: link.client,
            cancel: link.cancel,
            host: link.host,
            port: link.port,
            server_version: link.server_version,
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

    /// `server_version`, less what the packager added.
    pub fn server_version(&self) -> Option<&str> {
        self.server_version.as_deref().and_then(|text| text.split_whitespace().next())
    }

    /// Calls the function of a query. Several calls at once are sent one after the other without waiting,
    /// and an error of one is not an error of the others. Of more rows than `limit` the rest is dropped:
    /// posemo's own functions return none, and another's must not fill the memory.
    pub async fn call(
        &self,
        schema: &str,
        signature: &FunctionSignature,
        arguments: &[ArgumentValue],
        limit: u32,
    ) -> Result<Rows, DatabaseError> {
        let text = call::text(schema, signature);
        let bound: Vec<_> = signature
            .arguments
            .iter()
            .zip(arguments)
            .map(|(argument, value)| call::bound(argument.sql_type, value))
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

    /// Runs statements of an installation.
    pub async fn apply(&self, sql: &str) -> Result<(), DatabaseError> {
        Ok(self.client.batch_execute(sql).await?)
    }

    /// The first value of the first row of each row's answer, as text: for questions of an installation.
    pub async fn ask(&self, sql: &str) -> Result<Vec<Option<String>>, DatabaseError> {
        let messages = self.client.simple_query(sql).await?;
        let first = |message| match message {
            SimpleQueryMessage::Row(row) => Some(row.get(0).map(str::to_owned)),
            _ => None,
        };
        Ok(messages.into_iter().filter_map(first).collect())
    }

    /// All rows of an answer, each value as text: for questions about an installation.
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

    /// The columns that a statement would return, in their order: the name of each, and whether it is of a
    /// type that no table can have. The statement is read and not run.
    pub async fn columns(&self, sql: &str) -> Result<Vec<(String, bool)>, DatabaseError> {
        let statement = self.client.prepare(sql).await?;
        let column = |column: &tokio_postgres::Column| {
            let is_pseudo = *column.type_().kind() == tokio_postgres::types::Kind::Pseudo;
            (column.name().to_owned(), is_pseudo)
        };
        Ok(statement.columns().iter().map(column).collect())
    }

    /// Whether a boolean expression of an installation holds.
    pub async fn holds(&self, expression: &str) -> Result<bool, DatabaseError> {
        let answer = self.ask(&format!("SELECT {expression}")).await?;
        Ok(answer.first().and_then(Option::as_deref) == Some("t"))
    }

    /// Whether the connection has ended.
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Asks the server to give up what it is doing for this session.
    pub async fn cancel(&self) -> Result<(), DatabaseError> {
        Ok(self.cancel.send().await?)
    }
}

impl Purpose {
    fn settings(self) -> Vec<(&'static str, String)> {
        let mut settings = vec![
            ("search_path", "pg_catalog,pg_temp".to_owned()),
            ("standard_conforming_strings", "on".to_owned()),
            ("DateStyle", "ISO".to_owned()),
            ("IntervalStyle", "postgres".to_owned()),
            ("TimeZone", "UTC".to_owned()),
            ("bytea_output", "hex".to_owned()),
            ("extra_float_digits", "1".to_owned()),
            ("quote_all_identifiers", "off".to_owned()),
            ("transform_null_equals", "off".to_owned()),
            ("local_preload_libraries", String::new()),
            ("role", "none".to_owned()),
            // A standby refuses what is serializable, and elsewhere it may have to wait for others.
            ("default_transaction_isolation", "read committed".to_owned()),
            ("default_transaction_deferrable", "off".to_owned()),
            // The error of one check is not to end the session of all.
            ("exit_on_error", "off".to_owned()),
            // The queries are small; compiling one costs more than running it.
            ("jit", "off".to_owned()),
        ];
        match self {
            Purpose::Monitor { statement } => settings.extend([
                ("default_transaction_read_only", "on".to_owned()),
                ("statement_timeout", format!("{}ms", statement.as_millis())),
                ("lock_timeout", "2s".to_owned()),
                ("idle_in_transaction_session_timeout", "60s".to_owned()),
            ]),
            Purpose::Install => settings.extend([
                ("default_transaction_read_only", "off".to_owned()),
                ("statement_timeout", "0".to_owned()),
                ("idle_in_transaction_session_timeout", "0".to_owned()),
                ("client_min_messages", "warning".to_owned()),
            ]),
        }
        settings
    }
}

/// As the startup packet takes them, with its blanks escaped. None of the values holds a backslash.
fn options(settings: &[(&str, String)]) -> String {
    let option =
        |(name, value): &(&str, String)| format!("-c {name}={}", value.replace(' ', "\\ "));
    settings.iter().map(option).collect::<Vec<_>>().join(" ")
}

/// As statements, for poolers. What only the first packet can change is left out.
fn statements(settings: &[(&str, String)]) -> String {
    let late =
        settings.iter().filter(|(name, _)| !matches!(*name, "local_preload_libraries" | "role"));
    late.map(|(name, value)| {
        // A list must not be quoted as one: it would be one name with a comma in it.
        if *name == "search_path" {
            format!("SET {name} = {value};")
        } else {
            format!("SET {name} = '{value}';")
        }
    })
    .collect()
}

fn application_name() -> String {
    concat!("posemo/", env!("CARGO_PKG_VERSION")).to_owned()
}
