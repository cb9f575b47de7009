//! Writes the findings of an offline case into its file, if the case passes with the new text.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::blessed_text::{self, TextNotBlessed};
use super::case_file::{CaseFile, CaseKind};
use super::collection::{CaseText, TestedCheck};
use super::expected::compare;
use super::offline::OfflineCase;
use crate::catalog::check::Check;
use crate::finding::Finding;
use crate::text::mistake::Mistake;

/// Why a case is not blessed.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotBlessed {
    /// The case has no file in a folder of the user.
    #[error("not blessed: the case is part of posemo, of an archive or of a signed folder")]
    NoFile,
    /// The text of the case cannot be changed.
    #[error("not blessed: {0}")]
    Text(#[from] TextNotBlessed),
    /// The changed text is not valid.
    #[error("not blessed: {0}")]
    Invalid(#[from] Mistake),
    /// The changed text does not expect what was found.
    #[error("not blessed: a case cannot contain these findings")]
    NotWritable,
    /// The folder or the file is a symbolic link, which can lead to the file of another user.
    #[error("not blessed: {} is a symbolic link", .0.display())]
    Link(PathBuf),
    /// The file cannot be written.
    #[error("not blessed: {}: {error}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The cause.
        error: io::Error,
    },
}

/// The first case of a folder without cases. It is not yet written.
pub(super) fn first_case(tested: &TestedCheck) -> Option<CaseText> {
    let folder = tested.folder.as_ref().filter(|_| tested.cases.is_empty())?;
    Some(CaseText {
        file: CaseFile {
            name: "no_rows".to_owned(),
            place: format!("{}/cases/no_rows.toml", tested.check.place),
            kind: CaseKind::Offline,
        },
        path: Some(folder.join("cases/no_rows.toml")),
        text: Ok(blessed_text::first_case(&tested.check)),
    })
}

/// Writes the findings into the file of a case, whose text is `old`.
pub(super) fn bless(
    check: &Check,
    case: &CaseText,
    old: &str,
    found: &[Finding],
) -> Result<(), NotBlessed> {
    let path = case.path.as_ref().ok_or(NotBlessed::NoFile)?;
    let new = blessed_text::blessed(old, found)?;
    let again = OfflineCase::read(check, &case.file.place, &new)?;
    if again.expect.is_none_or(|expected| !compare(&expected, found).is_empty()) {
        return Err(NotBlessed::NotWritable);
    }
    let folder = path.parent().ok_or(NotBlessed::NoFile)?;
    let is_link =
        |path: &Path| fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
    if let Some(link) = [folder, path].into_iter().find(|path| is_link(path)) {
        return Err(NotBlessed::Link(link.to_owned()));
    }
    let failed = |error| NotBlessed::Write { path: path.clone(), error };
    fs::create_dir_all(folder).map_err(failed)?;
    replace(path, &new).map_err(failed)
}

/// Replaces a file with a new one. After an interruption the old file exists.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let temporary = path.with_extension("toml~");
    // An earlier interruption may have left it. A link with this name must not be followed.
    let _ = fs::remove_file(&temporary);
    let written = fs::File::create_new(&temporary).and_then(|mut file| {
        if let Ok(metadata) = fs::metadata(path) {
            file.set_permissions(metadata.permissions())?;
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}
