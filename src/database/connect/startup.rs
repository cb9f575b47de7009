//! The settings that a session starts with.

/// What the first packet of a session contains, besides user and database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Startup {
    /// Settings as command-line options of a server process, `-c name=value`; they follow the operator's `options`.
    pub options: Option<String>,
    /// The application name, unless the operator sets one.
    pub application_name: String,
}
