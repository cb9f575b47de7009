//! A throw-away PostgreSQL server in a private directory, for the demonstration, the import and the tests.
//!
//! Never connects to it: a server counts as ready when its `postmaster.pid` says so. Leaves nothing behind,
//! however this process ends.

use std::{
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

mod bindir;
pub mod error;
mod guard;
mod owner;
mod place;
mod server;
mod template;
mod words;

pub use bindir::find_bindir;
pub use error::TempServerError;

use bindir::Programs;
use server::{Server, Setting};

/// How a server is to be made. The default is reached over its Unix socket only.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Where `initdb` and `postgres` are; by default what [`find_bindir`] finds.
    pub bindir: Option<PathBuf>,
    /// Settings by name; they win over all that are made here, but those of the port and the socket.
    pub settings: Vec<(String, String)>,
    /// The whole `pg_hba.conf`. A standby needs `local replication postgres trust` in that of its primary.
    pub hba: Option<String>,
    /// Also listen on 127.0.0.1, on a free port. The default `pg_hba.conf` asks for a password there.
    pub tcp: bool,
    /// It is gone within minutes: unless `TMPDIR` says where, its directory is made in memory if there is room.
    /// Not for one that is kept.
    pub short_lived: bool,
}

/// The major version of the server programs in a directory.
pub fn major_of(bindir: &Path) -> Result<u32, TempServerError> {
    bindir::at(bindir).map(|programs| programs.major)
}

/// A running server. Dropping it stops the server and removes its directory.
///
/// The superuser is `postgres`. The socket lets in everybody who can reach it, which the mode of the directory
/// keeps to root and the user that runs the server: the caller, or `postgres` or `nobody` where that is root.
#[derive(Debug)]
pub struct TemporaryServer {
    /// Behind a lock, as making a standby has to stop and start its primary.
    server: Mutex<Server>,
    programs: Programs,
    directory: PathBuf,
    data: PathBuf,
    settings: Vec<Setting>,
    hba: String,
    tcp: bool,
    port: u16,
}

impl TemporaryServer {
    /// Makes a server and waits until it takes connections.
    pub fn start(options: &Options) -> Result<Self, TempServerError> {
        let programs = match &options.bindir {
            Some(bindir) => bindir::at(bindir)?,
            None => bindir::find()?,
        };
        let mut server = Server::prepare(&programs, options.short_lived)?;
        template::fill(&mut server)?;
        // A power cut may well cost a server that lives for minutes.
        let settings = vec![
            setting("fsync", "off"),
            setting("timezone", "UTC"),
            setting("log_timezone", "UTC"),
        ];
        Self::launch(server, options, settings, HBA)
    }

    /// Makes a streaming standby and waits until it takes connections and streams.
    ///
    /// Its programs, place, settings and `pg_hba.conf` are those of the primary; the options override the last two.
    /// The primary is restarted, which ends its connections: its data directory is copied in between. In
    /// `pg_stat_replication` the standby is called `standby`, or what the setting `cluster_name` says.
    pub fn standby(&self, options: &Options) -> Result<Self, TempServerError> {
        let mut server = Server::prepare(&self.programs, self.server().short_lived())?;
        let copied = {
            let mut primary = self.server();
            primary.stop()?;
            let copied = server.copy(&self.data);
            primary.start(&self.located(), &self.hba)?;
            copied
        };
        copied?;
        server.follow()?;
        let source = conninfo(&self.directory, self.port);
        let mut settings = self.settings.clone();
        settings.extend([setting("cluster_name", "standby"), setting("primary_conninfo", &source)]);
        let standby = Self::launch(server, options, settings, &self.hba)?;
        standby
            .server()
            .wait_for_log("starting to stream", "started streaming WAL from primary")?;
        Ok(standby)
    }

    /// Stops the server, adds the settings to those it had, and starts it again on the same port.
    pub fn restart(&mut self, settings: &[(&str, &str)]) -> Result<(), TempServerError> {
        self.settings.extend(settings.iter().map(|(name, value)| setting(name, value)));
        let mut server = self.server();
        server.stop()?;
        server.start(&self.located(), &self.hba)
    }

    /// Stops the server and removes its directory, as dropping does, but tells whether that worked.
    pub fn stop(self) -> Result<(), TempServerError> {
        let directory = self.directory.clone();
        drop(self);
        if directory.exists() { Err(TempServerError::Left { directory }) } else { Ok(()) }
    }

    /// Leaves the server running when this process ends. Its directory goes when the server does.
    pub fn keep(self) -> Result<Kept, TempServerError> {
        let server = self.server.into_inner().unwrap_or_else(PoisonError::into_inner);
        let pid = server.pid().ok_or_else(|| server.gone("keeping the server"))?;
        server.keep()?;
        Ok(Kept { directory: self.directory, pid, stop: format!("kill -INT {pid}") })
    }

    /// The directory of the Unix socket: what libpq takes as the host.
    pub fn socket(&self) -> &Path {
        &self.directory
    }

    /// libpq's keywords for connecting as a role to a database.
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

    /// The file with all that `initdb` and the server have said.
    pub fn log(&self) -> PathBuf {
        self.server().log()
    }

    /// The process id of the postmaster; another one after a restart or the making of a standby.
    pub fn pid(&self) -> Option<u32> {
        self.server().pid()
    }

    /// Where the programs are.
    pub fn bindir(&self) -> &Path {
        &self.programs.bindir
    }

    /// The major version, such as 15.
    pub fn major(&self) -> u32 {
        self.programs.major
    }

    /// The version without the packager's addition, such as `15.18`.
    pub fn version(&self) -> &str {
        &self.programs.version
    }

    fn launch(
        server: Server,
        options: &Options,
        mut settings: Vec<Setting>,
        hba: &str,
    ) -> Result<Self, TempServerError> {
        settings.extend(options.settings.iter().cloned());
        let (programs, directory, data) =
            (server.programs().clone(), server.directory().to_owned(), server.data());
        let hba = options.hba.clone().unwrap_or_else(|| hba.to_owned());
        let (server, tcp) = (Mutex::new(server), options.tcp);
        let mut cluster =
            Self { server, programs, directory, data, settings, hba, tcp, port: 5432 };
        let mut attempts = if tcp { 5 } else { 1 };
        loop {
            // Nobody can reserve a port for a server, so another program may be faster.
            cluster.port = if tcp { free_port().map_err(TempServerError::Port)? } else { 5432 };
            attempts -= 1;
            let outcome = cluster.server().start(&cluster.located(), &cluster.hba);
            match outcome {
                Ok(()) => return Ok(cluster),
                Err(error) if attempts == 0 || !error.is_about_the_port() => return Err(error),
                Err(_) => {}
            }
        }
    }

    /// The settings, and after them those that nothing may override, as the accessors tell them.
    fn located(&self) -> Vec<Setting> {
        let mut settings =
            vec![setting("listen_addresses", if self.tcp { "127.0.0.1" } else { "" })];
        settings.extend(self.settings.iter().cloned());
        settings.push(setting("port", &self.port.to_string()));
        settings.push(setting("unix_socket_directories", &self.directory.to_string_lossy()));
        settings
    }

    fn server(&self) -> MutexGuard<'_, Server> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A server that goes on without this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Socket, log and data directory are in it.
    pub directory: PathBuf,
    /// The process id of the postmaster.
    pub pid: u32,
    /// What to say to a shell to stop the server; its directory is removed then.
    pub stop: String,
}

/// The socket is in a private directory. No role has a password, so nobody gets in by TCP uninvited.
const HBA: &str = "\
local all all trust
local replication all trust
host all all 127.0.0.1/32 scram-sha-256
";

fn setting(name: &str, value: &str) -> Setting {
    (name.to_owned(), value.to_owned())
}

fn conninfo(directory: &Path, port: u16) -> String {
    let host = directory.to_string_lossy().replace('\\', r"\\").replace('\'', r"\'");
    format!("host='{host}' port={port} user=postgres")
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
