//! The errors of reading what is in force.

use crate::catalog::error::CatalogError;
use crate::database::parameters::ParametersError;
use crate::explain::ExplainError;
use crate::settings::error::SettingsError;

/// Why what is in force cannot be determined.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The settings cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A check cannot be used.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A check in a folder of the settings cannot be used.
    #[error("{place}")]
    Path {
        /// File, line and key.
        place: String,
        /// The cause.
        source: CatalogError,
    },
    /// The connection parameters contradict each other.
    #[error(transparent)]
    Parameters(#[from] ParametersError),
    /// The thresholds cannot be read.
    #[error(transparent)]
    Explain(#[from] ExplainError),
}
