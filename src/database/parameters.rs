//! Where and how to connect, from everything that libpq looks at, decided once.
//!
//! It opens no connection; the only files it reads are libpq's password file and service file.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use self::authentication::Authentication;
use self::encryption::Encryption;
use self::files::{PasswordFile, Secret};
use self::keywords::{Values, wrong};
use super::link::trust::Trust;

pub use self::authentication::Method;
pub use self::environment::Environment;
pub use self::error::ParametersError;
pub use self::hosts::Host;

pub(crate) mod authentication;
mod conninfo;
pub(crate) mod encryption;
pub(crate) mod environment;
mod error;
mod files;
pub(crate) mod hosts;
mod keywords;

/// Where and how to connect.
#[derive(Clone)]
pub struct Parameters {
    hosts: Vec<Host>,
    user: String,
    database: String,
    password: Option<Secret>,
    password_file: Arc<PasswordFile>,
    warnings: Vec<String>,
    pub(crate) encryption: Encryption,
    pub(crate) authentication: Authentication,
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) target: Target,
    pub(crate) shuffle: bool,
    pub(crate) options: Option<String>,
    pub(crate) application_name: Option<String>,
    pub(crate) peer: Option<String>,
    /// The trusted certificates, read when first needed.
    pub(crate) trust: Arc<OnceLock<Option<Arc<Trust>>>>,
}

/// `target_session_attrs`: what a server must be to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
    PreferStandby,
}

impl Parameters {
    /// Decides on everything. What is said first wins: the last of `given`, the service, the environment, `defaults`,
    /// and at the end libpq's own defaults.
    ///
    /// `given` are libpq's keywords; a `dbname` may be a connection string or a URI, whose parts take its place.
    /// Empty values are passed over there, as psql passes over them.
    pub fn resolve(
        given: &[(String, String)],
        defaults: &[(&str, &str)],
        environment: &Environment,
    ) -> Result<Parameters, ParametersError> {
        let mut values = Values::default();
        for (keyword, value) in given.iter().filter(|(_, value)| !value.is_empty()) {
            if keyword == "dbname" && conninfo::is_connection_string(value) {
                for (keyword, value) in conninfo::parse(value)? {
                    values.put(&keyword, &value)?;
                }
            } else {
                values.put(keyword, value)?;
            }
        }
        let exposed = values.get("password").is_some();
        fill_from_service(&mut values, environment)?;
        values.fill_from(environment);
        values.check_support()?;
        let mut parameters = Parameters::of(&values, defaults, environment)?;
        if exposed {
            let warning = "a password in a connection string can be read by others on this machine; put it into ~/.pgpass";
            parameters.warnings.push(warning.to_owned());
        }
        Ok(parameters)
    }

    fn of(
        values: &Values,
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
            target: target(values)?,
            shuffle: values
                .choice("load_balance_hosts", &[("disable", false), ("random", true)])?
                .unwrap_or(false),
            options: owned("options"),
            application_name: owned("application_name")
                .or_else(|| owned("fallback_application_name")),
            peer: owned("requirepeer"),
            trust: Arc::default(),
        })
    }

    /// The same server and user, another database.
    #[must_use]
    pub fn with_database(&self, name: &str) -> Parameters {
        Parameters { database: name.to_owned(), ..self.clone() }
    }

    /// The same, but no address may take longer than this until it has let us in.
    #[must_use]
    pub fn with_connect_timeout(&self, limit: Duration) -> Parameters {
        Parameters { connect_timeout: Some(limit), ..self.clone() }
    }

    /// The servers, in the order given.
    pub fn hosts(&self) -> &[Host] {
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

    /// How long one address may take until it has let us in; none means for ever.
    pub fn connect_timeout(&self) -> Option<Duration> {
        self.connect_timeout
    }

    /// What ought to be said to the operator, one line each.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The password for a host: the one given, or the password file's.
    pub(crate) fn password(&self, host: &Host) -> Option<Secret> {
        let from_file =
            || self.password_file.find(&host.passfile_name, host.port, &self.database, &self.user);
        self.password.clone().or_else(from_file)
    }
}

impl fmt::Debug for Parameters {
    /// Without passwords, and without `options`, which may hold anything.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Parameters")
            .field("hosts", &self.hosts)
            .field("user", &self.user)
            .field("database", &self.database)
            .field("encryption", &self.encryption)
            .field("authentication", &self.authentication)
            .field("connect_timeout", &self.connect_timeout)
            .field("target", &self.target)
            .field("application_name", &self.application_name)
            .finish_non_exhaustive()
    }
}

fn fill_from_service(
    values: &mut Values,
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
        values.fill(&keyword, &value)?;
    }
    Ok(())
}

/// The password file is not even looked for where a password is given.
fn password_file(values: &Values, environment: &Environment) -> (PasswordFile, Option<String>) {
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

fn connect_timeout(values: &Values) -> Result<Option<Duration>, ParametersError> {
    let Some(text) = values.get("connect_timeout") else { return Ok(None) };
    let seconds: i64 = text
        .trim()
        .parse()
        .map_err(|_| wrong("connect_timeout", text, "a whole number of seconds"))?;
    Ok(u64::try_from(seconds).ok().filter(|seconds| *seconds > 0).map(Duration::from_secs))
}

fn target(values: &Values) -> Result<Target, ParametersError> {
    let targets = [
        ("any", Target::Any),
        ("read-write", Target::ReadWrite),
        ("read-only", Target::ReadOnly),
        ("primary", Target::Primary),
        ("standby", Target::Standby),
        ("prefer-standby", Target::PreferStandby),
    ];
    Ok(values.choice("target_session_attrs", &targets)?.unwrap_or(Target::Any))
}
