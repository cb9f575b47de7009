//! Files with logins: a name, a role and a hash in each line.
//!
//! A message never contains a hash.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, Params, PasswordHasher};

use crate::files;

/// The size of a file in bytes.
const MOST: u64 = 1 << 20;

/// The number of logins of a file.
const MOST_LOGINS: usize = 1000;

/// The length of a name in characters.
const LONGEST: usize = 100;

/// The memory of one verification in KiB: a mistake in a file cannot use that of the machine.
const MEMORY: u32 = 256 * 1024;

/// The passes and lanes of one verification.
const PASSES: u32 = 20;

/// What a user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccessRole {
    /// Reads.
    Viewer,
    /// Reads, runs checks, adds and ends silences, and reloads.
    Operator,
}

/// A user who is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebLogin {
    /// The name.
    pub name: String,
    /// What the user may do.
    pub role: AccessRole,
}

impl AccessRole {
    fn parse(text: &str) -> Option<AccessRole> {
        match text {
            "viewer" => Some(AccessRole::Viewer),
            "operator" => Some(AccessRole::Operator),
            _ => None,
        }
    }
}

/// Whether a text can be the name of a user in logs and the history.
pub(super) fn is_name(text: &str) -> bool {
    !text.trim().is_empty()
        && text.chars().count() <= LONGEST
        && !text.contains(|character: char| character.is_control() || character == ':')
}

/// The users with the hashes of their passwords.
pub(super) fn users(path: &Path) -> Result<BTreeMap<String, (WebLogin, String)>, String> {
    let mut users = BTreeMap::new();
    for (line, login, hash) in logins(path)? {
        let wrong = |message: &str| format!("{}:{line}: {message}", path.display());
        let parsed = PasswordHash::new(&hash).ok();
        let parsed = parsed.filter(|parsed| parsed.algorithm.as_str() == "argon2id");
        let parameters = parsed.as_ref().and_then(|parsed| Params::try_from(parsed).ok());
        let Some(parameters) = parameters.filter(|_| {
            parsed.is_some_and(|parsed| parsed.salt.is_some() && parsed.hash.is_some())
        }) else {
            return Err(wrong(
                "the third part must be a hash that begins with $argon2id$; posemo serve --print-login NAME:ROLE prints the line",
            ));
        };
        if parameters.m_cost() > MEMORY
            || parameters.t_cost() > PASSES
            || parameters.p_cost() > PASSES
        {
            return Err(wrong("the hash needs more than 256 MiB of memory, 20 passes or 20 lanes"));
        }
        let name = login.name.clone();
        if users.insert(name, (login, hash)).is_some() {
            return Err(wrong("the name occurs twice"));
        }
    }
    Ok(users)
}

/// The hashes of tokens, with the logins.
pub(super) fn tokens(path: &Path) -> Result<Vec<([u8; 32], WebLogin)>, String> {
    let mut tokens: Vec<([u8; 32], WebLogin)> = Vec::new();
    for (line, login, hash) in logins(path)? {
        let wrong = |message: &str| format!("{}:{line}: {message}", path.display());
        let Some(bytes) = digest(&hash) else {
            return Err(wrong(
                "the third part must be the SHA-256 of a token: 64 digits and letters from a to f",
            ));
        };
        if tokens.iter().any(|(known, other)| *known == bytes || other.name == login.name) {
            return Err(wrong("the name or the token occurs twice"));
        }
        tokens.push((bytes, login));
    }
    Ok(tokens)
}

/// The bytes of 64 hexadecimal digits.
fn digest(text: &str) -> Option<[u8; 32]> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let bytes: Vec<u8> = digits?
        .chunks(2)
        .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
        .collect();
    bytes.try_into().ok().filter(|_| text.len() == 64)
}

/// The logins of a file with their lines and hashes.
fn logins(path: &Path) -> Result<Vec<(usize, WebLogin, String)>, String> {
    let text = read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let mut logins = Vec::new();
    for (number, line) in text.lines().enumerate().map(|(index, line)| (index + 1, line.trim())) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let wrong = |message: &str| format!("{}:{number}: {message}", path.display());
        let mut parts = line.splitn(3, ':');
        let (Some(name), Some(role), Some(hash)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong("the line must be NAME:ROLE:HASH"));
        };
        if !is_name(name) {
            return Err(wrong("the name must have between 1 and 100 visible characters"));
        }
        let Some(role) = AccessRole::parse(role) else {
            return Err(wrong("the role must be viewer or operator"));
        };
        logins.push((number, WebLogin { name: name.to_owned(), role }, hash.to_owned()));
    }
    if logins.is_empty() {
        return Err(format!("{}: the file has no line NAME:ROLE:HASH", path.display()));
    }
    if logins.len() > MOST_LOGINS {
        return Err(format!("{}: the file has more than {MOST_LOGINS} logins", path.display()));
    }
    Ok(logins)
}

/// The text of a file that other users of the machine cannot read or write.
fn read(path: &Path) -> io::Result<String> {
    let file = files::open(path)?;
    if file.metadata()?.mode() & 0o027 != 0 {
        return Err(io::Error::other("others may read or write it; run chmod 0640 or 0600 on it"));
    }
    String::from_utf8(files::content(file, MOST)?).map_err(io::Error::other)
}

/// The line of a user for the file. The error is the message for the user.
pub fn line(login: &str, password: &str) -> Result<String, String> {
    let (name, role) = login.split_once(':').unwrap_or((login, ""));
    if !is_name(name) || name.starts_with('#') || AccessRole::parse(role).is_none() {
        return Err(format!("\"{login}\" is not a login; write NAME:viewer or NAME:operator"));
    }
    if password.trim().is_empty() || password.contains(char::is_control) {
        return Err("the first line of standard input must be the password".to_owned());
    }
    let hash = Argon2::default().hash_password(password.as_bytes());
    let hash = hash.map_err(|error| format!("the password cannot be hashed: {error}"))?;
    Ok(format!("{name}:{role}:{hash}"))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_mistake_in_a_file_has_a_line_and_no_hash() {
        let path = std::env::temp_dir().join(format!("posemo-logins-{}", std::process::id()));
        let write = |text: &str, mode: u32| {
            fs::write(&path, text).expect("written");
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("set");
        };
        let good =
            "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI";
        let sha = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        write(&format!("# users\n\nanna:operator:{good}\nbob:viewer:{good}\n"), 0o640);
        let all = users(&path).expect("valid");
        assert_eq!(all["anna"].0.role, AccessRole::Operator);
        assert_eq!(all["bob"].0.role, AccessRole::Viewer);
        for (text, mode, expected) in [
            (format!("anna:viewer:{good}"), 0o644, "others may read"),
            (format!("anna:viewer:{good}"), 0o620, "others may read or write"),
            (String::new(), 0o600, "no line NAME:ROLE:HASH"),
            (format!("\nanna:admin:{good}"), 0o600, ":2: the role must be"),
            (format!(":viewer:{good}"), 0o600, ":1: the name must have"),
            ("anna:viewer".to_owned(), 0o600, ":1: the line must be NAME:ROLE:HASH"),
            ("anna:viewer:sesame".to_owned(), 0o600, "begins with $argon2id$"),
            (format!("anna:viewer:{}", good.replace("2id", "2i")), 0o600, "begins with $argon2id$"),
            (format!("anna:viewer:{}", good.replace("m=8", "m=9999999")), 0o600, "256 MiB"),
            (
                format!("anna:viewer:{}", good.replace("m=8,t=1,p=1", "m=800,t=1,p=21")),
                0o600,
                "20 lanes",
            ),
            (format!("a:viewer:{good}\na:operator:{good}"), 0o600, ":2: the name occurs twice"),
        ] {
            write(&text, mode);
            let error = users(&path).expect_err(&text);
            assert!(error.contains(expected), "{text}: {error}");
            assert!(!error.contains("sesame") && !error.contains("MTIz"), "{error}");
        }
        write(
            &format!("prometheus:viewer:{sha}\nscript:operator:{}", sha.replace('e', "f")),
            0o600,
        );
        assert_eq!(tokens(&path).expect("valid").len(), 2);
        for (text, expected) in [
            (format!("a:viewer:{}", &sha[1..]), ":1: the third part must be the SHA-256"),
            (format!("a:viewer:{}", sha.replace('e', "g")), ":1: the third part"),
            (format!("a:viewer:{sha}\nb:viewer:{sha}"), ":2: the name or the token occurs twice"),
            (
                format!("a:viewer:{sha}\na:operator:{}", sha.replace('e', "f")),
                ":2: the name or the token occurs twice",
            ),
        ] {
            write(&text, 0o600);
            let error = tokens(&path).expect_err(&text);
            assert!(error.contains(expected) && !error.contains(&sha[2..]), "{text}: {error}");
        }
        fs::remove_file(&path).expect("removed");
        assert!(
            users(Path::new("/dev/null")).expect_err("a device").contains("not a regular file")
        );
        assert!(users(&path).expect_err("gone").contains("cannot read"));
    }

    #[test]
    fn a_line_has_a_hash_of_the_password() {
        for wrong in ["anna", "anna:admin", ":viewer", "a:b:viewer"] {
            assert!(line(wrong, "x").is_err(), "{wrong}");
        }
        assert!(line("anna:viewer", " ").is_err());
        let line = line("anna:viewer", "sesame").expect("valid");
        assert!(line.starts_with("anna:viewer:$argon2id$v=19$m=19456,t=2,p=1$"), "{line}");
    }
}
