//! The options that select checks.

use clap::builder::PossibleValuesParser;

use crate::catalog::check::Check;
use crate::catalog::error::CatalogError;
use crate::catalog::{Catalog, TOPICS};

/// Which checks a command uses.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Selection {
    /// Use only this check; repeatable
    #[arg(long, value_name = "NAME")]
    check: Vec<String>,
    /// Use only the checks of this topic; repeatable
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(TOPICS))]
    topic: Vec<String>,
}

impl Selection {
    /// The selected checks, sorted by name. Without options, all checks are selected.
    pub(super) fn checks(&self, catalog: &Catalog) -> Result<Vec<Check>, CatalogError> {
        let mut checks = if self.check.is_empty() {
            catalog.checks()?
        } else {
            self.check.iter().map(|name| catalog.get(name)).collect::<Result<Vec<_>, _>>()?
        };
        checks.retain(|check| self.topic.is_empty() || self.topic.contains(&check.topic));
        checks.sort_by(|a, b| a.name.cmp(&b.name));
        checks.dedup_by(|a, b| a.name == b.name);
        Ok(checks)
    }

    /// Whether an option was given.
    pub(super) fn is_given(&self) -> bool {
        !self.check.is_empty() || !self.topic.is_empty()
    }
}
