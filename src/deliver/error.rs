//! Why a report, or a part of it, was not delivered.
//!
//! A message contains no password and no token, and at most one line of an answer.

use std::io;
use std::path::PathBuf;

use crate::text::visible::visible;

/// The number of characters of an answer that a message contains.
const LONGEST: usize = 200;

/// The message about a panic.
pub(super) const INTERNAL_ERROR: &str = "internal error; please report it";

/// Why a report, or a part of it, was not delivered.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    /// A file could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// `read`, `write`, `open`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The receiver was not reached, or did not answer in time.
    #[error("{place}: {reason}")]
    Unreachable {
        /// URL or `host:port`.
        place: String,
        /// The cause, in one line.
        reason: String,
    },
    /// The receiver refused the report.
    #[error("{place} refused: {reason}")]
    Refused {
        /// URL or `host:port`.
        place: String,
        /// Its answer in one line, and what to do.
        reason: String,
    },
    /// The receiver accepted a part of the report.
    #[error("{place} accepted {taken} of {sent}: {reason}")]
    Partly {
        /// URL or `host:port`.
        place: String,
        /// The number of accepted results, values or alerts.
        taken: usize,
        /// The number of all of them.
        sent: usize,
        /// Which were refused, as far as that is known, and what to do.
        reason: String,
    },
    /// Several errors.
    #[error("{}", sentences.join("; "))]
    Several {
        /// One sentence for each error.
        sentences: Vec<String>,
    },
}

/// The beginning of a receiver's answer, in one line and with visible characters only.
pub(super) fn excerpt(text: &str) -> String {
    visible(&text.chars().take(LONGEST).collect::<String>())
}
