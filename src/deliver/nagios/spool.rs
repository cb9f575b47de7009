//! Writes all results of a run into one file in Nagios' `check_result_path`.
//!
//! Nagios reads and removes the file.

use std::collections::hash_map::RandomState;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::deliver::error::DeliverError;
use crate::deliver::passive::{ServiceResult, service_results, times};
use crate::finding::report::Report;
use crate::output::host_name::FORBIDDEN_BY_NAGIOS;
use crate::settings::receiver::Receiver;

/// The number of bytes in one result, as in Nagios.
const MOST_BYTES: usize = 8192;

/// Nagios reads the directory every few seconds. If a file is older than this, Nagios does not read it.
const UNREAD: Duration = Duration::from_secs(120);

/// Writes one file with all results, then the empty file that marks it as complete.
pub(crate) fn write_spool(
    receiver: &Receiver,
    directory: &Path,
    report: &Report,
) -> Result<String, DeliverError> {
    let (results, losses) = service_results(receiver, report, FORBIDDEN_BY_NAGIOS, MOST_BYTES / 2);
    let unread = unread(directory);
    if !results.is_empty() {
        write_file(directory, &text(&results, times(report)))?;
    }
    let place = directory.display().to_string();
    if let Some(age) = unread {
        let reason = format!(
            "Nagios has not read results for {} s; check that it runs and that its check_result_path is this directory",
            age.as_secs()
        );
        return Err(DeliverError::Refused { place, reason });
    }
    losses.into_result(&place, results.len())
}

/// The text of the file: the results, with empty lines between them.
fn text(results: &[ServiceResult], times: (f64, f64)) -> String {
    let (began, ended) = times;
    // Never in the future: Nagios computes the age without a sign, and removes the file as too old.
    let mut text = format!("### Active Check Result File ###\nfile_time={:.0}\n", ended.floor());
    for result in results {
        let ServiceResult { host, service, state, .. } = result;
        let (code, output) = (state.exit_code(), result.nagios_text(MOST_BYTES));
        write!(
            text,
            "\n### Nagios Service Check Result ###\nhost_name={host}\nservice_description={service}\n\
             check_type=1\ncheck_options=0\nscheduled_check=0\nreschedule_check=0\nlatency=0.0\n\
             start_time={began:.6}\nfinish_time={ended:.6}\nearly_timeout=0\nexited_ok=1\n\
             return_code={code}\noutput={output}\n"
        )
        .expect("writing into a string cannot fail");
    }
    text.push('\n');
    text
}

/// Writes the file, then its companion. Nagios ignores a file without one.
fn write_file(directory: &Path, text: &str) -> Result<(), DeliverError> {
    let (path, mut file) = create(directory)?;
    let complete = path.with_extension("ok");
    let written = grant_read(&file, directory)
        .and_then(|()| file.write_all(text.as_bytes()))
        .and_then(|()| file.sync_all())
        .and_then(|()| new(&complete))
        .and_then(|companion| grant_read(&companion, directory));
    written.map_err(|source| {
        let _ = (fs::remove_file(&complete), fs::remove_file(&path));
        DeliverError::File { action: "write", path, source }
    })
}

/// Creates a file with a name that Nagios reads: `c` and six characters.
fn create(directory: &Path) -> Result<(PathBuf, File), DeliverError> {
    loop {
        // The state of a new hasher is random enough for a name that does not exist.
        let random = RandomState::new().build_hasher().finish() % 36u64.pow(6);
        let digit = |place: u32| {
            let digit = u32::try_from(random / 36u64.pow(place) % 36).unwrap_or_default();
            char::from_digit(digit, 36).unwrap_or('0')
        };
        let path = directory.join(format!("c{}", (0..6).map(digit).collect::<String>()));
        match new(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Ok(file) => return Ok((path, file)),
            Err(source) => {
                let source = with_advice(source);
                return Err(DeliverError::File { action: "write", path, source });
            }
        }
    }
}

/// An error, and what to do about it.
fn with_advice(source: io::Error) -> io::Error {
    io::Error::other(match source.kind() {
        io::ErrorKind::NotFound => {
            "the directory does not exist; set spool to Nagios' check_result_path"
        }
        io::ErrorKind::PermissionDenied => {
            "permission denied; the directory belongs to Nagios' user: give the user that posemo runs as permission to write into it"
        }
        _ => return source,
    })
}

fn new(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Permits Nagios to read the file, and as few other users as possible.
///
/// The file gets the owner of the directory if posemo may change owners, or the group of the directory if posemo is a
/// member. Otherwise all users who may enter the directory can read it.
fn grant_read(file: &File, directory: &Path) -> io::Result<()> {
    let (folder, own) = (fs::metadata(directory)?, file.metadata()?);
    let mode = if own.uid() == folder.uid()
        || fchown(file, Some(folder.uid()), Some(folder.gid())).is_ok()
    {
        0o600
    } else if fchown(file, None, Some(folder.gid())).is_ok() {
        0o640
    } else {
        0o644
    };
    file.set_permissions(fs::Permissions::from_mode(mode))
}

/// The age of the oldest complete file, if Nagios should have read it.
fn unread(directory: &Path) -> Option<Duration> {
    let mut oldest = None;
    // Without permission to list the directory posemo can still write into it.
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.path().extension().is_none_or(|extension| extension != "ok") {
            continue;
        }
        // Nagios may have removed it.
        let age = entry.metadata().and_then(|metadata| metadata.modified());
        let age = age.ok().and_then(|time| time.elapsed().ok()).unwrap_or_default();
        oldest = oldest.max(Some(age));
    }
    oldest.filter(|age| *age > UNREAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_directory_has_a_remedy() {
        let [denied, missing, full] =
            [io::ErrorKind::PermissionDenied, io::ErrorKind::NotFound, io::ErrorKind::StorageFull]
                .map(|kind| with_advice(kind.into()).to_string());
        assert!(denied.contains("permission to write into it"), "{denied}");
        assert!(missing.contains("check_result_path"), "{missing}");
        assert!(!full.contains("Nagios"), "{full}");
    }
}
