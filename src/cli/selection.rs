//! The options that select checks.

use clap::builder::PossibleValuesParser;

use super::completion;
use crate::catalog::check::Check;
use crate::catalog::error::CatalogError;
use crate::catalog::{Catalog, TOPICS};

// Which checks a command uses.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Selection {
    /// Use only these checks: names, or patterns such as 'wal_*'; repeatable, or separated by commas
    #[arg(long, value_name = "NAME", value_delimiter = ',', add = completion::checks())]
    check: Vec<String>,
    /// Use only the checks of these topics; repeatable, or separated by commas
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = PossibleValuesParser::new(TOPICS))]
    topic: Vec<String>,
}

impl Selection {
    /// The selected checks, sorted by name. Without options, all checks are selected.
    pub(super) fn checks(&self, catalog: &Catalog) -> Result<Vec<Check>, CatalogError> {
        catalog.selected(&self.check, &self.topic)
    }

    /// Whether an option was given.
    pub(super) fn is_given(&self) -> bool {
        !self.check.is_empty() || !self.topic.is_empty()
    }
}
