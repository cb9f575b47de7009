//! Finds names that two checks would have after an import.

use std::path::Path;

use super::advisor_check::{AdvisorCheck, AdvisorFile, IgnoredPart};
use super::folders::{self, FolderError};
use crate::catalog::Catalog;
use crate::catalog::error::CatalogError;
use crate::text::mistake::Mistake;

/// Why the names cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum DuplicatesError {
    /// The folder cannot be read.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A check in the folder is not valid.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

/// Separates the checks for `MySQL` and `MongoDB` that posemo contains under the same name: they are ignored.
pub fn leave_out_known(file: &mut AdvisorFile, catalog: &Catalog) {
    let is_known = |check: &AdvisorCheck| {
        let known = || catalog.get(&check.folder).is_ok_and(|known| known.shipped);
        check.judges_document() && known()
    };
    let (known, checks): (Vec<_>, Vec<_>) =
        std::mem::take(&mut file.checks).into_iter().partition(is_known);
    file.checks = checks;
    file.ignored.extend(known.into_iter().map(|check| IgnoredPart {
        reason: format!("posemo contains the check: posemo explain {}", check.folder),
        file: check.file,
        line: check.line,
        what: check.name,
    }));
}

/// Checks whose name another check has: in the files, in the folder, or in the catalog.
pub fn find(
    checks: &[AdvisorCheck],
    into: &Path,
    catalog: &Catalog,
) -> Result<Vec<Mistake>, DuplicatesError> {
    let mut present = Catalog::empty();
    let has_checks = folders::has_checks(into)?;
    if has_checks {
        present.add(into)?;
    }
    let mut mistakes = Vec::new();
    for (index, advisor_check) in checks.iter().enumerate() {
        let name = advisor_check.folder.as_str();
        let earlier = checks[..index].iter().find(|other| other.folder == name);
        let known = [catalog, &present].into_iter().find_map(|catalog| catalog.get(name).ok());
        let folder = into.join(name);
        let first = match (earlier, known) {
            (Some(other), _) => format!("{}:{}", other.file, other.line),
            (None, Some(check)) if check.shipped => {
                format!("posemo's catalog ({})", check.place)
            }
            (None, Some(check)) => check.place,
            (None, None) if folder.exists() => folder.display().to_string(),
            (None, None) => continue,
        };
        mistakes.push(Mistake {
            file: advisor_check.file.clone(),
            line: advisor_check.line,
            key: advisor_check.name.clone(),
            message: format!(
                "the check \"{name}\" already exists: {first}; rename or remove one of the two"
            ),
        });
    }
    Ok(mistakes)
}
