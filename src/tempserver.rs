//! Starts a temporary PostgreSQL server in a private directory, for `demo`, `import` and the tests.
//!
//! It does not connect to the server: the server is ready when its `postmaster.pid` contains this status. However this
//! process ends, the server stops and its directory is removed.

use std::{
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

mod bindir;
mod directories;
pub mod error;
mod guard;
mod quoting;
mod server;
mod template;
mod user;

pub use bindir::find_bindir;
pub use error::TempServerError;

use bindir::Programs;
use server::{Server, ServerSetting};

/// How to start a server. By default it listens on its Unix socket only.
#[derive(Debug, Clone, Default)]
pub struct ServerOptions {
    /// The directory of `initdb` and `postgres`; by default the result of [`find_bindir`].
    pub bindir: Option<PathBuf>,
    /// Settings by name. They override the defaults, except for the port and the socket.
    pub settings: Vec<(String, String)>,
    /// The whole `pg_hba.conf`. For a standby, the file of its primary needs `local replication postgres trust`.
    pub hba: Option<String>,
    /// Also listen on 127.0.0.1, on a free port. The default `pg_hba.conf` requires a password there.
    pub tcp: bool,
    /// The server runs for minutes only: unless `TMPDIR` is set, its directory is in memory if enough is free.
    /// Not for a server that is kept.
    pub short_lived: bool,
}

/// The major version of the server programs in a directory.
pub fn major_of(bindir: &Path) -> Result<u32, TempServerError> {
    bindir::at(bindir).map(|programs| programs.major)
}

/// A running server. Dropping it stops the server and removes its directory.
///
/// The superuser is `postgres`. The socket accepts all roles without a password; the mode of the directory permits only
/// root and the user that runs the server: the caller, or `postgres` or `nobody` if the caller is root.
#[derive(Debug)]
pub struct TemporaryServer {
    /// Behind a lock, because starting a standby stops and starts its primary.
    server: Mutex<Server>,
    programs: Programs,
    directory: PathBuf,
    data: PathBuf,
    settings: Vec<ServerSetting>,
    hba: String,
    tcp: bool,
    port: u16,
}

impl TemporaryServer {
    /// Starts a server and waits until it accepts connections.
    pub fn start(options: &ServerOptions) -> Result<Self, TempServerError> {
        let programs = match &options.bindir {
            Some(bindir) => bindir::at(bindir)?,
            None => bindir::find()?,
        };
        let mut server = Server::prepare(&programs, options.short_lived)?;
        template::fill(&mut server)?;
        Self::launch(server, options, defaults(), HBA)
    }

    /// Stops the server. Other servers can start with copies of its data.
    pub fn into_template(self) -> Result<ServerTemplate, TempServerError> {
        let mut server = self.server.into_inner().unwrap_or_else(PoisonError::into_inner);
        server.stop()?;
        Ok(ServerTemplate(server))
    }

    /// Starts a streaming standby and waits until it accepts connections and streams.
    ///
    /// It has the programs, kind of directory, settings and `pg_hba.conf` of the primary; the options override the last
    /// two. The primary is restarted, which ends its connections, and its data directory is copied in between. In
    /// `pg_stat_replication` the standby has the name `standby`, or the value of the setting `cluster_name`.
    pub fn standby(&self, options: &ServerOptions) -> Result<Self, TempServerError> {
        let mut server = Server::prepare(&self.programs, self.server().short_lived())?;
        let copied = {
            let mut primary = self.server();
            primary.stop()?;
            let copied = server.copy(&self.data);
            primary.start(&self.all_settings(), &self.hba)?;
            copied
        };
        copied?;
        server.make_standby()?;
        let source = conninfo(&self.directory, self.port);
        let mut settings = self.settings.clone();
        settings.extend([setting("cluster_name", "standby"), setting("primary_conninfo", &source)]);
        let standby = Self::launch(server, options, settings, &self.hba)?;
        standby
            .server()
            .wait_for_log("starting to stream", "started streaming WAL from primary")?;
        Ok(standby)
    }

    /// Stops the server, adds settings, and starts it again on the same port.
    pub fn restart(&mut self, settings: &[(&str, &str)]) -> Result<(), TempServerError> {
        self.settings.extend(settings.iter().map(|(name, value)| setting(name, value)));
        let mut server = self.server();
        server.stop()?;
        server.start(&self.all_settings(), &self.hba)
    }

    /// Stops the server and removes its directory, like drop, and returns an error if the directory still exists.
    pub fn stop(self) -> Result<(), TempServerError> {
        let directory = self.directory.clone();
        drop(self);
        if directory.exists() { Err(TempServerError::Left { directory }) } else { Ok(()) }
    }

    /// Leaves the server running when this process ends. Its directory is removed when the server ends.
    pub fn keep(self) -> Result<KeptServer, TempServerError> {
        let server = self.server.into_inner().unwrap_or_else(PoisonError::into_inner);
        let pid = server.pid().ok_or_else(|| server.ended_unexpectedly("keeping the server"))?;
        server.keep()?;
        Ok(KeptServer { directory: self.directory, pid, stop: format!("kill -INT {pid}") })
    }

    /// The directory of the Unix socket: the host for libpq.
    pub fn socket(&self) -> &Path {
        &self.directory
    }

    /// The connection keywords of libpq for a role and a database.
    pub fn keywords(&self, user: &str, database: &str) -> Vec<(String, String)> {
        let (socket, port) = (self.socket().display().to_string(), self.port().to_string());
        let given =
            [("host", socket.as_str()), ("port", &port), ("user", user), ("dbname", database)];
        given.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec()
    }

    /// The port, which is also part of the socket's name.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The data directory.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The file with all output of `initdb` and the server.
    pub fn log(&self) -> PathBuf {
        self.server().log()
    }

    /// The process id of the postmaster. It changes with a restart and with the start of a standby.
    pub fn pid(&self) -> Option<u32> {
        self.server().pid()
    }

    /// The directory of the programs.
    pub fn bindir(&self) -> &Path {
        &self.programs.bindir
    }

    /// The major version, such as 15.
    pub fn major(&self) -> u32 {
        self.programs.major
    }

    /// The version without the suffix of the package, such as `15.18`.
    pub fn version(&self) -> &str {
        &self.programs.version
    }

    fn launch(
        server: Server,
        options: &ServerOptions,
        mut settings: Vec<ServerSetting>,
        hba: &str,
    ) -> Result<Self, TempServerError> {
        settings.extend(options.settings.iter().cloned());
        let (programs, directory, data) =
            (server.programs().clone(), server.directory().to_owned(), server.data());
        let hba = options.hba.clone().unwrap_or_else(|| hba.to_owned());
        let (server, tcp) = (Mutex::new(server), options.tcp);
        let mut temporary =
            Self { server, programs, directory, data, settings, hba, tcp, port: 5432 };
        let mut attempts = if tcp { 5 } else { 1 };
        loop {
            // A port cannot be reserved for a server, so another program may take it first.
            temporary.port = if tcp { free_port().map_err(TempServerError::Port)? } else { 5432 };
            attempts -= 1;
            let outcome = temporary.server().start(&temporary.all_settings(), &temporary.hba);
            match outcome {
                Ok(()) => return Ok(temporary),
                Err(error) if attempts == 0 || !error.is_about_the_port() => return Err(error),
                Err(_) => {}
            }
        }
    }

    /// The settings, followed by those that the accessors return and nothing may override.
    fn all_settings(&self) -> Vec<ServerSetting> {
        // The directory of the socket is private, too, but a check can see only the permissions of the socket.
        let mut settings = vec![
            setting("listen_addresses", if self.tcp { "127.0.0.1" } else { "" }),
            setting("unix_socket_permissions", "0700"),
        ];
        settings.extend(self.settings.iter().cloned());
        settings.push(setting("port", &self.port.to_string()));
        settings.push(setting("unix_socket_directories", &self.directory.to_string_lossy()));
        settings
    }

    fn server(&self) -> MutexGuard<'_, Server> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The data of a server that was stopped. Dropping it removes the data.
#[derive(Debug)]
pub struct ServerTemplate(Server);

impl ServerTemplate {
    /// Starts a server with a copy of the data, as [`TemporaryServer::start`] does; the programs and the kind of directory
    /// are those of the first server.
    pub fn start(&self, options: &ServerOptions) -> Result<TemporaryServer, TempServerError> {
        let mut server = Server::prepare(self.0.programs(), self.0.short_lived())?;
        server.copy(&self.0.data())?;
        TemporaryServer::launch(server, options, defaults(), HBA)
    }
}

/// A server that runs after this process has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptServer {
    /// The directory of the socket, the log and the data directory.
    pub directory: PathBuf,
    /// The process id of the postmaster.
    pub pid: u32,
    /// The shell command that stops the server; its directory is removed then.
    pub stop: String,
}

/// The socket is in a private directory. No role has a password, so TCP connections fail until one is set.
const HBA: &str = "\
local all all trust
local replication all trust
host all all 127.0.0.1/32 scram-sha-256
";

/// Data that is lost in a power failure does not matter.
fn defaults() -> Vec<ServerSetting> {
    let all = [("fsync", "off"), ("timezone", "UTC"), ("log_timezone", "UTC")];
    all.map(|(name, value)| setting(name, value)).to_vec()
}

fn setting(name: &str, value: &str) -> ServerSetting {
    (name.to_owned(), value.to_owned())
}

fn conninfo(directory: &Path, port: u16) -> String {
    let host = directory.to_string_lossy().replace('\\', r"\\").replace('\'', r"\'");
    format!("host='{host}' port={port} user=postgres")
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
