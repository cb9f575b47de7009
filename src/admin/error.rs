//! Why an administrator's command failed.

use crate::catalog::server_version::UnsupportedVersion;
use crate::database::error::DatabaseError;
use crate::database::parameters::ParametersError;
use crate::evaluate::error::ScriptError;
use crate::install::error::InstallError;
use crate::lint::refusal::LintRefusal;
use crate::tempserver::error::TempServerError;
use crate::text::suggestion::suggestion;
use crate::text::visible::visible;

/// A command that changed nothing, or could not finish.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The server cannot be reached, or refused a statement.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The options do not describe a connection.
    #[error(transparent)]
    Parameters(#[from] ParametersError),
    /// A temporary server cannot be started or stopped.
    #[error(transparent)]
    TemporaryServer(#[from] TempServerError),
    /// No script can be written.
    #[error(transparent)]
    Install(#[from] InstallError),
    /// The result of a query has an unexpected form.
    #[error("the server's answer cannot be read")]
    Answer(#[from] serde_json::Error),
    /// The server reports no version.
    #[error("the server does not report its version")]
    NoVersion,
    /// The server is too old.
    #[error(transparent)]
    Unsupported(#[from] UnsupportedVersion),
    /// The server is a standby.
    #[error(
        "this server is a standby. Run the command on its primary; the standby replays the changes. Nothing was changed."
    )]
    Standby,
    /// The role cannot create roles.
    #[error(
        "role {} is not a superuser and cannot create roles. Connect as a superuser (-U postgres) or, on a managed service, as a role with CREATEROLE. Nothing was changed.",
        visible(.0)
    )]
    NoCreateRole(String),
    /// No database has this name.
    #[error(
        "database {} does not exist{} Nothing was changed.",
        visible(name),
        visible(suggestion)
    )]
    NoDatabase {
        /// The name.
        name: String,
        /// The name that may be meant, as the end of the sentence.
        suggestion: String,
    },
    /// The home database cannot be uninstalled alone.
    #[error(
        "database {} is the home database, without which no other database can be checked; leave out --database to uninstall everything. Nothing was changed.",
        visible(.0)
    )]
    HomeAlone(String),
    /// A database with posemo cannot be inspected.
    #[error(
        "posemo is installed in database {}, which cannot be inspected: {}. Nothing was changed.",
        visible(.database),
        visible(.reason)
    )]
    Closed {
        /// The database.
        database: String,
        /// Why it cannot be inspected.
        reason: String,
    },
    /// Code of another role would run while the server analyses queries.
    #[error(
        "cannot lint the queries of the checks: the event trigger {} runs a function of a role that is not a superuser; drop or disable it first",
        visible(.0)
    )]
    EventTrigger(String),
    /// The server could not analyse the queries of a check.
    #[error("check {check}")]
    Check {
        /// The check.
        check: String,
        /// The cause.
        source: Box<AdminError>,
    },
    /// The server returned no parse tree of a query.
    #[error("the server returned no parse tree of the query")]
    NoTree,
    /// A script of a check cannot be parsed.
    #[error("{0}. Nothing was changed.")]
    Script(#[from] ScriptError),
    /// The linter refused queries.
    #[error("the linter refuses these checks. Nothing was changed.{}", lines(.0))]
    Refused(Vec<LintRefusal>),
    /// A step of a script failed; the sentence includes what happened to the earlier steps.
    #[error("{0}")]
    Step(String),
}

impl AdminError {
    /// The error about a database that does not exist.
    pub(super) fn no_database<'n>(
        name: &str,
        existing: impl IntoIterator<Item = &'n str>,
    ) -> AdminError {
        let mut suggestion = suggestion(name, existing);
        if !suggestion.ends_with('?') {
            suggestion.push('.');
        }
        AdminError::NoDatabase { name: name.to_owned(), suggestion }
    }
}

fn lines(refusals: &[LintRefusal]) -> String {
    refusals.iter().fold(String::new(), |text, refusal| text + "\n  " + &refusal.to_string())
}
