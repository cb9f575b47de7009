//! What can go wrong between posemo and a server.
//!
//! Each says what was being done; a server's own words keep their SQLSTATE.

use super::link::LinkError;
use super::parameters::ParametersError;

/// A conversation with a server that failed.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The parameters of the connection contradict each other, or a file that they name cannot be used.
    #[error(transparent)]
    Parameters(#[from] ParametersError),
    /// There is no connection.
    #[error("{}", chained(.0))]
    Link(#[from] LinkError),
    /// The server refused a statement, or the connection broke.
    #[error("{}", said(source))]
    Statement {
        /// What the driver has to say.
        source: tokio_postgres::Error,
    },
    /// The server answered something that it was not asked.
    #[error("the server's answer cannot be read: {reason}")]
    Answer {
        /// What was wrong with it.
        reason: String,
    },
}

impl From<tokio_postgres::Error> for DatabaseError {
    fn from(source: tokio_postgres::Error) -> Self {
        Self::Statement { source }
    }
}

impl DatabaseError {
    /// The server's SQLSTATE, where it was the server that refused.
    pub fn sqlstate(&self) -> Option<&str> {
        match self {
            Self::Statement { source } => source.code().map(tokio_postgres::error::SqlState::code),
            Self::Link(error) => error.sqlstate(),
            Self::Parameters(_) | Self::Answer { .. } => None,
        }
    }

    /// Where in the statement the server found the mistake, counted in characters from 1.
    pub fn position(&self) -> Option<u32> {
        use tokio_postgres::error::ErrorPosition;
        let Self::Statement { source } = self else { return None };
        match source.as_db_error()?.position()? {
            ErrorPosition::Original(position) => Some(*position),
            ErrorPosition::Internal { .. } => None,
        }
    }

    /// The server's hint, where it gave one.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Statement { source } => {
                source.as_db_error().and_then(tokio_postgres::error::DbError::hint)
            }
            Self::Link(_) | Self::Parameters(_) | Self::Answer { .. } => None,
        }
    }
}

/// A link's error keeps its cause apart, and the cause is what tells a person most.
fn chained(error: &LinkError) -> String {
    let mut sentence = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        // The driver writes a server's detail and hint into lines of their own.
        let words = inner.to_string().replace("\nDETAIL: ", ": ").replace("\nHINT: ", " ");
        if !sentence.contains(&words) {
            sentence = format!("{sentence}: {words}");
        }
        cause = inner.source();
    }
    sentence
}

/// The server's message with its SQLSTATE, unless that says only that the words are somebody's own; the
/// driver's, where the server said nothing.
fn said(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(server) if *server.code() == tokio_postgres::error::SqlState::RAISE_EXCEPTION => {
            server.message().to_owned()
        }
        Some(server) => format!("{} (SQLSTATE {})", server.message(), server.code().code()),
        None if error.is_closed() => "the server closed the connection".to_owned(),
        None => {
            let cause = std::error::Error::source(error)
                .map(|cause| format!(": {cause}"))
                .unwrap_or_default();
            format!("{error}{cause}")
                .replace("error communicating with the server: ", "the connection broke: ")
        }
    }
}
