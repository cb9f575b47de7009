//! Why the linter cannot judge a query.
//!
//! A query that breaks a rule is a refusal, not an error.

/// A server's result that cannot be read: a defect of posemo, or an unknown version of the server.
#[derive(Debug, thiserror::Error)]
pub enum LintError {
    /// The parse tree has an unknown form.
    #[error(
        "cannot read the server's parse tree of the query: {reason}, at byte {at}; please report it with the server's version"
    )]
    Tree {
        /// The difference from the expected form.
        reason: &'static str,
        /// The position in the text.
        at: usize,
    },
    /// The query has too many levels.
    #[error(
        "the query has more than {deepest} nested levels, which is the limit of posemo; write it with fewer"
    )]
    Deep {
        /// The limit.
        deepest: usize,
    },
    /// The rows about the objects have an unexpected form.
    #[error("cannot read the server's rows about the objects in the query; please report it")]
    Names {
        /// The cause.
        source: serde_json::Error,
    },
}
