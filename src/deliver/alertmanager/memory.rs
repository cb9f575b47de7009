//! What was last said to a cluster of Alertmanagers, in a file that survives a crash at any point.
//!
//! It knows nothing of reports, and sends nothing.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};

use super::plan::Remembered;

/// The format of the file. Another one is another program's, or another posemo's.
const FORMAT: u32 = 1;

/// More than this is none of posemo's files: thousands of alerts take a few megabytes.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// Between two looks at whether another run is done.
const PAUSE: Duration = Duration::from_millis(50);

/// The file, locked against other runs while this lives.
#[derive(Debug)]
pub(super) struct Memory {
    path: PathBuf,
    receiver: String,
    _lock: File,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: u32,
    receiver: String,
    alerts: Vec<Remembered>,
}

impl Memory {
    /// Locks and reads the file. What cannot be read is moved aside, and said in a sentence. The error is
    /// one, too: alerts can be sent without the file, but a later run will not end them.
    pub(super) fn open(
        path: &Path,
        receiver: &str,
        patience: Duration,
    ) -> Result<(Memory, Vec<Remembered>, Option<String>), String> {
        let unusable = |what: &str, error: &dyn std::fmt::Display| {
            format!(
                "cannot {what} {}: {error}; alerts were sent, but those that are over now will only end when their time is up: name a state_file that posemo may write",
                path.display()
            )
        };
        let directory = directory(path);
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(directory);
        made.map_err(|error| unusable("make the directory of", &error))?;
        let lock = options().open(beside(path, ".lock"));
        let lock = lock.map_err(|error| unusable("lock", &error))?;
        wait(&lock, patience).map_err(|error| match error {
            TryLockError::WouldBlock => format!(
                "another posemo is sending to this receiver ({} is locked); alerts were sent, and the next run says which of them are over",
                beside(path, ".lock").display()
            ),
            TryLockError::Error(error) => unusable("lock", &error),
        })?;
        let memory = Memory { path: path.to_owned(), receiver: receiver.to_owned(), _lock: lock };
        match memory.read() {
            Ok(remembered) => Ok((memory, remembered, None)),
            Err(Unreadable::Of(other)) => {
                Err(unusable("use", &format!("it belongs to receiver {other}")))
            }
            Err(Unreadable::System(error)) => Err(unusable("read", &error)),
            Err(Unreadable::Broken(reason)) => {
                let aside = beside(path, ".broken");
                fs::rename(path, &aside).map_err(|error| unusable("move aside", &error))?;
                let sentence = format!(
                    "{} could not be read ({reason}) and is now {}; alerts were sent, and those of before end when their time is up",
                    path.display(),
                    aside.display()
                );
                Ok((memory, Vec::new(), Some(sentence)))
            }
        }
    }

    /// Writes a new file beside the old one, and puts it in its place once it is on the disk.
    pub(super) fn write(&self, alerts: &[Remembered]) -> Result<(), String> {
        let written = self.replace(alerts);
        written.map_err(|error| {
            format!(
                "cannot write {}: {error}; alerts were sent, but a later run may not know of them: make room or name another state_file",
                self.path.display()
            )
        })
    }

    fn replace(&self, alerts: &[Remembered]) -> io::Result<()> {
        let receiver = self.receiver.clone();
        let document = Document { format: FORMAT, receiver, alerts: alerts.to_vec() };
        let text = serde_json::to_vec(&document)?;
        let new = beside(&self.path, ".new");
        // One that was left half written is of no use, and what else may be there is not written through.
        if let Err(error) = fs::remove_file(&new)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error);
        }
        let mut file = options().create_new(true).open(&new)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&new, &self.path)?;
        File::open(directory(&self.path))?.sync_all()
    }

    fn read(&self) -> Result<Vec<Remembered>, Unreadable> {
        let text = match read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Unreadable::System(error)),
        };
        let broken = |reason: &dyn std::fmt::Display| Unreadable::Broken(reason.to_string());
        let value: serde_json::Value =
            serde_json::from_slice(&text).map_err(|error| broken(&error))?;
        match value.get("format").and_then(serde_json::Value::as_u64) {
            Some(format) if format == u64::from(FORMAT) => {}
            Some(format) => return Err(broken(&format!("its format is {format}, not {FORMAT}"))),
            None => return Err(broken(&"it is no file of posemo's")),
        }
        let document: Document = serde_json::from_value(value).map_err(|error| broken(&error))?;
        if document.receiver != self.receiver {
            return Err(Unreadable::Of(document.receiver));
        }
        Ok(document.alerts)
    }
}

enum Unreadable {
    Of(String),
    Broken(String),
    System(io::Error),
}

/// Reads a regular file: another thing of this name may never answer, or never end.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = OpenOptions::new().read(true).custom_flags(at_once()).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut text = Vec::new();
    if file.take(MOST_BYTES).read_to_end(&mut text)? as u64 == MOST_BYTES {
        return Err(io::Error::other("it is too large for a file of posemo's"));
    }
    Ok(text)
}

/// Opens a pipe without waiting for who is at its other end.
fn at_once() -> i32 {
    OFlags::NONBLOCK.bits().cast_signed()
}

fn wait(lock: &File, patience: Duration) -> Result<(), TryLockError> {
    let began = Instant::now();
    loop {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) if began.elapsed() < patience => thread::sleep(PAUSE),
            done => return done,
        }
    }
}

/// A file for this user alone: names of objects are in it.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600).custom_flags(at_once());
    options
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
