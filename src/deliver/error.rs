//! Why a report, or a part of it, did not arrive.
//!
//! No message holds a password, a token or more of an answer than a line.

use std::io;
use std::path::PathBuf;

use crate::text::visible::visible;

/// Characters of an answer that are shown.
const LONGEST: usize = 200;

/// A report that did not arrive, or not all of it.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    /// A file that is needed could not be read or written.
    #[error("cannot {what} {}: {source}", path.display())]
    File {
        /// `read`, `write`, `open`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The receiver could not be reached, or did not answer in time.
    #[error("{place}: {reason}")]
    Unreachable {
        /// URL or `host:port`.
        place: String,
        /// What happened, in a line.
        reason: String,
    },
    /// It answered that it does not want it.
    #[error("{place} refused: {reason}")]
    Refused {
        /// URL or `host:port`.
        place: String,
        /// Its own words, in a line, and what to do.
        reason: String,
    },
    /// It took a part.
    #[error("{place} took {taken} of {sent}: {reason}")]
    Partly {
        /// URL or `host:port`.
        place: String,
        /// How many.
        taken: usize,
        /// Of how many.
        sent: usize,
        /// Which were lost, as far as that is known, and what to do.
        reason: String,
    },
    /// Several things went wrong, each said in a sentence.
    #[error("{}", sentences.join("; "))]
    Several {
        /// What was lost where, how many, why and what to do.
        sentences: Vec<String>,
    },
}

/// Somebody else's words in a line, without what moves a cursor and without an end of their own.
pub(super) fn words(text: &str) -> String {
    visible(&text.chars().take(LONGEST).collect::<String>())
}
