//! The options that say where to connect, named as psql names them.
//!
//! What they mean, and everything that is not said, is looked up by the database.

use crate::settings::target::Target;

/// Where to connect. What is not said here comes from the settings, and then from libpq's places:
/// environment, service file, password file.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Connection")]
pub(super) struct Connection {
    /// Host name, address or socket directory
    #[arg(short = 'H', long, value_name = "HOST")]
    host: Option<String>,
    /// Port
    #[arg(short, long, value_name = "PORT")]
    port: Option<String>,
    /// User
    #[arg(short = 'U', long, value_name = "NAME")]
    username: Option<String>,
    /// Database: a name, a string of key=value, or a URI
    #[arg(short, long, value_name = "NAME")]
    dbname: Option<String>,
}

impl Connection {
    /// libpq's keywords for what was given.
    pub(super) fn keywords(&self) -> Vec<(String, String)> {
        let given = [
            ("host", &self.host),
            ("port", &self.port),
            ("user", &self.username),
            ("dbname", &self.dbname),
        ];
        given
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value.clone()?)))
            .collect()
    }

    /// Whether anything was given.
    pub(super) fn is_given(&self) -> bool {
        !self.keywords().is_empty()
    }

    /// The target that the options describe, laid over what the settings say of all targets.
    pub(super) fn target(&self, defaults: &Target) -> Target {
        let given = self.keywords();
        let value = |wanted: &str| {
            given
                .iter()
                .find(|(key, value)| key == wanted && !is_secretive(value))
                .map(|(_, value)| value.as_str())
        };
        // The name is shown and goes into the ids of findings, so it must not hold a connection string.
        let name = match (value("host"), value("port")) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (Some(host), None) => host.to_owned(),
            (None, Some(port)) => format!("local:{port}"),
            (None, None) => "local".to_owned(),
        };
        let mut target = defaults.clone();
        target.keywords.extend(given);
        Target { name, ..target }
    }
}

fn is_secretive(value: &str) -> bool {
    value.contains('=') || value.contains("://")
}
