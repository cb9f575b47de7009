//! The options of a connection, which have psql's names.
//!
//! `database` reads what the options do not set: environment variables, service files and password files.

use crate::settings::target::Target;

/// The parts of a connection that are set on the command line.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Connection")]
pub(super) struct ConnectionOptions {
    /// Connect to this host: a name, an address or a socket directory
    #[arg(short = 'H', long, value_name = "HOST")]
    host: Option<String>,
    /// Connect to this port
    #[arg(short, long, value_name = "PORT")]
    port: Option<String>,
    /// Connect as this role
    #[arg(short = 'U', long, value_name = "NAME")]
    username: Option<String>,
    /// Connect to this database: a name, a string of key=value pairs, or a URI
    #[arg(short, long, value_name = "NAME")]
    dbname: Option<String>,
}

impl ConnectionOptions {
    /// libpq's keywords for the options.
    pub(super) fn keywords(&self) -> Vec<(String, String)> {
        let options = [
            ("host", &self.host),
            ("port", &self.port),
            ("user", &self.username),
            ("dbname", &self.dbname),
        ];
        options
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value.clone()?)))
            .collect()
    }

    /// Whether an option was given.
    pub(super) fn is_given(&self) -> bool {
        !self.keywords().is_empty()
    }

    /// The target of the options. The settings for all targets apply to it.
    pub(super) fn target(&self, defaults: &Target) -> Target {
        let keywords = self.keywords();
        let value = |wanted: &str| {
            let found = keywords.iter().find(|(key, value)| key == wanted && !is_string(value));
            found.map(|(_, value)| value.as_str())
        };
        // The name is printed and part of the ids of findings. A connection string can contain a password.
        let name = match (value("host"), value("port")) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (Some(host), None) => host.to_owned(),
            (None, Some(port)) => format!("local:{port}"),
            (None, None) => "local".to_owned(),
        };
        let mut target = defaults.clone();
        target.keywords.extend(keywords);
        Target { name, ..target }
    }
}

/// Whether a value is a connection string or a URI.
fn is_string(value: &str) -> bool {
    value.contains('=') || value.contains("://")
}
