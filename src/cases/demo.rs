//! The demonstration: a temporary server with sample problems, on which all checks are installed.

use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::admin::apply;
use crate::admin::error::AdminError;
use crate::catalog::check::Check;
use crate::database::parameters::{Environment, Parameters};
use crate::database::{Purpose, Session};
use crate::install::{self, InstallOptions};
use crate::run::job::Job;
use crate::settings::Settings;
use crate::settings::error::SettingsError;
use crate::settings::target::Target;
use crate::tempserver::{ServerOptions, TemporaryServer};

/// A sample problem: a sentence that announces it, and the statements that cause it.
type SampleProblem = (&'static str, &'static str);

const PROBLEMS: [SampleProblem; 4] = [
    ("a second superuser who may log in", "CREATE ROLE intern LOGIN SUPERUSER PASSWORD 'summer'"),
    (
        "a role whose password is stored as MD5",
        "SET password_encryption = 'md5'; CREATE ROLE legacy_app LOGIN PASSWORD 'legacy'; RESET password_encryption",
    ),
    ("a database named shop", "CREATE DATABASE shop"),
    ("an archive command that fails", "SELECT pg_catalog.pg_switch_wal()"),
];

/// Problems in the database `shop`.
const PROBLEMS_IN_SHOP: [SampleProblem; 1] = [(
    "a sequence that has used up 9,700 of 10,000 numbers",
    "CREATE SEQUENCE public.order_number MAXVALUE 10000; SELECT pg_catalog.setval('public.order_number', 9700)",
)];

/// What to do after the demonstration.
pub const NEXT: &str = "
For your own server:
  posemo init -U postgres HOST                         writes posemo.toml, and prints the next commands
  posemo install -H HOST -U postgres --all-databases   once, as superuser; --print only prints the script
  posemo run --config posemo.toml                      from any machine, as role posemo
  posemo explain sequence_usage                        what a check watches, why it matters, what to do
";

/// The server of the demonstration.
pub struct Demonstration {
    /// The server.
    pub server: TemporaryServer,
}

impl Demonstration {
    /// Starts the server; `prepare` causes the problems.
    pub fn start() -> Result<Demonstration, AdminError> {
        let settings =
            // A check reports a server without fsync.
            [
                ("archive_mode", "on"),
                ("archive_command", "false"),
                ("max_connections", "20"),
                ("fsync", "on"),
            ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let options = ServerOptions { settings, ..ServerOptions::default() };
        Ok(Demonstration { server: TemporaryServer::start(&options)? })
    }

    /// What `prepare` does, for people.
    pub fn introduction(&self) -> String {
        let (version, place) = (self.server.version(), self.server.socket().display());
        let problems = PROBLEMS.iter().chain(&PROBLEMS_IN_SHOP);
        let problems = problems.map(|(sentence, _)| format!("  sample problem: {sentence}\n"));
        let problems: String = problems.collect();
        format!("A temporary PostgreSQL {version} server in {place}\n{problems}")
    }

    /// What `prepare` did, for people.
    pub fn installed(changes: usize) -> String {
        format!("Installed once, as superuser: {changes} changes. Checked as role posemo:\n\n")
    }

    /// Causes the problems and installs the checks. Returns the number of changes.
    pub async fn prepare(&self, checks: &[Check]) -> Result<usize, AdminError> {
        let keywords = self.server.keywords("postgres", "postgres");
        let parameters = Parameters::resolve(&keywords, &[], &Environment::silent())?;
        let session = Session::open(&parameters, Purpose::Install).await?;
        for (_, sql) in PROBLEMS {
            session.apply(sql).await?;
        }
        let shop = Session::open(&parameters.with_database("shop"), Purpose::Install).await?;
        for (_, sql) in PROBLEMS_IN_SHOP {
            shop.apply(sql).await?;
        }
        let version = session.supported_version().await?;
        let options =
            InstallOptions { databases: vec!["shop".to_owned()], ..InstallOptions::default() };
        let script = install::script(checks, &options, version)?;
        let applied = apply::apply(&parameters, &script, false).await?;
        // The archiver process needs some time for its first attempt.
        let deadline = Instant::now() + Duration::from_secs(10);
        while Instant::now() < deadline
            && !session.holds("(SELECT failed_count > 0 FROM pg_catalog.pg_stat_archiver)").await?
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(applied.changes.len())
    }

    /// The job that runs the checks as the monitor.
    pub fn job(&self, checks: Vec<Check>) -> Result<Job, SettingsError> {
        let keywords = self.server.keywords("posemo", "posemo");
        let target = Target { name: "demo".to_owned(), keywords, ..Target::default() };
        let checks: Vec<Rc<Check>> = checks.into_iter().map(Rc::new).collect();
        Job::new(&Settings::default(), &target, &checks, &Environment::silent())
    }

    /// Settings for `posemo serve`: the server, and a replica that does not exist. The history ends with the server.
    pub fn settings(&self) -> String {
        let (host, port) = (self.server.socket().display(), self.server.port());
        format!(
            "[history]\nstore = {:?}\n[serve]\noutage_recheck = \"5s\"\n\
             [targets.shop]\nhost = {:?}\nport = {port}\ngroups = [\"production\"]\n\
             [targets.shop-replica]\nhost = \"127.0.0.1\"\nport = 1\ngroups = [\"production\"]\n\
             [checks.alive]\ninterval = \"10s\"\n[checks.connection_usage]\ninterval = \"10s\"\n",
            format!("sqlite:{host}/history.db"),
            host.to_string(),
        )
    }
}
