//! How a plugin call finds the same settings and checks: full paths of the files.

use std::path::{Path, PathBuf};

use super::DefinitionsError;

/// The options with which a call reads these settings and checks. The files must exist.
pub fn options(
    settings: Option<&Path>,
    checks: &[PathBuf],
) -> Result<Vec<(String, String)>, DefinitionsError> {
    let settings = settings.into_iter().map(|path| ("--config", path));
    let paths = settings.chain(checks.iter().map(|path| ("--checks", path.as_path())));
    let option = |(option, path): (&str, &Path)| {
        let missing = |source| DefinitionsError::Path { path: path.to_owned(), source };
        Ok((option.to_owned(), text(&path.canonicalize().map_err(missing)?)?))
    };
    paths.map(option).collect()
}

/// A path as text.
pub fn text(path: &Path) -> Result<String, DefinitionsError> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| DefinitionsError::NotText(path.to_owned()))
}
