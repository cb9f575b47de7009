//! What can keep a query from being judged.
//!
//! A query that was judged and found wanting is a complaint, not one of these.

/// A server's answer that cannot be used, which is a defect of posemo or a server that it does not know.
#[derive(Debug, thiserror::Error)]
pub enum LintError {
    /// The text of the analysed query is not in the form that is known.
    #[error(
        "cannot read how the server understood the query: {reason}, at byte {at}; please report it with the server's version"
    )]
    Tree {
        /// What was not as expected.
        reason: &'static str,
        /// Where in the text.
        at: usize,
    },
    /// The query is nested too deeply.
    #[error(
        "the query is nested deeper than {deepest} levels, which is more than posemo reads; write it with fewer"
    )]
    Deep {
        /// The most that is read.
        deepest: usize,
    },
    /// The names of what is in the query did not come as they were asked for.
    #[error("cannot read what the server says of the objects in the query; please report it")]
    Names {
        /// Why.
        source: serde_json::Error,
    },
}
