//! Why a call of another plugin has no answer.

/// Why a call of another plugin has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompatError {
    /// An option or a value is wrong.
    #[error("{0}")]
    Usage(String),
    /// The check of the other plugin has no counterpart.
    #[error("{plugin} {name} has no counterpart: {reason}")]
    NoCounterpart {
        /// The plugin.
        plugin: &'static str,
        /// The action or service.
        name: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// An option or a value has no counterpart.
    #[error("{option} of {name} has no counterpart: {reason}")]
    NoOption {
        /// The option, with its value.
        option: String,
        /// The action or service.
        name: &'static str,
        /// Why, and what to do.
        reason: String,
    },
}

impl CompatError {
    /// The error of an option, as `--include` or `-w 5`, that has no counterpart for this check of the other plugin.
    pub(super) fn no_option(
        option: impl Into<String>,
        name: &'static str,
        reason: impl Into<String>,
    ) -> CompatError {
        CompatError::NoOption { option: option.into(), name, reason: reason.into() }
    }
}
