//! Where the directory of a server may be made, the best place first.
//!
//! Makes nothing: whether a place can be written to is found out by the guard, which tries one after another.

use std::{ffi::OsString, fs, path::PathBuf};

/// Files in memory, where there are any. What a server of seconds costs is above all making and removing files.
const MEMORY: &str = "/dev/shm";

/// What must be free there, and of memory itself, for one more server: twenty times what an empty one takes.
const ROOM: u64 = 1 << 30;

/// What is added to the base directory to make the longest socket path.
const LONGEST_SOCKET: &str = "/posemo-XXXXXX/.s.PGSQL.65535";

/// The bytes of a socket's path that every system takes: Linux takes 107, macOS and the BSDs 103.
const SOCKET_BYTES: usize = 103;

/// The directories to try: what `TMPDIR` says, else memory for a server that is soon gone; then `/tmp`.
pub(super) fn bases(short_lived: bool) -> Vec<PathBuf> {
    ordered(std::env::var_os("TMPDIR"), short_lived && memory_has_room())
}

fn ordered(tmpdir: Option<OsString>, memory: bool) -> Vec<PathBuf> {
    let said = tmpdir.filter(fits);
    // Whoever says a place means it.
    let first = said.or_else(|| memory.then(|| OsString::from(MEMORY)));
    first.into_iter().chain([OsString::from("/tmp")]).map(PathBuf::from).collect()
}

/// Whether it is short enough for a socket in it.
fn fits(base: &OsString) -> bool {
    let bytes = base.as_encoded_bytes();
    bytes.first() == Some(&b'/')
        && !bytes.contains(&b'\n')
        && bytes.len() + LONGEST_SOCKET.len() <= SOCKET_BYTES
}

/// Asked again for each server, so that many at a time do not fill it. Its size alone does not tell: it is
/// usually half of all memory, whether that is in use or not.
fn memory_has_room() -> bool {
    let free = rustix::fs::statvfs(MEMORY).map_or(0, |of| of.f_bavail.saturating_mul(of.f_frsize));
    let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    free >= ROOM && available(&meminfo) >= ROOM && GROUPS.iter().all(Group::has_room)
}

/// Files of a container's group that say what memory it may use and does: what it writes there counts as used.
struct Group {
    limit: &'static str,
    used: &'static str,
    details: &'static str,
}

/// Of the second version of control groups and of the first, as a container sees its own.
const GROUPS: [Group; 2] = [
    Group {
        limit: "/sys/fs/cgroup/memory.max",
        used: "/sys/fs/cgroup/memory.current",
        details: "/sys/fs/cgroup/memory.stat",
    },
    Group {
        limit: "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        used: "/sys/fs/cgroup/memory/memory.usage_in_bytes",
        details: "/sys/fs/cgroup/memory/memory.stat",
    },
];

impl Group {
    fn has_room(&self) -> bool {
        let read = |file| fs::read_to_string(file).unwrap_or_default();
        left(&read(self.limit), &read(self.used), &read(self.details))
            .is_none_or(|left| left >= ROOM)
    }
}

/// The bytes that a group may still take; none where nothing limits it. Files that nobody reads any more give way.
fn left(limit: &str, used: &str, details: &str) -> Option<u64> {
    let limit: u64 = limit.trim().parse().ok()?;
    let used: u64 = used.trim().parse().ok()?;
    let idle = details.lines().find_map(|line| line.strip_prefix("inactive_file "));
    let idle: u64 = idle.and_then(|bytes| bytes.trim().parse().ok()).unwrap_or(0);
    Some(limit.saturating_sub(used.saturating_sub(idle)))
}

/// The bytes that can be used without swapping; none where the system does not say.
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
    fn a_temporary_directory_that_is_no_place_for_a_socket_is_passed_over() {
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
    fn memory_comes_after_what_the_user_says_and_before_the_disk() {
        let memory = [PathBuf::from("/dev/shm"), PathBuf::from("/tmp")];
        assert_eq!(ordered(None, true), memory);
        assert_eq!(ordered(Some("no path".into()), true), memory);
        assert_eq!(ordered(None, false), memory[1..]);
        let said = [PathBuf::from("/var/tmp"), PathBuf::from("/tmp")];
        assert_eq!(ordered(Some("/var/tmp".into()), true), said);
    }

    #[test]
    fn free_memory_is_read_from_its_own_line() {
        let text = "MemTotal:  900 kB\nMemAvailable:     700 kB\nSwapFree: 1 kB\n";
        assert_eq!(available(text), 700 * 1024);
        assert_eq!(available("MemAvailable: much\n"), 0);
        assert_eq!(available(""), 0);
    }

    #[test]
    fn a_group_has_what_it_may_take_without_what_it_takes() {
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
