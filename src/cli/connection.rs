//! The options of a connection, which have psql's names.
//!
//! `database` reads what the options do not set: environment variables, service files and password files.

use crate::settings::Settings;
use crate::settings::error::SettingsError;
use crate::settings::target::Target;

// The parts of a connection that are set on the command line.
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

    /// The target of the options; without them, the targets and groups of the settings with these names, or all.
    pub(super) fn targets(
        &self,
        names: &[String],
        settings: &Settings,
    ) -> Result<Vec<Target>, SettingsError> {
        if self.is_given() || settings.targets().is_empty() && names.is_empty() {
            return Ok(vec![settings.defaults().with_connection(self.keywords())]);
        }
        settings.targets_selected(names)
    }

    /// Whether an option was given.
    pub(super) fn is_given(&self) -> bool {
        !self.keywords().is_empty()
    }
}
