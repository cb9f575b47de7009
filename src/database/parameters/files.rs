//! libpq's password file and service file.
//!
//! It prints no warning and sets no priority: it returns what it finds, and the warning.

use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::conninfo::Pairs;
use super::environment::Environment;
use super::error::ParametersError;

/// A password, which Debug output does not contain.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(pub(crate) Vec<u8>);

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

/// The lines of a password file.
#[derive(Default)]
pub(crate) struct PasswordFile {
    path: PathBuf,
    lines: Vec<Vec<u8>>,
    /// Why the file is not used.
    problem: Option<String>,
}

impl PasswordFile {
    /// Reads a file. A file that must not be used is ignored as in libpq, with a warning.
    pub(crate) fn read(file: &Path, named: bool) -> (PasswordFile, Option<String>) {
        let unused = |problem: String| PasswordFile {
            path: file.to_owned(),
            lines: Vec::new(),
            problem: Some(problem),
        };
        let refused = |problem: &str| {
            let problem = format!("the password file {} {problem}", file.display());
            (unused(problem.clone()), Some(problem))
        };
        let attributes = match fs::metadata(file) {
            Ok(attributes) => attributes,
            Err(error) if error.kind() == io::ErrorKind::NotFound && !named => {
                let problem = format!(
                    "the password file {} does not exist; create it with mode 0600 and a line HOST:PORT:DATABASE:USER:PASSWORD",
                    file.display()
                );
                return (unused(problem), None);
            }
            Err(error) => return refused(&format!("is not used: {error}")),
        };
        if !attributes.is_file() {
            return refused("is not used: it is not a plain file");
        }
        if attributes.permissions().mode() & 0o077 != 0 {
            return refused("is not used: others may read or write it; run chmod 0600 on it");
        }
        match fs::read(file) {
            Ok(text) => {
                (PasswordFile { path: file.to_owned(), ..PasswordFile::parse(&text) }, None)
            }
            Err(error) => refused(&format!("is not used: {error}")),
        }
    }

    fn parse(text: &[u8]) -> PasswordFile {
        let lines = text.split(|byte| *byte == b'\n');
        let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let lines = lines.filter(|line| !line.starts_with(b"#")).map(<[u8]>::to_vec).collect();
        PasswordFile { lines, ..PasswordFile::default() }
    }

    /// Why it has no password.
    pub(crate) fn reason(&self, host: &str, port: u16, database: &str, user: &str) -> String {
        match &self.problem {
            Some(problem) => problem.clone(),
            None if self.path.as_os_str().is_empty() => {
                "this account has no home directory with a password file; set PGPASSFILE".to_owned()
            }
            None => format!(
                "no line of the password file {} is for {host}:{port}:{database}:{user}; add one with the password",
                self.path.display()
            ),
        }
    }

    /// The password of the first line that matches.
    pub(crate) fn find(&self, host: &str, port: u16, database: &str, user: &str) -> Option<Secret> {
        let port = port.to_string();
        self.lines.iter().find_map(|line| {
            let mut rest = line.as_slice();
            for field in [host, &port, database, user] {
                rest = after_field(rest, field.as_bytes())?;
            }
            Some(Secret(unescape(rest)))
        })
    }
}

impl fmt::Debug for PasswordFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PasswordFile({} lines)", self.lines.len())
    }
}

/// What follows a field and its colon, if the field is `*` or equal.
fn after_field<'a>(line: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    if let Some(rest) = line.strip_prefix(b"*:") {
        return Some(rest);
    }
    let mut wanted = wanted.iter();
    let mut line = line.iter();
    loop {
        let mut byte = line.next()?;
        let next = wanted.next();
        if *byte == b':' && next.is_none() {
            return Some(line.as_slice());
        }
        if *byte == b'\\' {
            byte = line.next()?;
        }
        if Some(byte) != next {
            return None;
        }
    }
}

fn unescape(text: &[u8]) -> Vec<u8> {
    let mut bytes = text.iter();
    let mut plain = Vec::new();
    while let Some(byte) = bytes.next() {
        plain.push(if *byte == b'\\' { *bytes.next().unwrap_or(byte) } else { *byte });
    }
    plain
}

/// The settings of a service: from the named file or that of the home directory, then that of the machine.
pub(crate) fn service(
    name: &str,
    named_file: Option<&str>,
    environment: &Environment,
) -> Result<Pairs, ParametersError> {
    let own = match named_file {
        Some(file) => Some(PathBuf::from(file)),
        None => environment.home.as_ref().map(|home| home.join(".pg_service.conf")),
    };
    let system = environment
        .get("PGSYSCONFDIR")
        .map_or_else(|| environment.system_configuration.clone(), PathBuf::from);
    let system = system.join("pg_service.conf");
    let places = own.iter().map(|file| (file, named_file.is_some())).chain([(&system, false)]);
    for (file, must_exist) in places.clone() {
        let text = match fs::read_to_string(file) {
            Ok(text) => text,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound && !must_exist => continue,
            Err(cause) => return Err(ParametersError::ServiceFile { file: file.clone(), cause }),
        };
        if let Some(pairs) = section(&text, name, file)? {
            return Ok(pairs);
        }
    }
    let places: Vec<String> = places.map(|(file, _)| file.display().to_string()).collect();
    Err(ParametersError::NoService { service: name.to_owned(), places: places.join(" or ") })
}

/// The pairs of one section. Where a keyword occurs twice, the first one counts, as in libpq.
fn section(text: &str, name: &str, file: &Path) -> Result<Option<Pairs>, ParametersError> {
    let mut found: Option<Pairs> = None;
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        let problem = |problem: &str| ParametersError::ServiceLine {
            file: file.to_owned(),
            line: at + 1,
            problem: problem.to_owned(),
        };
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(title) = line.strip_prefix('[') {
            if found.is_some() {
                break;
            }
            let title = title.split(']').next().unwrap_or(title);
            found = (title == name).then(Pairs::new);
            continue;
        }
        let Some(pairs) = &mut found else { continue };
        if line.starts_with("ldap://") {
            return Err(problem(
                "looking up a service by LDAP is not supported; write its settings here",
            ));
        }
        match line.split_once('=') {
            None => return Err(problem("has no \"=\"; write keyword=value")),
            Some(("service" | "servicefile", _)) => {
                return Err(problem("a service cannot name another service"));
            }
            Some((keyword, value)) => pairs.push((keyword.to_owned(), value.to_owned())),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_found_by_the_first_line_that_matches() {
        let file = PasswordFile::parse(
            b"# h:5:d:u:comment\nh\\:1:5:d:u:colon\nh:5:*:u:a\\:b\\\\c\r\n*:*:*:*:any\n",
        );
        let find = |host, database| {
            file.find(host, 5, database, "u").map(|s| String::from_utf8(s.0).unwrap())
        };
        assert_eq!(find("h:1", "d").as_deref(), Some("colon"));
        assert_eq!(find("h", "x").as_deref(), Some("a:b\\c"));
        assert_eq!(find("other", "x").as_deref(), Some("any"));
        assert_eq!(PasswordFile::parse(b"h:5:d:u").find("h", 5, "d", "u"), None);
    }

    #[test]
    fn a_section_ends_where_the_next_begins() {
        let text = "[a]\nhost=1\n\n# note\n[b]\nhost = 2\nport=3\n[b]\nhost=4\n";
        let pairs = section(text, "b", Path::new("f")).unwrap().unwrap();
        assert_eq!(pairs, [("host ".into(), " 2".into()), ("port".into(), "3".into())]);
        let error = section("[a]\nnonsense\n", "a", Path::new("f")).unwrap_err();
        assert_eq!(error.to_string(), "f line 2: has no \"=\"; write keyword=value");
    }
}
