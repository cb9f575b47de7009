//! Writes a file whole or not at all, for whoever reads it at any moment.
//!
//! Does not know what is in it.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The permissions of a file that is new: a collector that reads it is somebody else.
const MODE: u32 = 0o644;

/// Writes the file: into a hidden one beside it first, which then takes its name.
///
/// A file that is there keeps its permissions. What is no regular file is refused, since the new one would
/// take the place of a device, or of a link that somebody else may have laid.
pub(super) fn write(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let name = path.file_name().ok_or_else(|| refused("it names no file"))?;
    let mode = match fs::symlink_metadata(path) {
        Ok(there) if there.is_file() => there.permissions().mode() & 0o7777,
        Ok(_) => {
            return Err(refused("there is something else than a regular file; name another one"));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => MODE,
        Err(error) => return Err(error),
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let hidden = format!(".{}.{}.tmp", name.to_string_lossy(), std::process::id());
    let (draft, file) = Draft::create(folder.join(hidden))?;
    let mut writer = BufWriter::new(file);
    content(&mut writer)?;
    let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.set_permissions(Permissions::from_mode(mode))?;
    file.sync_all()?;
    draft.rename(path)?;
    // The name is in its place; that it also survives a power cut is more than some file systems promise.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// A file that goes away unless it is renamed.
struct Draft(PathBuf);

impl Draft {
    fn create(path: PathBuf) -> io::Result<(Draft, File)> {
        // What a killed process of the same number has left, and no other may have made.
        let _ = fs::remove_file(&path);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        Ok((Draft(path), file))
    }

    fn rename(self, path: &Path) -> io::Result<()> {
        // The name that is removed afterwards leads nowhere once this has gone well.
        fs::rename(&self.0, path)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Nothing more can be done where it fails, and the error that led here says more.
        let _ = fs::remove_file(&self.0);
    }
}

fn refused(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, reason)
}
