//! A real PostgreSQL server that monitoring systems check through posemo, with the definitions that posemo prints.

use std::path::PathBuf;
use std::process::Command;

use posemo::tempserver::ServerOptions;

use super::work_directory::{WorkDirectory, run};
use crate::server::Server;

/// The services of each host: the check, its state, and the beginning of its text.
pub(super) const EXPECTED: [(&str, f64, &str); 2] =
    [("alive", 0.0, "ALIVE OK - "), ("connection_usage", 0.0, "CONNECTION_USAGE OK - ")];

/// The server, and settings with two targets that connect to it.
pub(super) struct MonitoredServer {
    pub(super) settings: PathBuf,
    program: PathBuf,
    server: Server,
}

impl MonitoredServer {
    pub(super) fn new(directory: &WorkDirectory) -> MonitoredServer {
        let hba = "local all all trust\nhost all all 127.0.0.1/32 trust\n".to_owned();
        let server =
            Server::start(&ServerOptions { tcp: true, hba: Some(hba), ..ServerOptions::default() });
        server.install(&["--check", "alive", "--check", "connection_usage"]);
        let settings = directory.write("posemo.toml", "");
        let monitored = MonitoredServer { settings, program: directory.posemo(), server };
        monitored.add(&monitored.target("db 1"));
        monitored.add(&monitored.target("db2"));
        monitored
    }

    /// A target that connects to the server.
    pub(super) fn target(&self, name: &str) -> String {
        let (name, port) = (serde_json::Value::from(name), self.server.0.port());
        format!("[targets.{name}]\nhost = \"127.0.0.1\"\nport = {port}\n")
    }

    /// The definitions for the targets of the settings.
    pub(super) fn definitions(&self, arguments: &[&str]) -> String {
        let settings = self.settings.display().to_string();
        self.posemo(&[arguments, &["--config", &settings]].concat())
    }

    /// The definitions without settings.
    pub(super) fn definitions_without_settings(&self, arguments: &[&str]) -> String {
        self.posemo(arguments)
    }

    /// Adds sections to the settings.
    pub(super) fn add(&self, sections: &str) {
        let settings = std::fs::read_to_string(&self.settings).unwrap();
        std::fs::write(&self.settings, format!("{settings}\n{sections}\n")).unwrap();
    }

    /// The hosts, with their address in a definition for Icinga.
    pub(super) fn hosts(&self) -> [(&'static str, String); 2] {
        let port = self.server.0.port();
        [
            ("db 1", format!("vars.posemo_port = {port}")),
            ("db2", format!("vars.posemo_port = {port}")),
        ]
    }

    /// The port of the server.
    pub(super) fn port(&self) -> u16 {
        self.server.0.port()
    }

    fn posemo(&self, arguments: &[&str]) -> String {
        let only = ["--check", "alive", "--check", "connection_usage"];
        let mut command = Command::new(&self.program);
        command
            .env_remove("POSEMO_CONFIG")
            .env("HOME", "/nonexistent")
            .env("XDG_CONFIG_HOME", "/nonexistent");
        run(command.arg("print-config").args(arguments).args(only))
    }
}
