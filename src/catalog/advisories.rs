//! The list of PostgreSQL's versions and their known flaws, newer than the one in the check that judges them.
//!
//! It is the file `advisories.json` beside the folders of checks. `posemo update-advisories` writes it, and a signed folder
//! or archive can contain it. The script of the check gets it as a value, so everything in it is validated here.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::error::CatalogError;
use crate::text::number::counted;

/// The name of the file.
pub const FILE: &str = "advisories.json";

/// The largest file, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// The longest value for a script, in bytes; a script has at most 64 KiB.
const LONGEST: usize = 40 * 1024;

/// The only number of the format.
const FORMAT: u32 = 1;

/// A list of versions with its day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advisories {
    format: u32,
    /// The day on which the list was complete.
    pub as_of: Date,
    /// The versions, one for each major version.
    pub versions: Vec<NewestVersion>,
    /// Known flaws; if they are absent, those that posemo knows remain.
    #[serde(skip_serializing_if = "Option::is_none")]
    flaws: Option<Vec<FixedFlaws>>,
}

/// The newest minor version of a major version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewestVersion {
    major: u32,
    minor: u32,
    released: Date,
    /// The last day with updates.
    end: Date,
}

/// Flaws that versions of the same day fixed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FixedFlaws {
    /// The minor version of each major version.
    fixed: BTreeMap<u32, u32>,
    /// Numbers such as `CVE-2026-6472`.
    cve: Vec<String>,
}

/// One entry of PostgreSQL's `versions.json`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PublishedVersion {
    major: NumberOrText,
    latest_minor: NumberOrText,
    rel_date: Date,
    eol_date: Date,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum NumberOrText {
    Number(u32),
    Text(String),
}

impl NumberOrText {
    fn number(&self) -> Option<u32> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
        }
    }
}

impl Advisories {
    /// The list in a folder, if it has one.
    pub(super) fn in_folder(folder: &Path) -> Result<Option<Advisories>, CatalogError> {
        let path = folder.join(FILE);
        if path.is_file() { Advisories::read(&path, None).map(Some) } else { Ok(None) }
    }

    /// Reads a file of the own form, or PostgreSQL's `versions.json`, which has no day: it is complete on `today`.
    fn read(path: &Path, today: Option<Date>) -> Result<Advisories, CatalogError> {
        let mut text = String::new();
        let file =
            File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text));
        file.map_err(|source| CatalogError::Read { path: path.to_owned(), source })?;
        Advisories::parse(&text, today)
            .map_err(|problem| CatalogError::file(path.display(), problem))
    }

    /// Parses and validates a text. The error is the message for the user.
    pub(super) fn parse(text: &str, today: Option<Date>) -> Result<Advisories, String> {
        if text.len() as u64 > LARGEST {
            return Err(format!("is larger than {} KiB", LARGEST / 1024));
        }
        let is_list = text.trim_start().starts_with('[');
        let read = match today {
            Some(today) if is_list => published(text, today)?,
            _ => serde_json::from_str(text)
                .map_err(|error| format!("is not a list of versions: {error}"))?,
        };
        read.problem().map_or(Ok(read), Err)
    }

    fn problem(&self) -> Option<String> {
        if self.format != FORMAT {
            return Some(format!("has format {}, and this posemo reads {FORMAT}", self.format));
        }
        if self.versions.is_empty() {
            return Some("contains no version".to_owned());
        }
        for (index, version) in self.versions.iter().enumerate() {
            let NewestVersion { major, minor, released, .. } = version;
            if !(10..100).contains(major) || *minor > 200 {
                return Some(format!("{major}.{minor} is not a version of PostgreSQL"));
            }
            if *released > self.as_of {
                return Some(format!("{major}.{minor} was released after the day of the list"));
            }
            if self.versions[..index].iter().any(|other| other.major == *major) {
                return Some(format!("contains version {major} twice"));
            }
        }
        let names = self.flaws.iter().flatten().flat_map(|flaws| &flaws.cve);
        let wrong = names.into_iter().find(|name| !is_cve(name));
        if wrong.is_some() {
            return Some("a number of a flaw is not of the form CVE-2026-6472".to_owned());
        }
        (self.as_value().len() > LONGEST).then(|| "contains too many flaws".to_owned())
    }

    /// The list as a value of Starlark. It consists of numbers, dates and digits.
    pub(super) fn as_value(&self) -> String {
        let seconds =
            |date: Date| date.to_zoned(TimeZone::UTC).map_or(0, |day| day.timestamp().as_second());
        let mut value = format!("{{\"list\": {}, \"majors\": {{", seconds(self.as_of));
        let mut add = |text: std::fmt::Arguments<'_>| {
            value.write_fmt(text).expect("writing into a String cannot fail");
        };
        for NewestVersion { major, minor, released, end } in &self.versions {
            add(format_args!("{major}: ({minor}, \"{released}\", \"{end}\", False), "));
        }
        match &self.flaws {
            None => add(format_args!("}}, \"flaws\": None}}")),
            Some(flaws) => {
                add(format_args!("}}, \"flaws\": ["));
                for FixedFlaws { fixed, cve } in flaws {
                    let fixed: Vec<String> =
                        fixed.iter().map(|(major, minor)| format!("{major}: {minor}")).collect();
                    let names: Vec<&str> =
                        cve.iter().filter_map(|name| name.strip_prefix("CVE-")).collect();
                    add(format_args!("({{{}}}, \"{}\"), ", fixed.join(", "), names.join(" ")));
                }
                add(format_args!("]}}"));
            }
        }
        value
    }

    /// Reads a file, writes it in the own form into a folder of checks, and returns a sentence about it. Its day is that of
    /// `now`, if the list has none. An older list does not replace a newer one.
    pub fn update(file: &Path, into: &Path, now: Timestamp) -> Result<String, CatalogError> {
        let today = now.to_zoned(TimeZone::UTC).date();
        let list = Advisories::read(file, Some(today))?;
        if let Some(known) = Advisories::in_folder(into)?.filter(|known| known.as_of > list.as_of) {
            let problem = format!("is of {}, and {} of {} is newer", list.as_of, FILE, known.as_of);
            return Err(CatalogError::file(file.display(), problem));
        }
        let (path, new) = (into.join(FILE), into.join(format!(".{FILE}.new")));
        let failed = |source| CatalogError::Write { path: path.clone(), source };
        fs::create_dir_all(into).map_err(failed)?;
        fs::write(&new, list.to_json()).and_then(|()| fs::rename(&new, &path)).map_err(failed)?;
        let (count, path) = (counted(list.versions.len(), "version"), path.display());
        let flaws = if list.flaws.is_some() { "" } else { "; known flaws remain those of posemo" };
        Ok(format!("wrote {path}: {count}, as of {}{flaws}", list.as_of))
    }

    /// The text of the file.
    fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("numbers, dates and texts can be written") + "\n"
    }
}

/// Defines the global name ADVISORIES at the end of a script, so that its other lines keep their numbers. An earlier
/// definition is replaced.
pub(super) fn define(script: &mut String, list: Option<&Advisories>) {
    const NAME: &str = "\nADVISORIES = ";
    let value = list.map_or_else(|| "None".to_owned(), Advisories::as_value);
    if let Some(earlier) = script.rfind(NAME) {
        script.truncate(earlier);
    }
    script.push_str(NAME);
    script.push_str(&value);
    script.push('\n');
}

/// The versions of PostgreSQL's list. Those before 10 have two parts in their major version, and are left out.
fn published(text: &str, as_of: Date) -> Result<Advisories, String> {
    let all: Vec<PublishedVersion> = serde_json::from_str(text)
        .map_err(|error| format!("is not PostgreSQL's versions.json: {error}"))?;
    let version = |one: &PublishedVersion| {
        Some(NewestVersion {
            major: one.major.number().filter(|major| *major >= 10)?,
            minor: one.latest_minor.number()?,
            released: one.rel_date,
            end: one.eol_date,
        })
    };
    let versions = all.iter().filter_map(version).collect();
    Ok(Advisories { format: FORMAT, as_of, versions, flaws: None })
}

fn is_cve(name: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let numbers = name.strip_prefix("CVE-").and_then(|rest| rest.split_once('-'));
    numbers.is_some_and(|(year, number)| {
        year.len() == 4 && digits(year) && (4..=8).contains(&number.len()) && digits(number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = r#"{"format": 1, "as_of": "2026-11-28",
        "versions": [{"major": 15, "minor": 20, "released": "2026-11-12", "end": "2027-11-11"}],
        "flaws": [{"fixed": {"15": 20}, "cve": ["CVE-2026-6460", "CVE-2026-116303"]}]}"#;

    #[test]
    fn a_list_becomes_a_value() {
        let read = Advisories::parse(OWN, None).unwrap();
        assert_eq!(
            read.as_value(),
            "{\"list\": 1795824000, \"majors\": {15: (20, \"2026-11-12\", \"2027-11-11\", False), }, \
             \"flaws\": [({15: 20}, \"2026-6460 2026-116303\"), ]}"
        );
        assert_eq!(Advisories::parse(&read.to_json(), None), Ok(read));
        let published = r#"[{"major": "18", "latestMinor": "7", "eolDate": "2030-11-14", "relDate": "2026-11-12",
            "firstRelDate": "2025-09-25", "current": true, "supported": true},
            {"major": "9.6", "latestMinor": 24, "eolDate": "2021-11-11", "relDate": "2021-11-11"}]"#;
        let day = "2026-11-29".parse().ok();
        let read = Advisories::parse(published, day).unwrap();
        assert_eq!(read.versions.len(), 1);
        assert!(read.as_value().ends_with("False), }, \"flaws\": None}"), "{}", read.as_value());
    }

    #[test]
    fn nothing_else_becomes_a_value() {
        for (wrong, expected) in [
            (OWN.replace("\"format\": 1", "\"format\": 2"), "has format 2"),
            (OWN.replace("\"major\": 15", "\"major\": 9"), "9.20 is not a version"),
            (OWN.replace("2026-11-12", "2026-12-12"), "released after the day"),
            (OWN.replace("CVE-2026-6460", "CVE-2026-6460\\\"+x"), "is not of the form"),
            (OWN.replace("2027-11-11", "soon"), "is not a list of versions"),
            (OWN.replace("\"flaws\"", "\"flaw\""), "unknown field"),
            ("[]".to_owned(), "is not a list of versions"),
            ("7".to_owned(), "is not a list of versions"),
        ] {
            let error = Advisories::parse(&wrong, None).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
