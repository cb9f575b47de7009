//! The base directories for the directory of a server, the best first.
//!
//! It creates nothing: the guard tries one after another until it can create its directory.

use std::{ffi::OsString, fs, path::PathBuf};

/// Files in memory. Most of the run time of a server for seconds is creating and removing files.
const MEMORY: &str = "/dev/shm";

/// Bytes that must be free there, and in memory as a whole: twenty times the size of an empty server.
const ROOM: u64 = 1 << 30;

/// The longest suffix of the base directory in the path of a socket.
const LONGEST_SOCKET: &str = "/posemo-XXXXXX/.s.PGSQL.65535";

/// The length of a socket's path in bytes that all systems accept: Linux accepts 107, macOS and the BSDs 103.
const SOCKET_BYTES: usize = 103;

/// The directories to try: `TMPDIR`, or memory for a short-lived server; then `/tmp`.
pub(super) fn bases(short_lived: bool) -> Vec<PathBuf> {
    ordered(std::env::var_os("TMPDIR"), short_lived && memory_has_room())
}

fn ordered(tmpdir: Option<OsString>, memory: bool) -> Vec<PathBuf> {
    let first = tmpdir.filter(fits).or_else(|| memory.then(|| OsString::from(MEMORY)));
    first.into_iter().chain([OsString::from("/tmp")]).map(PathBuf::from).collect()
}

/// Whether the path is short enough for a socket in it.
fn fits(base: &OsString) -> bool {
    let bytes = base.as_encoded_bytes();
    bytes.first() == Some(&b'/')
        && !bytes.contains(&b'\n')
        && bytes.len() + LONGEST_SOCKET.len() <= SOCKET_BYTES
}

/// Read again for each server, so that many servers do not fill it. The free space of `/dev/shm` is not enough: its size
/// is usually half of all memory, whether that memory is in use or not.
fn memory_has_room() -> bool {
    let free =
        rustix::fs::statvfs(MEMORY).map_or(0, |stat| stat.f_bavail.saturating_mul(stat.f_frsize));
    let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    free >= ROOM && available(&meminfo) >= ROOM && GROUPS.iter().all(ControlGroup::has_room)
}

/// The files of a container's control group with its memory limit and usage; files in memory count as used.
struct ControlGroup {
    limit: &'static str,
    used: &'static str,
    details: &'static str,
}

/// The files of control groups version 2 and version 1, as a container reads its own.
const GROUPS: [ControlGroup; 2] = [
    ControlGroup {
        limit: "/sys/fs/cgroup/memory.max",
        used: "/sys/fs/cgroup/memory.current",
        details: "/sys/fs/cgroup/memory.stat",
    },
    ControlGroup {
        limit: "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        used: "/sys/fs/cgroup/memory/memory.usage_in_bytes",
        details: "/sys/fs/cgroup/memory/memory.stat",
    },
];

impl ControlGroup {
    fn has_room(&self) -> bool {
        let read = |file| fs::read_to_string(file).unwrap_or_default();
        left(&read(self.limit), &read(self.used), &read(self.details))
            .is_none_or(|left| left >= ROOM)
    }
}

/// The bytes that a group can still use; nothing if it has no limit. The kernel frees inactive file pages on demand.
fn left(limit: &str, used: &str, details: &str) -> Option<u64> {
    let limit: u64 = limit.trim().parse().ok()?;
    let used: u64 = used.trim().parse().ok()?;
    let idle = details.lines().find_map(|line| line.strip_prefix("inactive_file "));
    let idle: u64 = idle.and_then(|bytes| bytes.trim().parse().ok()).unwrap_or(0);
    Some(limit.saturating_sub(used.saturating_sub(idle)))
}

/// The bytes that can be used without swapping; 0 if the system does not report them.
fn available(meminfo: &str) -> u64 {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok());
    kilobytes.unwrap_or(0_u64).saturating_mul(1024)
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{available, left, ordered};

    #[test]
    fn a_tmpdir_that_cannot_have_a_socket_is_skipped() {
        let long = format!("/{}", "x".repeat(74));
        for (tmpdir, used) in
            [("/var/tmp", true), (&long[1..], false), (&long, false), ("/a\nb", false), ("", false)]
        {
            let bases = ordered(Some(tmpdir.into()), false);
            assert_eq!(bases.contains(&PathBuf::from(tmpdir)), used, "{tmpdir:?}");
            assert_eq!(bases.last().map(PathBuf::as_path), Some(Path::new("/tmp")));
        }
        assert!(ordered(Some(long[..74].into()), false).contains(&PathBuf::from(&long[..74])));
    }

    #[test]
    fn memory_is_used_after_tmpdir_and_before_the_disk() {
        let memory = [PathBuf::from("/dev/shm"), PathBuf::from("/tmp")];
        assert_eq!(ordered(None, true), memory);
        assert_eq!(ordered(Some("no path".into()), true), memory);
        assert_eq!(ordered(None, false), memory[1..]);
        let expected = [PathBuf::from("/var/tmp"), PathBuf::from("/tmp")];
        assert_eq!(ordered(Some("/var/tmp".into()), true), expected);
    }

    #[test]
    fn available_memory_is_read_from_meminfo() {
        let text = "MemTotal:  900 kB\nMemAvailable:     700 kB\nSwapFree: 1 kB\n";
        assert_eq!(available(text), 700 * 1024);
        assert_eq!(available("MemAvailable: much\n"), 0);
        assert_eq!(available(""), 0);
    }

    #[test]
    fn a_control_group_has_its_limit_without_its_usage() {
        assert_eq!(
            left("1000\n", "700\n", "anon 1\ninactive_file 200\nactive_file 9\n"),
            Some(500)
        );
        assert_eq!(left("1000", "700", ""), Some(300));
        assert_eq!(left("1000", "1700", "inactive_file 2"), Some(0));
        assert_eq!(left("max\n", "700\n", ""), None);
        assert_eq!(left("", "", ""), None);
    }
}
