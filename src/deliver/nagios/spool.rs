//! All results of a run in one file of Nagios' `check_result_path`.
//!
//! It reads none of Nagios' files, and removes none: that is for Nagios to do.

use std::collections::hash_map::RandomState;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::escaped;
use crate::deliver::DeliverError;
use crate::deliver::passive::{Outcome, outcomes, times};
use crate::finding::report::Report;
use crate::output::host_name::FORBIDDEN_BY_NAGIOS;
use crate::settings::receiver::Receiver;

/// What one result may have in bytes, as in Nagios.
const MOST_BYTES: usize = 8192;

/// Nagios looks every few seconds: what lies there for longer is not read by anybody.
const UNREAD: Duration = Duration::from_secs(120);

/// Leaves one file with all results, and beside it the empty one that says that it is complete.
pub(in crate::deliver) fn spool(
    receiver: &Receiver,
    directory: &Path,
    report: &Report,
) -> Result<String, DeliverError> {
    let (outcomes, losses) = outcomes(receiver, report, FORBIDDEN_BY_NAGIOS, MOST_BYTES / 2);
    let unread = unread(directory);
    if !outcomes.is_empty() {
        leave(directory, &text(&outcomes, times(report)))?;
    }
    let place = directory.display().to_string();
    if let Some(age) = unread {
        let reason = format!(
            "results have been lying there for {} s; is Nagios running, and is this its check_result_path?",
            age.as_secs()
        );
        return Err(DeliverError::Refused { place, reason });
    }
    losses.conclude(&place, outcomes.len())
}

/// The text of the file: one result after the other, with empty lines between them.
fn text(outcomes: &[Outcome], times: (f64, f64)) -> String {
    let (began, ended) = times;
    // Never in the future: Nagios computes the age without a sign, and removes the file as too old.
    let mut text = format!("### Active Check Result File ###\nfile_time={:.0}\n", ended.floor());
    for outcome in outcomes {
        let Outcome { host, service, code, .. } = outcome;
        let output = escaped(outcome, MOST_BYTES);
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

/// Writes the file and, when it is whole, its companion. Without that Nagios passes it over.
fn leave(directory: &Path, text: &str) -> Result<(), DeliverError> {
    let (path, mut file) = create(directory)?;
    let complete = path.with_extension("ok");
    let written = admit(&file, directory)
        .and_then(|()| file.write_all(text.as_bytes()))
        .and_then(|()| file.sync_all())
        .and_then(|()| new(&complete))
        .and_then(|companion| admit(&companion, directory));
    written.map_err(|source| {
        let _ = (fs::remove_file(&complete), fs::remove_file(&path));
        DeliverError::File { what: "write", path, source }
    })
}

/// A new file of a name that Nagios looks for: `c` and six characters.
fn create(directory: &Path) -> Result<(PathBuf, File), DeliverError> {
    loop {
        // The state of a fresh hasher is random, which is all that is needed of a name.
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
                let source = advised(source);
                return Err(DeliverError::File { what: "write", path, source });
            }
        }
    }
}

/// Nagios' own directory is closed to everybody else.
fn advised(source: io::Error) -> io::Error {
    io::Error::other(match source.kind() {
        io::ErrorKind::NotFound => {
            "there is no such directory; the receiver's spool is Nagios' check_result_path"
        }
        io::ErrorKind::PermissionDenied => {
            "permission denied; the user that posemo runs as must be able to write into the directory, as Nagios' own user is"
        }
        _ => return source,
    })
}

fn new(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Lets Nagios read the file, and nobody else where that can be had: it belongs to the directory's owner
/// if posemo may give it away, or to its group if posemo is a member; else anybody may read it who may
/// enter the directory.
fn admit(file: &File, directory: &Path) -> io::Result<()> {
    let (place, own) = (fs::metadata(directory)?, file.metadata()?);
    let mode =
        if own.uid() == place.uid() || fchown(file, Some(place.uid()), Some(place.gid())).is_ok() {
            0o600
        } else if fchown(file, None, Some(place.gid())).is_ok() {
            0o640
        } else {
            0o644
        };
    file.set_permissions(fs::Permissions::from_mode(mode))
}

/// The age of the oldest complete file, if nobody has read it for too long.
fn unread(directory: &Path) -> Option<Duration> {
    let mut oldest = None;
    // Who may write there may not be allowed to look; it is told then all the same.
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.path().extension().is_none_or(|extension| extension != "ok") {
            continue;
        }
        // It may be gone by now, which is as well.
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
    fn who_may_not_write_is_told_who_may() {
        let [denied, missing, full] =
            [io::ErrorKind::PermissionDenied, io::ErrorKind::NotFound, io::ErrorKind::StorageFull]
                .map(|kind| advised(kind.into()).to_string());
        assert!(denied.contains("as Nagios' own user is"), "{denied}");
        assert!(missing.contains("check_result_path"), "{missing}");
        assert!(!full.contains("Nagios"), "{full}");
    }
}
