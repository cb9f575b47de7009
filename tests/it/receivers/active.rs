//! A real server that monitoring systems ask through posemo, by the definitions that it prints.
//!
//! It knows none of the systems.

use std::path::PathBuf;
use std::process::Command;

use posemo::tempserver::ServerOptions;

use super::place::{Place, run};
use crate::server::Server;

/// What each host's services say: the check, its state, how the text begins.
pub(super) const EXPECTED: [(&str, f64, &str); 2] =
    [("alive", 0.0, "ALIVE OK - "), ("connection_usage", 0.0, "CONNECTION_USAGE OK - ")];

/// The server, and settings with two targets that lead to it.
pub(super) struct Scene {
    pub(super) settings: PathBuf,
    program: PathBuf,
    server: Server,
}

impl Scene {
    pub(super) fn new(place: &Place) -> Scene {
        let hba = "local all all trust\nhost all all 127.0.0.1/32 trust\n".to_owned();
        let server =
            Server::start(&ServerOptions { tcp: true, hba: Some(hba), ..ServerOptions::default() });
        server.install(&["--check", "alive", "--check", "connection_usage"]);
        let settings = place.write("posemo.toml", "");
        let scene = Scene { settings, program: place.posemo(), server };
        scene.add(&scene.target("db 1"));
        scene.add(&scene.target("db2"));
        scene
    }

    /// A target that leads to the server.
    pub(super) fn target(&self, name: &str) -> String {
        let (name, port) = (serde_json::Value::from(name), self.server.0.port());
        format!("[targets.{name}]\nhost = \"127.0.0.1\"\nport = {port}\n")
    }

    /// What `print-config` prints for the targets of the settings.
    pub(super) fn print(&self, arguments: &[&str]) -> String {
        let settings = self.settings.display().to_string();
        self.posemo(&[arguments, &["--config", &settings]].concat())
    }

    /// What it prints where there are no settings.
    pub(super) fn print_anywhere(&self, arguments: &[&str]) -> String {
        self.posemo(arguments)
    }

    /// Adds sections to the settings.
    pub(super) fn add(&self, sections: &str) {
        let settings = std::fs::read_to_string(&self.settings).unwrap();
        std::fs::write(&self.settings, format!("{settings}\n{sections}\n")).unwrap();
    }

    /// The hosts, with what a definition of Icinga's says of where they are.
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
