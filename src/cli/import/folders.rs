//! Writes check folders so that all of them are there in the end, or none.
//!
//! What is in their files has been decided before.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::Made;
use crate::catalog::Catalog;
use crate::catalog::check::Check;
use crate::percona::draft::Draft;

/// Whether a folder is there and holds anything that could be a check.
pub(super) fn has_checks(into: &Path) -> anyhow::Result<bool> {
    if !into.exists() {
        return Ok(false);
    }
    let entries = fs::read_dir(into).with_context(|| format!("cannot read {}", into.display()))?;
    let is_check = |entry: &fs::DirEntry| {
        entry.path().is_dir() && !entry.file_name().to_string_lossy().starts_with('.')
    };
    Ok(into.join("check.toml").is_file() || entries.flatten().any(|entry| is_check(&entry)))
}

/// The check that a draft makes, read as it will be read, with the place that it will have.
pub(super) fn proof(draft: &Draft, into: &Path) -> anyhow::Result<Check> {
    let folder = Temporary::within(&std::env::temp_dir())?;
    let path = folder.0.join(draft.folder());
    write(draft, &path)?;
    let mut catalog = Catalog::empty();
    let (here, there) = (folder.0.display().to_string(), into.display().to_string());
    catalog
        .add(&path)
        .map_err(|error| anyhow::anyhow!(error.to_string().replace(&here, &there)))?;
    let mut check = catalog.get(draft.folder())?;
    check.place = into.join(draft.folder()).display().to_string();
    Ok(check)
}

/// Puts all checks in their place. Where that fails, what was put there is taken away again.
pub(super) fn place(into: &Path, made: &[Made]) -> anyhow::Result<()> {
    if made.is_empty() {
        return Ok(());
    }
    let is_new = !into.exists();
    fs::create_dir_all(into).with_context(|| format!("cannot make {}", into.display()))?;
    let placed = placed(into, made);
    if placed.is_err() && is_new {
        // It stays where somebody has put something into it meanwhile.
        let _ = fs::remove_dir(into);
    }
    placed
}

fn placed(into: &Path, made: &[Made]) -> anyhow::Result<()> {
    // Within the folder, as only within one file system a rename is one step.
    let temporary = Temporary::within(into)?;
    for made in made {
        write(&made.draft, &temporary.0.join(made.draft.folder()))?;
    }
    let mut renamed: Vec<PathBuf> = Vec::new();
    for made in made {
        let target = into.join(made.draft.folder());
        // A rename would silently take the place of an empty folder.
        let done = if target.symlink_metadata().is_ok() {
            Err(std::io::ErrorKind::AlreadyExists.into())
        } else {
            fs::rename(temporary.0.join(made.draft.folder()), &target)
        };
        if let Err(error) = done {
            for path in &renamed {
                let _ = fs::remove_dir_all(path);
            }
            return Err(error)
                .with_context(|| format!("cannot make {}; nothing was written", target.display()));
        }
        renamed.push(target);
    }
    Ok(())
}

fn write(draft: &Draft, folder: &Path) -> anyhow::Result<()> {
    fs::create_dir(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (name, text) in draft.files() {
        let file = folder.join(name);
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

/// A folder that goes away, with a name that no catalogue looks at.
struct Temporary(PathBuf);

impl Temporary {
    fn within(parent: &Path) -> anyhow::Result<Temporary> {
        let path = parent.join(format!(".posemo-import-{}", std::process::id()));
        fs::create_dir(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Temporary(path))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
