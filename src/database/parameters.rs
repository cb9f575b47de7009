//! Where and how to connect, from all sources that libpq reads.
//!
//! It opens no connection; the only files it reads are libpq's password file and service file.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use self::authentication::Authentication;
use self::encryption::Encryption;
use self::files::{PasswordFile, Secret};
use self::hosts::ServerHost;
use self::keywords::{KeywordValues, wrong};

pub use self::authentication::AuthMethod;
pub use self::environment::Environment;
pub use self::error::ParametersError;

pub(crate) mod authentication;
mod conninfo;
pub(crate) mod encryption;
pub(crate) mod environment;
mod error;
mod files;
pub mod hosts;
mod keywords;
pub mod listing;

/// Where and how to connect.
#[derive(Clone)]
pub struct Parameters {
    hosts: Vec<ServerHost>,
    user: String,
    database: String,
    password: Option<Secret>,
    password_file: Arc<PasswordFile>,
    warnings: Vec<String>,
    pub(crate) encryption: Encryption,
    pub(crate) authentication: Authentication,
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) session_attrs: TargetSessionAttrs,
    pub(crate) shuffle: bool,
    pub(crate) options: Option<String>,
    pub(crate) application_name: Option<String>,
    pub(crate) peer: Option<String>,
}

/// `target_session_attrs`: what a server must be to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TargetSessionAttrs {
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
    PreferStandby,
}

impl Parameters {
    /// Combines all sources. In order of falling priority: `given`, of which the last value counts, the service, the
    /// environment, `defaults`, and libpq's defaults.
    ///
    /// `given` are libpq's keywords; a `dbname` may be a connection string or a URI, whose parts replace it.
    /// Empty values in `given` are ignored, as by psql.
    pub fn resolve(
        given: &[(String, String)],
        defaults: &[(&str, &str)],
        environment: &Environment,
    ) -> Result<Parameters, ParametersError> {
        let mut values = given_values(given)?;
        if values.get("password").is_some() {
            return Err(ParametersError::ExposedPassword);
        }
        fill_from_service(&mut values, environment)?;
        values.set_defaults_from(environment);
        values.check_support()?;
        Parameters::from_values(&values, defaults, environment)
    }

    fn from_values(
        values: &KeywordValues,
        defaults: &[(&str, &str)],
        environment: &Environment,
    ) -> Result<Parameters, ParametersError> {
        let default = |name| {
            defaults
                .iter()
                .find(|(keyword, _)| *keyword == name)
                .map(|(_, value)| (*value).to_owned())
        };
        let owned = |name| values.get(name).map(str::to_owned);
        let user = owned("user").or_else(|| default("user")).or_else(|| (environment.user)());
        let user = user.ok_or(ParametersError::NoUser)?;
        let (password_file, warning) = password_file(values, environment);
        Ok(Parameters {
            hosts: hosts::resolve(values, environment)?,
            database: owned("dbname").or_else(|| default("dbname")).unwrap_or_else(|| user.clone()),
            user,
            password: values.get("password").map(|text| Secret(text.as_bytes().to_vec())),
            password_file: Arc::new(password_file),
            warnings: warning.into_iter().collect(),
            encryption: Encryption::resolve(values, environment)?,
            authentication: Authentication::resolve(values)?,
            connect_timeout: connect_timeout(values)?,
            session_attrs: session_attrs(values)?,
            shuffle: values
                .choice("load_balance_hosts", &[("disable", false), ("random", true)])?
                .unwrap_or(false),
            options: owned("options"),
            application_name: owned("application_name")
                .or_else(|| owned("fallback_application_name")),
            peer: owned("requirepeer"),
        })
    }

    /// The same server and user, another database.
    #[must_use]
    pub fn with_database(&self, name: &str) -> Parameters {
        Parameters { database: name.to_owned(), ..self.clone() }
    }

    /// The same for one server of the list.
    pub(super) fn with_host(&self, host: ServerHost) -> Parameters {
        Parameters { hosts: vec![host], shuffle: false, ..self.clone() }
    }

    /// The servers, in the order given.
    pub fn hosts(&self) -> &[ServerHost] {
        &self.hosts
    }

    /// The user to log in as.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The database to connect to.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The limit for one address, from connecting to the end of the login; none means no limit.
    pub fn connect_timeout(&self) -> Option<Duration> {
        self.connect_timeout
    }

    /// Warnings for the operator, one line each.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The password for a host: the given one, or that of the password file.
    pub(crate) fn password(&self, host: &ServerHost) -> Option<Secret> {
        let from_file =
            || self.password_file.find(&host.passfile_name, host.port, &self.database, &self.user);
        self.password.clone().or_else(from_file)
    }

    /// Why the password file has no password for a host.
    pub(crate) fn no_password(&self, host: &ServerHost) -> String {
        self.password_file.reason(&host.passfile_name, host.port, &self.database, &self.user)
    }
}

impl fmt::Debug for Parameters {
    /// Leaves out passwords, and `options`, which may contain anything.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Parameters")
            .field("hosts", &self.hosts)
            .field("user", &self.user)
            .field("database", &self.database)
            .field("encryption", &self.encryption)
            .field("authentication", &self.authentication)
            .field("connect_timeout", &self.connect_timeout)
            .field("session_attrs", &self.session_attrs)
            .field("application_name", &self.application_name)
            .finish_non_exhaustive()
    }
}

/// The keywords that were given, with those of connection strings.
fn given_values(given: &[(String, String)]) -> Result<KeywordValues, ParametersError> {
    let mut values = KeywordValues::default();
    for (keyword, value) in given.iter().filter(|(_, value)| !value.is_empty()) {
        if keyword == "dbname" && conninfo::is_connection_string(value) {
            for (keyword, value) in conninfo::parse(value)? {
                values.set(&keyword, &value)?;
            }
        } else {
            values.set(keyword, value)?;
        }
    }
    Ok(values)
}

/// The keyword for a text that names a server: a service, or a string of key=value pairs or a URI.
pub fn place_keyword(text: &str) -> (String, String) {
    let is_string = text.contains('=') || text.contains("://");
    let keyword = if is_string { "dbname" } else { "service" };
    (keyword.to_owned(), text.to_owned())
}

fn fill_from_service(
    values: &mut KeywordValues,
    environment: &Environment,
) -> Result<(), ParametersError> {
    let Some(service) =
        values.get("service").map(str::to_owned).or_else(|| environment.get("PGSERVICE"))
    else {
        return Ok(());
    };
    let file =
        values.get("servicefile").map(str::to_owned).or_else(|| environment.get("PGSERVICEFILE"));
    for (keyword, value) in files::service(&service, file.as_deref(), environment)? {
        values.set_default(&keyword, &value)?;
    }
    Ok(())
}

/// The password file is not opened where a password is given.
fn password_file(
    values: &KeywordValues,
    environment: &Environment,
) -> (PasswordFile, Option<String>) {
    if values.get("password").is_some() {
        return Default::default();
    }
    match values.get("passfile") {
        Some(file) => PasswordFile::read(&PathBuf::from(file), true),
        None => match &environment.home {
            Some(home) => PasswordFile::read(&home.join(".pgpass"), false),
            None => Default::default(),
        },
    }
}

fn connect_timeout(values: &KeywordValues) -> Result<Option<Duration>, ParametersError> {
    let Some(text) = values.get("connect_timeout") else { return Ok(None) };
    let seconds: i64 = text
        .trim()
        .parse()
        .map_err(|_| wrong("connect_timeout", text, "a whole number of seconds"))?;
    Ok(u64::try_from(seconds).ok().filter(|seconds| *seconds > 0).map(Duration::from_secs))
}

fn session_attrs(values: &KeywordValues) -> Result<TargetSessionAttrs, ParametersError> {
    let choices = [
        ("any", TargetSessionAttrs::Any),
        ("read-write", TargetSessionAttrs::ReadWrite),
        ("read-only", TargetSessionAttrs::ReadOnly),
        ("primary", TargetSessionAttrs::Primary),
        ("standby", TargetSessionAttrs::Standby),
        ("prefer-standby", TargetSessionAttrs::PreferStandby),
    ];
    Ok(values.choice("target_session_attrs", &choices)?.unwrap_or(TargetSessionAttrs::Any))
}
