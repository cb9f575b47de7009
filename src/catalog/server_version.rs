//! Versions of PostgreSQL: single versions, and ranges of major versions.

use std::fmt;
use std::str::FromStr;

/// The oldest major version that posemo supports.
pub const OLDEST: u32 = 12;

/// The newest major version that posemo is tested with. Newer servers are treated in the same way.
pub const NEWEST: u32 = 18;

/// The version of a server as in `server_version_num`: 150018 is 15.18.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerVersion(u32);

impl ServerVersion {
    /// From `server_version_num`.
    pub fn from_num(num: u32) -> ServerVersion {
        ServerVersion(num)
    }

    /// A version that is not older than any minor version of a major version.
    pub fn newest_of(major: u32) -> ServerVersion {
        ServerVersion(major * 10_000 + 9_999)
    }

    /// The version, or an error if posemo does not support it.
    pub fn supported(self) -> Result<ServerVersion, UnsupportedVersion> {
        if self.major() < OLDEST { Err(UnsupportedVersion(self)) } else { Ok(self) }
    }

    /// 15 of 15.18.
    pub fn major(self) -> u32 {
        self.0 / 10_000
    }

    /// 18 of 15.18.
    pub fn minor(self) -> u32 {
        self.0 % 10_000
    }

    /// Whether the server has the setting `restrict_nonsystem_relation_kind`.
    ///
    /// The fixes of August 2024 (CVE-2024-7348) added it: 12.20, 13.16, 14.13, 15.8, 16.4 and 17.
    pub fn restricts_relation_kinds(self) -> bool {
        let first = match self.major() {
            0..=11 => return false,
            12 => 20,
            13 => 16,
            14 => 13,
            15 => 8,
            16 => 4,
            _ => 0,
        };
        self.minor() >= first
    }
}

/// The major version in `server_version`, such as 15 in `15.18 (Debian 15.18-0+deb12u1)` or `19beta1`. A server can send any
/// text: it returns nothing for a number that cannot be a version.
pub fn reported_major(server_version: &str) -> Option<u32> {
    let digits = server_version.split(|other: char| !other.is_ascii_digit()).next()?;
    digits.parse().ok().filter(|major| *major < 1000)
}

/// A version that posemo does not support.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("PostgreSQL {0} is not supported; posemo supports {OLDEST} and newer")]
pub struct UnsupportedVersion(pub ServerVersion);

impl FromStr for ServerVersion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = |part: &str| part.parse::<u32>().ok().filter(|number| *number < 10_000);
        let version = match text.split_once('.') {
            Some((major, minor)) => parse(major).zip(parse(minor)),
            None => parse(text).map(|major| (major, 9_999)),
        };
        match version {
            Some((major, minor)) if major < 1000 => {
                let version = ServerVersion(major * 10_000 + minor);
                version.supported().map_err(|error| error.to_string())
            }
            _ => Err(format!("\"{text}\" is not a server version; write 15.18 or 15")),
        }
    }
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.minor() {
            9_999 => write!(out, "{}", self.major()),
            minor => write!(out, "{}.{minor}", self.major()),
        }
    }
}

/// A range of major versions that includes both ends: `14..`, `..16`, `12..16`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Majors {
    first: u32,
    last: u32,
}

impl Majors {
    /// All major versions that posemo supports.
    pub const ALL: Majors = Majors { first: OLDEST, last: u32::MAX };

    /// Whether the range contains a major version.
    pub fn contains(self, major: u32) -> bool {
        (self.first..=self.last).contains(&major)
    }
}

impl FromStr for Majors {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error =
            || format!("\"{text}\" is not a range of major versions; write 14.., ..16 or 12..16");
        let (first, last) = text.split_once("..").ok_or_else(error)?;
        let parse = |part: &str, open: u32| match part {
            "" => Ok(open),
            number => number.parse::<u32>().map_err(|_| error()),
        };
        let (first, last) = (parse(first, OLDEST)?, parse(last, u32::MAX)?);
        if first > last { Err(error()) } else { Ok(Majors { first, last }) }
    }
}

impl fmt::Display for Majors {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.first, self.last) {
            (first, u32::MAX) => write!(out, "{first} and newer"),
            (OLDEST, last) => write!(out, "{last} and older"),
            (first, last) => write!(out, "{first} to {last}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_the_number_at_the_beginning() {
        for (text, expected) in [
            ("15.18 (Debian 15.18-0+deb12u1)", Some(15)),
            ("19beta1", Some(19)),
            ("9.6.24", Some(9)),
            ("", None),
            ("EnterpriseDB 15", None),
            ("-15", None),
            ("4294967295", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(reported_major(text), expected, "{text}");
        }
    }

    #[test]
    fn versions_are_read_and_compared() {
        let version = |text: &str| text.parse::<ServerVersion>().unwrap();
        assert_eq!(version("15.18"), ServerVersion::from_num(150_018));
        assert_eq!(version("17").to_string(), "17");
        assert!(version("12.20").restricts_relation_kinds());
        assert!(!version("12.19").restricts_relation_kinds());
        assert!(!version("16.3").restricts_relation_kinds());
        assert!(version("18.0").restricts_relation_kinds());
        for wrong in ["", "x", "11.4", "9.6.24", "15.x", "-1"] {
            assert!(wrong.parse::<ServerVersion>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_range_includes_both_ends() {
        let range: Majors = "12..16".parse().unwrap();
        assert!(range.contains(12) && range.contains(16) && !range.contains(17));
        assert!("14..".parse::<Majors>().unwrap().contains(99));
        for wrong in ["14", "16..12", "a..b", ""] {
            assert!(wrong.parse::<Majors>().is_err(), "{wrong}");
        }
    }
}
