//! Opens a session with posemo and with psql, in the same environment, and returns where it landed.
//!
//! It starts no server.

use std::path::{Path, PathBuf};
use std::process::Command;

use posemo::database::connect::{self, ConnectError, Connection, ServerAccess, Startup};
use posemo::database::parameters::{Environment, Parameters};

/// Where a session is: role, database, port, TLS, application, read-only by default.
pub(super) const QUESTION: &str = "select concat_ws('|', current_user, current_database(), inet_server_port(), \
    (select ssl from pg_stat_ssl where pid = pg_backend_pid()), current_setting('application_name'), \
    current_setting('default_transaction_read_only'))";

/// The environment of a client: a separate home directory and a few variables.
pub(super) struct Surroundings {
    pub(super) home: PathBuf,
    pub(super) variables: Vec<(String, String)>,
}

impl Surroundings {
    pub(super) fn new(home: &Path, variables: &[(&str, &str)]) -> Surroundings {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Surroundings { home: home.to_owned(), variables: variables.iter().map(owned).collect() }
    }

    pub(super) fn environment(&self) -> Environment {
        let variables = self.variables.clone();
        let look_up = move |name: &str| {
            variables.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
        };
        Environment {
            variable: Box::new(look_up),
            home: Some(self.home.clone()),
            user: Box::new(|| Some("root".to_owned())),
            socket_directories: vec!["/var/run/postgresql".into()],
            system_configuration: self.home.clone(),
        }
    }

    /// The parameters of a connection string here.
    pub(super) fn resolve(&self, conninfo: &str) -> Result<Parameters, String> {
        let given = [("dbname".to_owned(), conninfo.to_owned())];
        Parameters::resolve(&given, &[], &self.environment()).map_err(|error| error.to_string())
    }

    /// Where posemo lands, or its error with all causes.
    pub(super) fn posemo(&self, conninfo: &str) -> Result<String, String> {
        let parameters = self.resolve(conninfo)?;
        let startup = Startup { application_name: "psql".to_owned(), ..Startup::default() };
        run(async {
            let connection = open(&parameters, &startup).await.map_err(|error| chain(&error))?;
            Ok(ask(connection, QUESTION).await)
        })
    }

    /// Runs statements.
    pub(super) fn execute(&self, conninfo: &str, sql: &str) {
        let parameters = self.resolve(conninfo).expect("parameters");
        run(async {
            let connection = open(&parameters, &Startup::default()).await;
            let connection = connection.unwrap_or_else(|error| panic!("{}", chain(&error)));
            tokio::spawn(connection.task);
            // One by one, as a database cannot be created in a transaction.
            for statement in sql.split(';') {
                connection.client.batch_execute(statement).await.expect("a statement");
            }
        });
    }

    /// Where psql lands, or its error.
    pub(super) fn psql(&self, psql: &Path, conninfo: &str) -> Result<String, String> {
        let output = Command::new(psql)
            .args(["-XAtwc", QUESTION, "-d", conninfo])
            .env_clear()
            .env("HOME", &self.home)
            .env("PGSYSCONFDIR", &self.home)
            .envs(self.variables.iter().cloned())
            .output()
            .expect("psql starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }
}

/// Opens a connection with new access to the server.
pub(super) async fn open(
    parameters: &Parameters,
    startup: &Startup,
) -> Result<Connection, ConnectError> {
    connect::open(&ServerAccess::new(parameters.clone()), startup, None).await
}

/// Runs to the end on a new runtime.
pub(super) fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let result = runtime.block_on(future);
    runtime.shutdown_background();
    result
}

/// The one value of an answer, as text.
pub(super) async fn ask(connection: Connection, question: &str) -> String {
    tokio::spawn(connection.task);
    connection.client.query_one(question, &[]).await.expect("an answer").get(0)
}

/// An error with all its causes.
pub(super) fn chain(error: &ConnectError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
