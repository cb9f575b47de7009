//! What can go wrong with a script, each in one line that names the place, with more where there is more.
//!
//! It does not decide what becomes of a failed script; that is the runner's to say.

use serde::{Deserialize, Serialize};

/// All that the interpreter says to whoever changes something that is frozen.
const FROZEN: &str = "Immutable";

/// What helps then.
const COPY_IT: &str = "the documents, the context, texts, and what the top level of the script made cannot be changed; change a copy, made with list() or dict()";

/// Why a script gave no findings. `Display` is the one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum ScriptError {
    /// The source is of a kind that is not even parsed.
    #[error("{check}/evaluate.star:{line}: {reason}")]
    Source {
        /// The check.
        check: String,
        /// The line, from 1.
        line: u32,
        /// What is the matter, and what to do.
        reason: String,
    },
    /// It does not parse, or it failed while it ran.
    #[error("{place}: {reason}")]
    Failed {
        /// `<check>/evaluate.star`, with line and column where they are known.
        place: String,
        /// The first line of what the interpreter says.
        reason: String,
        /// The whole of it, with an excerpt of the source and the calls that led there.
        details: String,
    },
    /// It returned something that the contract does not allow.
    #[error("{check}/evaluate.star: check_context returned {reason}")]
    Answer {
        /// The check.
        check: String,
        /// What, and what is expected.
        reason: String,
    },
    /// It returned a string, which is how a script says itself that it could not judge.
    #[error("{check}/evaluate.star: check_context gave up: {reason}")]
    GaveUp {
        /// The check.
        check: String,
        /// The string.
        reason: String,
    },
    /// The documents could not be handed to it.
    #[error("{check}/evaluate.star: cannot convert the rows for the script: {reason}")]
    Documents {
        /// The check.
        check: String,
        /// What the interpreter says.
        reason: String,
    },
}

/// A script that gave no findings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{error}")]
pub struct Unjudged {
    /// Why it gave none.
    pub error: ScriptError,
    /// What it had printed until then, each line with its place.
    pub printed: Vec<String>,
}

impl ScriptError {
    /// One line, for a plugin's output.
    pub fn summary(&self) -> String {
        self.to_string().lines().next().unwrap_or_default().to_owned()
    }

    /// The lines below the first, where there are any.
    pub fn details(&self) -> Option<&str> {
        match self {
            Self::Failed { details, .. } if !details.is_empty() => Some(details),
            Self::GaveUp { reason, .. } => reason.split_once('\n').map(|(_, rest)| rest),
            _ => None,
        }
    }

    /// Wraps what the interpreter says; its first line may hold text of the script's own making.
    pub(super) fn from_starlark(check: &str, error: &starlark::Error) -> ScriptError {
        let place = match error.span() {
            Some(span) => span.resolve().begin_file_line().to_string(),
            None => format!("{check}/evaluate.star"),
        };
        let column = error.span().map(|span| span.resolve_span().begin.column + 1);
        let place = column.map_or(place.clone(), |column| format!("{place}:{column}"));
        let reason = error.without_diagnostic().to_string();
        let reason = match shorten(reason.lines().next().unwrap_or_default(), 300) {
            short if short == FROZEN => format!("{short}: {COPY_IT}"),
            other => other,
        };
        let details = if error.has_diagnostic() { error.to_string() } else { String::new() };
        ScriptError::Failed { place, reason, details: shorten(details.trim_end(), 4000) }
    }
}

/// At most so many characters; a script can put megabytes into `fail`.
pub(super) fn shorten(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
