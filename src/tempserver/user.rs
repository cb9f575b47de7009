//! The operating system user that runs the server: the caller, or another user if the caller is root, which PostgreSQL
//! refuses.
//!
//! It queries no name service: it reads `/etc/passwd`, and uses a number if that has neither user.

use std::{fs, os::unix::process::CommandExt, process::Command};

/// The id of the user `nobody` on Linux.
const OVERFLOW_ID: u32 = 65534;

/// The user that runs a temporary server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ServerUser {
    pub(super) uid: u32,
    /// The group to change to; nothing if the user does not change.
    change: Option<u32>,
}

impl ServerUser {
    /// `postgres` or `nobody` for root, otherwise the caller.
    pub(super) fn of_this_process() -> Self {
        let uid = rustix::process::geteuid().as_raw();
        if uid != 0 {
            return Self { uid, change: None };
        }
        let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let (uid, gid) = entry(&passwd, "postgres")
            .or_else(|| entry(&passwd, "nobody"))
            .unwrap_or((OVERFLOW_ID, OVERFLOW_ID));
        Self { uid, change: Some(gid) }
    }

    /// Runs the command as this user. The standard library also clears the supplementary groups.
    pub(super) fn apply(self, command: &mut Command) {
        if let Some(gid) = self.change {
            command.uid(self.uid).gid(gid);
        }
    }
}

/// The user and group id of a name; never those of root.
fn entry(passwd: &str, name: &str) -> Option<(u32, u32)> {
    let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut ids = line.split(':').skip(2).map(str::parse);
    let (uid, gid) = (ids.next()?.ok()?, ids.next()?.ok()?);
    (uid != 0).then_some((uid, gid))
}

#[cfg(test)]
mod tests {
    use super::entry;

    #[test]
    fn passwd_is_read_by_whole_names_and_never_returns_root() {
        let passwd =
            "postgresql:x:1:1::/:\npostgres:x:101:104:a:/b:/bin/sh\nnobody:x:0:0::/:\nbroken:x\n";
        assert_eq!(entry(passwd, "postgres"), Some((101, 104)));
        assert_eq!(entry(passwd, "nobody"), None);
        assert_eq!(entry(passwd, "broken"), None);
        assert_eq!(entry(passwd, "absent"), None);
    }
}
