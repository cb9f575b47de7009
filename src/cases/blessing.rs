//! Writes the findings of offline cases into their files, if they hold when they are read again.

use std::fs;
use std::io::Write;
use std::path::Path;

use super::bless;
use super::collection::{CaseText, TestedCheck};
use super::expected::compare;
use super::offline::Case;
use super::{CaseFile, CaseKind};
use crate::catalog::check::Check;
use crate::finding::Finding;

/// Why a case has no file to write into.
const WHOLE: &str = "it is part of posemo, of an archive or of a signed folder";

/// The first case of a folder that has none, not yet written.
pub(super) fn first(subject: &TestedCheck) -> Option<CaseText> {
    let folder = subject.folder.as_ref().filter(|_| subject.cases.is_empty())?;
    Some(CaseText {
        file: CaseFile {
            name: "no_rows".to_owned(),
            place: format!("{}/cases/no_rows.toml", subject.check.place),
            kind: CaseKind::Offline,
        },
        path: Some(folder.join("cases/no_rows.toml")),
        text: Ok(bless::first(&subject.check)),
    })
}

/// Writes what was found into the file of a case.
pub(super) fn write(check: &Check, case: &CaseText, found: &[Finding]) -> Result<(), String> {
    let unwritten = |reason: String| format!("not blessed: {reason}");
    let path = case.path.as_ref();
    let path = path.ok_or_else(|| unwritten(WHOLE.to_owned()))?;
    let old = case.text.as_ref().map_err(Clone::clone)?;
    let new = bless::blessed(old, found).map_err(unwritten)?;
    let again = Case::read(check, &case.file.place, &new);
    let again = again.map_err(|complaint| unwritten(complaint.to_string()))?;
    if again.expect.is_none_or(|expected| !compare(&expected, found).is_empty()) {
        return Err(unwritten("what was found cannot be written down".to_owned()));
    }
    let failed = |error: std::io::Error| unwritten(format!("{}: {error}", path.display()));
    let folder = path.parent().ok_or_else(|| unwritten("it is in no folder".to_owned()))?;
    // A link leads out of the folder, to a file that may be another's.
    let is_link =
        |path: &Path| fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
    if let Some(link) = [folder, path].into_iter().find(|path| is_link(path)) {
        return Err(unwritten(format!("{} is a symbolic link", link.display())));
    }
    fs::create_dir_all(folder).map_err(failed)?;
    // Beside it and then in its place, so that an interruption leaves the old file. What stands there is the
    // rest of such an interruption, or a link that must not be followed.
    let beside = path.with_extension("toml~");
    let _ = fs::remove_file(&beside);
    let written = fs::File::create_new(&beside).and_then(|mut file| {
        if let Ok(metadata) = fs::metadata(path) {
            file.set_permissions(metadata.permissions())?;
        }
        file.write_all(new.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    });
    written.map_err(|error| {
        let _ = fs::remove_file(&beside);
        failed(error)
    })
}
