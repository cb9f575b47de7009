//! Suppressions: findings that a person has accepted until a day.

use std::fmt;
use std::rc::Rc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;
use toml::Value;
use toml::value::Datetime;

use crate::catalog::Catalog;
use crate::catalog::error::CatalogError;
use crate::finding::report::OWN;
use crate::finding::{Finding, State, Suppressed};
use crate::text::mistake::Mistakes;
use crate::text::pattern::NamePattern;
use crate::text::suggestion::suggestion;
use crate::text::toml::TomlDocument;

/// The maximum length of a reason or an author in characters.
const LONGEST: usize = 500;

/// A section `[suppressions.NAME]`, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SuppressionEntry {
    check: String,
    object: Option<String>,
    database: Option<String>,
    targets: Option<Vec<String>>,
    id: Option<String>,
    reason: String,
    author: String,
    /// A day or a time, as a date or as a text.
    until: Value,
}

/// Which findings do not alarm, why and how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// The name of the section.
    pub name: String,
    /// The checks.
    check: NamePattern,
    /// The objects of the findings; absent for all findings.
    object: Option<NamePattern>,
    /// The databases; absent for all, and for findings about the server.
    database: Option<NamePattern>,
    /// The targets; absent for all.
    targets: Option<Vec<NamePattern>>,
    /// The id of the only finding.
    id: Option<String>,
    reason: String,
    author: String,
    /// The day or time, as it is written.
    pub until: String,
    /// When it ends.
    end: Timestamp,
    /// The number of targets in the settings that it is for.
    pub listed: usize,
}

/// What is accepted until when, by whom and why.
impl fmt::Display for Suppression {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} (check {}", self.name, self.check)?;
        for (key, pattern) in [("object", &self.object), ("database", &self.database)] {
            if let Some(pattern) = pattern {
                write!(out, ", {key} {pattern}")?;
            }
        }
        if let Some(targets) = &self.targets {
            let targets: Vec<String> = targets.iter().map(NamePattern::to_string).collect();
            write!(out, ", targets {}", targets.join(" "))?;
        }
        if let Some(id) = &self.id {
            write!(out, ", id {id}")?;
        }
        write!(out, ") until {} by {}: {}", self.until, self.author, self.reason)
    }
}

/// A finding, and where it was found.
#[derive(Debug, Clone, Copy)]
pub struct FindingPlace<'a> {
    /// The check.
    pub check: &'a str,
    /// The database, for a check that ran in it.
    pub database: Option<&'a str>,
    /// The id of the finding.
    pub id: &'a str,
}

impl Suppression {
    /// Whether it is for a target.
    pub(super) fn is_for(&self, target: &str) -> bool {
        self.targets.as_ref().is_none_or(|all| all.iter().any(|one| one.matches(target)))
    }

    /// Whether it is for the findings of a check.
    pub fn addresses(&self, check: &str) -> bool {
        self.check.matches(check)
    }

    /// Whether it is for one check only.
    pub fn is_for_one_check(&self) -> bool {
        self.check.exact().is_some()
    }

    /// Whether it ended before a time.
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.end <= now
    }

    /// Whether a finding matches, whatever its state is.
    pub fn matches(&self, finding: &Finding, place: FindingPlace<'_>) -> bool {
        let fits = |pattern: &Option<NamePattern>, name: Option<&str>| {
            pattern.as_ref().is_none_or(|pattern| name.is_some_and(|name| pattern.matches(name)))
        };
        self.addresses(place.check)
            && fits(&self.object, finding.object.as_deref())
            && fits(&self.database, place.database)
            && self.id.as_ref().is_none_or(|id| id == place.id)
    }

    /// The note that a finding with this state gets.
    pub fn note(&self, state: State) -> Suppressed {
        Suppressed {
            name: self.name.clone(),
            state,
            reason: self.reason.clone(),
            author: self.author.clone(),
            until: self.until.clone(),
        }
    }
}

/// The suppressions of a file. Mistakes are added, and their sections are left out.
pub(super) fn suppressions<'e>(
    entries: impl Iterator<Item = (&'e String, &'e SuppressionEntry)>,
    targets: &[&str],
    catalog: &Catalog,
    document: TomlDocument<'_>,
    mistakes: &mut Mistakes,
) -> Result<Vec<Rc<Suppression>>, CatalogError> {
    let mut all = Vec::new();
    for (name, entry) in entries {
        let mut wrong = |key: &str, message: String| {
            mistakes.push(document.mistake(&["suppressions", name, key], message));
        };
        for (key, text) in [("reason", &entry.reason), ("author", &entry.author)] {
            if text.trim().is_empty() || text.chars().count() > LONGEST {
                wrong(key, format!("must have between 1 and {LONGEST} characters"));
            }
        }
        let check = match current_name(&entry.check, catalog)? {
            Ok(check) => check,
            Err(message) => {
                wrong("check", message);
                continue;
            }
        };
        let until = match &entry.until {
            Value::Datetime(date) => date.to_string(),
            Value::String(text) => text.clone(),
            _ => String::new(),
        };
        let end = match end(&until) {
            Ok(end) => end,
            Err(message) => {
                wrong("until", message);
                continue;
            }
        };
        let mut suppression = Suppression {
            name: name.clone(),
            check: NamePattern::new(&check),
            object: entry.object.as_deref().map(NamePattern::new),
            database: entry.database.as_deref().map(NamePattern::new),
            targets: entry.targets.as_deref().map(patterns),
            id: entry.id.clone(),
            reason: entry.reason.clone(),
            author: entry.author.clone(),
            until,
            end,
            listed: 0,
        };
        suppression.listed = targets.iter().filter(|target| suppression.is_for(target)).count();
        if suppression.listed == 0 && suppression.targets.is_some() {
            wrong("targets", "matches no target of the settings".to_owned());
        }
        all.push(Rc::new(suppression));
    }
    Ok(all)
}

fn patterns(names: &[String]) -> Vec<NamePattern> {
    names.iter().map(|name| NamePattern::new(name)).collect()
}

/// The present name of a check, or the pattern. The inner error is a message about a name that does not exist.
fn current_name(name: &str, catalog: &Catalog) -> Result<Result<String, String>, CatalogError> {
    let pattern = NamePattern::new(name);
    if name == OWN || catalog.is_partial() && pattern.exact().is_none() {
        return Ok(Ok(name.to_owned()));
    }
    if catalog.names().any(|check| check == name) {
        return Ok(Ok(name.to_owned()));
    }
    if pattern.exact().is_none() {
        let matches = catalog.names().any(|check| pattern.matches(check));
        return Ok(matches.then(|| name.to_owned()).ok_or_else(|| "matches no check".to_owned()));
    }
    match catalog.get(name) {
        Ok(check) => Ok(Ok(check.name)),
        // The check may be in a folder that was not read.
        Err(CatalogError::NoSuchCheck { .. }) if catalog.is_partial() => Ok(Ok(name.to_owned())),
        Err(CatalogError::NoSuchCheck { .. }) => {
            let near = suggestion(name, catalog.names());
            Ok(Err(format!("check \"{name}\" does not exist{near}")))
        }
        Err(error) => Err(error),
    }
}

/// When a suppression ends: after the day, in UTC, or at the time.
fn end(until: &str) -> Result<Timestamp, String> {
    let end = match until.parse::<Datetime>() {
        Ok(Datetime { date: Some(_), time: Some(_), offset: Some(_) }) => until.parse().ok(),
        Ok(Datetime { date: Some(_), time: None, .. }) => after(until),
        _ => None,
    };
    end.ok_or_else(|| "must be a date, as in 2027-03-31, or a time with an offset".to_owned())
}

/// The end of a day in UTC.
fn after(day: &str) -> Option<Timestamp> {
    let next = day.parse::<Date>().ok()?.checked_add(1.day()).ok()?;
    Some(next.to_zoned(TimeZone::UTC).ok()?.timestamp())
}
