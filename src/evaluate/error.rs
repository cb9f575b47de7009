//! The errors of scripts. Each has one line with the position, and more lines if the interpreter gives them.

use serde::{Deserialize, Serialize};

use crate::text::visible::truncated;

/// The whole message of the interpreter when a script changes a frozen value.
const FROZEN: &str = "Immutable";

/// The remedy for that.
const COPY_IT: &str = "the documents, the context, texts, and values defined at the top level of the script cannot be changed; change a copy, made with list() or dict()";

/// How the messages of the interpreter about its limits begin, and what posemo writes instead.
const LIMITS: [(&str, &str); 2] = [
    (
        "Execution duration limit of ",
        "too many turns of loops and calls: look for a loop that does not end",
    ),
    ("Heap memory limit of ", "too much memory: make its strings, lists and numbers smaller"),
];

/// Why a script returned no findings. `Display` writes one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum ScriptError {
    /// The source is refused before it is parsed, or does not define the function.
    #[error("{check}/evaluate.star:{line}: {reason}")]
    Source {
        /// The check.
        check: String,
        /// The line, from 1.
        line: u32,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// The source does not parse, or the script failed.
    #[error("{}", failed(position, reason))]
    Failed {
        /// `<check>/evaluate.star`, with line and column if they are known.
        position: String,
        /// The first line of the interpreter's message.
        reason: String,
        /// The whole message, with an excerpt of the source and the calls that led there.
        details: String,
    },
    /// The script returned a value that is not a list of findings.
    #[error("{check}/evaluate.star: check_context returned {reason}")]
    Answer {
        /// The check.
        check: String,
        /// The value, and what is expected.
        reason: String,
    },
    /// The function `rows` of the script made no rows of a document.
    #[error("the document does not have the form that the check expects: {reason}")]
    Form {
        /// The interpreter's message with its position, or the value that was returned.
        reason: String,
    },
    /// The function `rows` of the script explained why it made no rows of a document.
    #[error("{reason}")]
    NoRows {
        /// The explanation.
        reason: String,
    },
    /// The script returned a string: the reason why it could not judge.
    #[error("{check}/evaluate.star: check_context gave up: {reason}")]
    GaveUp {
        /// The check.
        check: String,
        /// The reason.
        reason: String,
    },
    /// The rows could not be converted for the script.
    #[error("{check}/evaluate.star: cannot convert the rows for the script: {reason}")]
    Documents {
        /// The check.
        check: String,
        /// The interpreter's message.
        reason: String,
    },
}

/// A script that calls `fail` explains it to the reader of the report; the position is for its author.
fn failed(position: &str, reason: &str) -> String {
    match reason.strip_prefix("fail: ").map(str::trim) {
        Some(explanation) if !explanation.is_empty() => format!("{explanation} ({position})"),
        _ => format!("{position}: {reason}"),
    }
}

/// A script that returned no findings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{error}")]
pub struct ScriptFailure {
    /// Why it returned none.
    pub error: ScriptError,
    /// The lines that it printed before, each with its position.
    pub printed: Vec<String>,
}

impl ScriptError {
    /// The error of the function `rows`: another form of the document is its only cause, unless the script reports another one.
    pub(super) fn about_document(self) -> ScriptError {
        match self {
            Self::Failed { reason, .. } if reason.starts_with("fail: ") => {
                let explanation = reason.trim_start_matches("fail: ").trim().to_owned();
                Self::NoRows { reason: explanation }
            }
            Self::Failed { position, reason, .. } => {
                Self::Form { reason: format!("{reason} ({position})") }
            }
            other => other,
        }
    }

    /// The first line of the message.
    pub fn summary(&self) -> String {
        self.to_string().lines().next().unwrap_or_default().to_owned()
    }

    /// The other lines of the message, if any.
    pub fn details(&self) -> Option<&str> {
        match self {
            Self::Failed { details, .. } if !details.is_empty() => Some(details),
            Self::GaveUp { reason, .. } => reason.split_once('\n').map(|(_, rest)| rest),
            _ => None,
        }
    }

    /// Wraps the interpreter's error. Its first line may contain text of the script.
    pub(super) fn from_starlark(check: &str, error: &starlark::Error) -> ScriptError {
        let position = match error.span() {
            Some(span) => span.resolve().begin_file_line().to_string(),
            None => format!("{check}/evaluate.star"),
        };
        let column = error.span().map(|span| span.resolve_span().begin.column + 1);
        let position = column.map_or(position.clone(), |column| format!("{position}:{column}"));
        let reason = error.without_diagnostic().to_string();
        let reason = match truncated(reason.lines().next().unwrap_or_default(), 300) {
            short if short == FROZEN => format!("{short}: {COPY_IT}"),
            other => match LIMITS.iter().find(|(start, _)| other.starts_with(start)) {
                Some((_, text)) => (*text).to_owned(),
                None => other,
            },
        };
        let details = if error.has_diagnostic() { error.to_string() } else { String::new() };
        ScriptError::Failed { position, reason, details: truncated(details.trim_end(), 4000) }
    }
}
