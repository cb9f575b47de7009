//! A temporary server for the tests, with common operations: install, query as a superuser, run as the monitor role.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::rc::Rc;
use std::time::Duration;

use posemo::catalog::check::Check;
use posemo::database::parameters::{Environment, Parameters};
use posemo::database::{Purpose, Session};
use posemo::finding::report::Report;
use posemo::run::Limits;
use posemo::run::job::Job;
use posemo::run::runner::Runner;
use posemo::settings::Settings;
use posemo::settings::target::Target;
use posemo::tempserver::{ServerOptions, TemporaryServer, find_bindir};

/// The program under test.
pub(crate) const POSEMO: &str = env!("CARGO_BIN_EXE_posemo");

/// Long limits, because other tests may keep the machine busy.
pub(crate) const LIMITS: Limits = Limits {
    connect: Duration::from_secs(20),
    statement: Duration::from_secs(20),
    sweep: Duration::from_secs(30),
    jobs: 4,
};

/// A server that is stopped and removed at the end of the test.
pub(crate) struct Server(pub(crate) TemporaryServer);

/// Checks whose results hardly change while a test does something else, for tests that compare them.
pub(crate) const CALM: [&str; 12] = [
    "alive",
    "archiver_failing",
    "cache_hit_ratio",
    "checkpoint_pressure",
    "connection_usage",
    "database_size",
    "password_verifiers",
    "replication_lag",
    "replication_role",
    "sequence_usage",
    "superusers",
    "wraparound_age",
];

/// Checks for tests that install many times and do not depend on the number of functions: one for each owner set that the
/// checks of every major version have.
pub(crate) const FEW: &str = "alive,archive_backlog,configuration_errors,connection_usage,database_size,password_verifiers,pending_restart,sequence_usage,table_bloat";

impl Server {
    /// The server programs of this machine.
    pub(crate) fn bindir() -> PathBuf {
        find_bindir().unwrap()
    }

    /// The server programs of this machine and their major version, for a suite.
    pub(crate) fn here() -> (PathBuf, u32) {
        let bindir = Server::bindir();
        let output =
            Command::new(bindir.join("postgres")).arg("--version").output().unwrap().stdout;
        let output = String::from_utf8(output).unwrap();
        let version = output.split_once(") ").unwrap().1;
        let major = version.split(|character: char| !character.is_ascii_digit()).next().unwrap();
        (bindir, major.parse().unwrap())
    }

    pub(crate) fn start(options: &ServerOptions) -> Server {
        // A check reports a server without fsync, which costs nothing in memory.
        let fsync = ("fsync".to_owned(), "on".to_owned());
        let settings = [&[fsync], options.settings.as_slice()].concat();
        let options = ServerOptions { short_lived: true, settings, ..options.clone() };
        Server(TemporaryServer::start(&options).unwrap())
    }

    pub(crate) fn major(&self) -> u32 {
        self.0.major()
    }

    pub(crate) fn version(&self) -> &str {
        self.0.version()
    }

    /// The connection options for a command.
    pub(crate) fn connection(&self) -> Vec<String> {
        vec![
            "-H".to_owned(),
            self.0.socket().display().to_string(),
            "-p".to_owned(),
            self.0.port().to_string(),
        ]
    }

    /// Runs posemo with the server's connection options, and without environment variables for connections.
    pub(crate) fn posemo(&self, arguments: &[&str]) -> Output {
        let (command, rest) = arguments.split_first().unwrap();
        let mut program = program();
        if *command == "run" {
            program.env("POSEMO_CONFIG", SETTINGS);
        }
        program.arg(command).args(self.connection()).args(rest).output().unwrap()
    }

    /// Installs [`FEW`] checks as a superuser, and returns the output.
    pub(crate) fn install_few(&self, arguments: &[&str]) -> String {
        self.install(&[arguments, &["--check", FEW]].concat())
    }

    /// Installs as a superuser, and returns the output.
    pub(crate) fn install(&self, arguments: &[&str]) -> String {
        let output = self.posemo(&[&["install", "-U", "postgres"], arguments].concat());
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        text
    }

    pub(crate) fn parameters(&self, user: &str, database: &str) -> Parameters {
        Parameters::resolve(&self.keywords(user, database), &[], &Environment::silent()).unwrap()
    }

    fn keywords(&self, user: &str, database: &str) -> Vec<(String, String)> {
        let (socket, port) = (self.0.socket().display().to_string(), self.0.port().to_string());
        let given =
            [("host", socket.as_str()), ("port", &port), ("user", user), ("dbname", database)];
        given.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec()
    }

    /// Runs statements as a superuser, and returns the first column of every row.
    pub(crate) fn superuser(&self, database: &str, sql: &str) -> Vec<String> {
        self.ask("postgres", database, sql).unwrap_or_else(|error| panic!("{sql}\n{error}"))
    }

    /// Runs statements as a role. The error contains the SQLSTATE.
    pub(crate) fn ask(&self, user: &str, database: &str, sql: &str) -> Result<Vec<String>, String> {
        Person::connect(&self.parameters(user, database))?.ask(sql)
    }

    /// A session that stays open.
    pub(crate) fn session(&self, user: &str, database: &str) -> Person {
        Person::connect(&self.parameters(user, database)).unwrap()
    }

    /// Runs checks as the monitor role, through their functions.
    pub(crate) fn run(&self, checks: &[Rc<Check>]) -> Report {
        self.run_as(checks, Target::default())
    }

    /// Runs checks as the monitor role, with the settings of a target.
    pub(crate) fn run_as(&self, checks: &[Rc<Check>], settings: Target) -> Report {
        let target = Target {
            name: "test".to_owned(),
            keywords: self.keywords("posemo", "posemo"),
            ..settings
        };
        let job = Job::new(&Settings::default(), &target, checks, &Environment::silent()).unwrap();
        let runner = Runner::new(LIMITS, POSEMO.into());
        let report = runtime().block_on(runner.run(&[job], |_| ()));
        runner.close();
        report
    }
}

/// A session of a person, with `public` in its `search_path`.
pub(crate) struct Person {
    /// Present until it is dropped.
    session: Option<Session>,
    runtime: tokio::runtime::Runtime,
}

impl Person {
    pub(crate) fn connect(parameters: &Parameters) -> Result<Person, String> {
        let runtime = runtime();
        let session = runtime.block_on(async {
            let session = Session::open(parameters, Purpose::Install)
                .await
                .map_err(|error| error.to_string())?;
            session.apply("SET search_path = public").await.map_err(|error| error.to_string())?;
            Ok::<_, String>(session)
        })?;
        Ok(Person { session: Some(session), runtime })
    }

    /// Runs statements, and returns the first column of every row.
    pub(crate) fn ask(&self, sql: &str) -> Result<Vec<String>, String> {
        let session = self.session.as_ref().unwrap();
        let answer = self.runtime.block_on(session.run(sql)).map_err(|error| error.to_string())?;
        Ok(answer.into_iter().map(Option::unwrap_or_default).collect())
    }
}

impl Drop for Person {
    /// The server hears that the session ends.
    fn drop(&mut self) {
        let session = self.session.take();
        self.runtime.block_on(async {
            drop(session);
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
        });
    }
}

/// The settings of runs that name no file.
const SETTINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/server.toml");

/// Runs posemo, with nothing in the environment that could mislead it.
pub(crate) fn posemo(arguments: &[&str]) -> Output {
    program().args(arguments).output().unwrap()
}

pub(crate) fn program() -> Command {
    let mut command = Command::new(POSEMO);
    for (name, _) in
        std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG"))
    {
        command.env_remove(name);
    }
    command
        .env_remove("POSEMO_CONFIG")
        .env("HOME", "/nonexistent")
        .env("XDG_CONFIG_HOME", "/nonexistent");
    command
}

/// A psql: from the server's programs, or from this machine.
pub(crate) fn psql(bindir: &Path) -> PathBuf {
    let from_debian = || {
        let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path().join("bin/psql"))
            .collect();
        versions.sort();
        versions.into_iter().rfind(|path| path.is_file())
    };
    let own = Some(bindir.join("psql")).filter(|path| path.is_file());
    own.or_else(from_debian).unwrap_or_else(|| PathBuf::from("psql"))
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}
