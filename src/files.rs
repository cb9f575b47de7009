//! Replaces a file in one step, so that a reader sees the old content or the new one; and reads files that cannot block.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

/// The permissions of a new file: a collector reads it as another user.
const MODE: u32 = 0o644;

/// Writes a hidden file in the same folder, and renames it.
///
/// An existing file keeps its permissions. Anything but a regular file is refused: the rename would replace a device,
/// or a symbolic link that another user may have created.
pub fn write(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let name = path.file_name().ok_or_else(|| refused("it does not name a file"))?;
    let mode = match fs::symlink_metadata(path) {
        Ok(existing) if existing.is_file() => existing.permissions().mode() & 0o7777,
        Ok(_) => {
            return Err(refused("it exists and is not a regular file; give another name"));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => MODE,
        Err(error) => return Err(error),
    };
    let hidden = format!(".{}.{}.tmp", name.to_string_lossy(), std::process::id());
    replace(path, folder(path).join(hidden), mode, content)
}

/// Writes a temporary file with these permissions, and renames it. Both names must be in the same folder.
pub fn replace(
    path: &Path,
    temporary: PathBuf,
    mode: u32,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let (draft, file) = TemporaryFile::create(temporary)?;
    let mut writer = BufWriter::new(file);
    content(&mut writer)?;
    let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.set_permissions(Permissions::from_mode(mode))?;
    file.sync_all()?;
    draft.rename(path)?;
    // Not every file system can guarantee that the rename survives a power failure.
    let _ = File::open(folder(path)).and_then(|folder| folder.sync_all());
    Ok(())
}

/// The path with an ending: a file beside it.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Whether something has this name, also a link that leads nowhere.
pub fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Opens a regular file for reading. Another kind of file may never end, and opening a pipe would wait for its writer.
pub fn open(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).custom_flags(nonblocking()).open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("it is not a regular file"))
    }
}

/// The flag with which opening a pipe does not wait for its other end.
pub fn nonblocking() -> i32 {
    OFlags::NONBLOCK.bits().cast_signed()
}

/// The content of an open file with at most this number of bytes.
pub fn content(file: File, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if file.take(most + 1).read_to_end(&mut bytes)? as u64 > most {
        return Err(io::Error::other(format!("it is larger than {} MiB", most >> 20)));
    }
    Ok(bytes)
}

/// The folder of a file.
pub fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file that is removed unless it is renamed.
struct TemporaryFile(PathBuf);

impl TemporaryFile {
    fn create(path: PathBuf) -> io::Result<(TemporaryFile, File)> {
        // A process that was killed may have left the file.
        let _ = fs::remove_file(&path);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        Ok((TemporaryFile(path), file))
    }

    fn rename(self, path: &Path) -> io::Result<()> {
        // After a successful rename there is nothing left to remove.
        fs::rename(&self.0, path)
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        // If this fails too, the first error explains more.
        let _ = fs::remove_file(&self.0);
    }
}

fn refused(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, reason)
}
