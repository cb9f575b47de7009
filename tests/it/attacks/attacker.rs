//! The client of an attacker: its sessions start without posemo's settings, and it receives every notice of the server.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio_postgres::error::DbError;
use tokio_postgres::types::Type;
use tokio_postgres::{AsyncMessage, Client, Config, Error, NoTls, SimpleQueryMessage};

use crate::server::{Server, runtime};

/// The rows of a result, with the values as text.
pub(super) type Answer = Vec<Vec<Option<String>>>;

/// The server's error.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) sqlstate: String,
    /// The server's complete text: message, detail, hint, context.
    pub(super) text: String,
    /// The text of a query inside a function, which the client must not get.
    pub(super) inner_query: Option<String>,
}

/// A session of a login role.
pub(super) struct Attacker {
    runtime: Runtime,
    client: Client,
    notices: Arc<Mutex<Vec<String>>>,
}

impl Attacker {
    /// Connects; `options` are in the startup packet.
    pub(super) fn connect(
        server: &Server,
        role: &str,
        database: &str,
        options: &str,
    ) -> Result<Attacker, Refusal> {
        let mut config = Config::new();
        config.host_path(server.0.socket()).port(server.0.port()).user(role).dbname(database);
        config.application_name("attacker").connect_timeout(Duration::from_secs(20));
        if !options.is_empty() {
            config.options(options);
        }
        let runtime = runtime();
        let notices = Arc::new(Mutex::new(Vec::new()));
        let received = Arc::clone(&notices);
        let client = runtime.block_on(async {
            let (client, mut connection) = config.connect(NoTls).await?;
            tokio::spawn(async move {
                let message =
                    |context: &mut std::task::Context<'_>| connection.poll_message(context);
                let mut messages = futures_util::stream::poll_fn(message);
                while let Some(Ok(message)) = futures_util::StreamExt::next(&mut messages).await {
                    if let AsyncMessage::Notice(notice) = message {
                        received.lock().unwrap().push(full_text(&notice));
                    }
                }
            });
            Ok(client)
        });
        let client = client.map_err(|error| refusal(&error))?;
        Ok(Attacker { runtime, client, notices })
    }

    /// Sends one text, which may be several statements in one transaction.
    pub(super) fn ask(&self, sql: &str) -> Result<Answer, Refusal> {
        let messages = self.runtime.block_on(self.client.simple_query(sql));
        let row = |message| match message {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|index| row.get(index).map(str::to_owned)).collect())
            }
            _ => None,
        };
        Ok(messages.map_err(|error| refusal(&error))?.into_iter().filter_map(row).collect())
    }

    /// Sends one call with a bound text: the only way for a byte that SQL text cannot contain.
    pub(super) fn bind(&self, sql: &str, text: &str) -> Result<usize, Refusal> {
        let bound: (&(dyn tokio_postgres::types::ToSql + Sync), Type) = (&text, Type::TEXT);
        let rows = self.runtime.block_on(self.client.query_typed(sql, &[bound]));
        Ok(rows.map_err(|error| refusal(&error))?.len())
    }

    /// Takes the notices since the last call.
    pub(super) fn notices(&self) -> Vec<String> {
        std::mem::take(&mut *self.notices.lock().unwrap())
    }

    /// Sends one text, and measures the time.
    pub(super) fn timed(&self, sql: &str) -> (Result<Answer, Refusal>, Duration) {
        let began = Instant::now();
        (self.ask(sql), began.elapsed())
    }
}

fn full_text(error: &DbError) -> String {
    let parts = [Some(error.message()), error.detail(), error.hint(), error.where_()];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

/// A broken connection has no SQLSTATE; it is reported as 08000.
fn refusal(error: &Error) -> Refusal {
    match error.as_db_error() {
        Some(error) => Refusal {
            sqlstate: error.code().code().to_owned(),
            text: full_text(error),
            inner_query: match error.position() {
                Some(tokio_postgres::error::ErrorPosition::Internal { query, .. }) => {
                    Some(query.clone())
                }
                _ => None,
            },
        },
        None => {
            Refusal { sqlstate: "08000".to_owned(), text: error.to_string(), inner_query: None }
        }
    }
}
