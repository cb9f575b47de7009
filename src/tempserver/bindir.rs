//! Finds the server programs, and reads their version. It installs nothing.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{error::TempServerError, user::ServerUser};

/// The first major version with `standby.signal`.
const OLDEST: u32 = 12;

/// The directory with `initdb` and `postgres`.
///
/// `POSEMO_PG_BINDIR` overrides everything. Otherwise it is the first usable directory of: the output of
/// `pg_config --bindir`, the targets of links in `PATH`, and the directories of the packages of Debian, the PostgreSQL
/// project, Homebrew and Postgres.app, the newest version first.
pub fn find_bindir() -> Result<PathBuf, TempServerError> {
    find().map(|programs| programs.bindir)
}

/// Server programs that this machine can run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Programs {
    pub(super) bindir: PathBuf,
    /// `15.18`
    pub(super) version: String,
    pub(super) major: u32,
}

/// As [`find_bindir`], with the version.
pub(super) fn find() -> Result<Programs, TempServerError> {
    if let Some(bindir) = std::env::var_os("POSEMO_PG_BINDIR").filter(|value| !value.is_empty()) {
        let bindir = PathBuf::from(bindir);
        return probe(&bindir).map_err(|problem| TempServerError::Variable { bindir, problem });
    }
    let mut searched = Vec::new();
    for candidate in candidates(std::env::var_os("PATH")) {
        match probe(&candidate) {
            Ok(programs) => return Ok(programs),
            Err(problem) => searched.push(format!("{}: {problem}", candidate.display())),
        }
    }
    searched.extend(KNOWN.map(|(parent, prefix, below)| format!("{parent}/{prefix}*{below}")));
    Err(TempServerError::NotFound { searched })
}

/// The programs in the directory that the caller named.
pub(super) fn at(bindir: &Path) -> Result<Programs, TempServerError> {
    probe(bindir).map_err(|problem| TempServerError::Bindir { bindir: bindir.to_owned(), problem })
}

/// The directories of packages for each major version: parent, prefix of the name, rest of the path.
const KNOWN: [(&str, &str, &str); 6] = [
    ("/usr/lib/postgresql", "", "/bin"),
    ("/usr", "pgsql-", "/bin"),
    ("/opt/homebrew/opt", "postgresql", "/bin"),
    ("/usr/local/opt", "postgresql", "/bin"),
    ("/usr/local", "pgsql", "/bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "/bin"),
];

/// The directories to search, without duplicates, the most likely first.
fn candidates(path: Option<OsString>) -> Vec<PathBuf> {
    let configured = Command::new("pg_config")
        .arg("--bindir")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    let configured = configured.ok().and_then(|output| String::from_utf8(output.stdout).ok());
    let configured =
        configured.map(|line| PathBuf::from(line.trim_end())).filter(|bindir| bindir.is_absolute());
    let mut candidates: Vec<PathBuf> = configured.into_iter().collect();
    for entry in std::env::split_paths(&path.unwrap_or_default()) {
        let programs = ["initdb", "postgres"]
            .iter()
            .filter_map(|name| fs::canonicalize(entry.join(name)).ok());
        candidates.extend(programs.filter_map(|program| program.parent().map(Path::to_owned)));
    }
    candidates
        .extend(KNOWN.iter().flat_map(|(parent, prefix, below)| versions(parent, prefix, below)));
    let mut seen = Vec::new();
    candidates.retain(|candidate| {
        let new = !seen.contains(candidate);
        seen.push(candidate.clone());
        new
    });
    candidates
}

/// The directories that match a pattern, the highest number first.
fn versions(parent: &str, prefix: &str, below: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.starts_with(prefix)).collect();
    names.sort_by_key(|name| std::cmp::Reverse(number(name)));
    names.iter().map(|name| PathBuf::from(format!("{parent}/{name}{below}"))).collect()
}

/// The programs in a directory, or why they cannot be used.
fn probe(bindir: &Path) -> Result<Programs, String> {
    let bindir =
        fs::canonicalize(bindir).map_err(|error| format!("it cannot be opened ({error})"))?;
    for name in ["initdb", "postgres"] {
        if !bindir.join(name).is_file() {
            return Err(format!("it does not contain the program {name}"));
        }
    }
    // A line for the guard cannot contain a line break.
    if bindir.as_os_str().as_encoded_bytes().contains(&b'\n') {
        return Err("its name contains a line break".to_owned());
    }
    let owner = ServerUser::of_this_process();
    let mut command = Command::new(bindir.join("postgres"));
    command.arg("--version").current_dir("/").stdin(Stdio::null());
    // As the user that will run it: only root can read a directory below /root.
    owner.apply(&mut command);
    let output = command
        .output()
        .map_err(|error| format!("user id {} cannot run its postgres ({error})", owner.uid))?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let version =
        printed.split_once("(PostgreSQL) ").and_then(|(_, rest)| rest.split_whitespace().next());
    let version = version.ok_or_else(|| {
        let errors = String::from_utf8_lossy(&output.stderr);
        format!("its postgres --version prints no version: {}", format!("{printed}{errors}").trim())
    })?;
    match number(version) {
        major if major >= OLDEST => Ok(Programs { version: version.to_owned(), major, bindir }),
        _ => Err(format!(
            "it contains PostgreSQL {version}; {OLDEST} is the oldest supported version"
        )),
    }
}

/// The first number in a text, or 0.
fn number(text: &str) -> u32 {
    let digits = text.trim_start_matches(|other: char| !other.is_ascii_digit());
    let end = digits.find(|other: char| !other.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{number, probe};

    #[test]
    fn the_major_version_is_the_first_number() {
        let cases = [
            ("15.18", 15),
            ("19beta1", 19),
            ("postgresql@17", 17),
            ("pgsql-9.6", 9),
            ("postgresql", 0),
        ];
        for (text, expected) in cases {
            assert_eq!(number(text), expected, "{text}");
        }
    }

    #[test]
    fn a_directory_without_both_programs_is_refused() {
        let bindir = tempfile::tempdir().unwrap();
        assert!(probe(&bindir.path().join("absent")).unwrap_err().contains("cannot be opened"));
        std::fs::write(bindir.path().join("initdb"), "").unwrap();
        assert_eq!(
            probe(bindir.path()),
            Err("it does not contain the program postgres".to_owned())
        );
    }
}
