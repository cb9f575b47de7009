//! Silences of `posemo serve`: which problems send no alert, until when, by whom and why.
//!
//! It reads no clock.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::change::{FAILURE, OUTAGE};
use crate::finding::{State, Suppressed};

/// The columns of the table, in the file and on a server.
pub(super) const COLUMNS: &str = "id, target, \"group\", \"check\", database, object, finding, at, until, who, why, ended, ended_by";

/// What a silence matches: a problem that agrees with all parts that are set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SilenceScope {
    /// The target.
    pub target: Option<String>,
    /// The group of targets.
    pub group: Option<String>,
    /// The check.
    pub check: Option<String>,
    /// The database.
    pub database: Option<String>,
    /// The object of the finding.
    pub object: Option<String>,
    /// The id of the finding, or `outage`, or `failure` for a check that failed.
    pub finding: Option<String>,
}

/// A problem of a target, as a silence sees it.
#[derive(Debug, Clone, Copy)]
pub struct ProblemPlace<'a> {
    /// The check; absent for an outage of the server.
    pub check: Option<&'a str>,
    /// The database, for a check that ran in it.
    pub database: Option<&'a str>,
    /// The object of the finding.
    pub object: Option<&'a str>,
    /// The id of the finding, `outage` or `failure`.
    pub finding: &'a str,
}

/// When and by whom a silence was ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SilenceEnd {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
}

/// A silence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnSilence {
    /// The id with which it is ended.
    pub id: String,
    /// What it matches.
    #[serde(flatten)]
    pub scope: SilenceScope,
    /// When it was added.
    pub at: Timestamp,
    /// When it ends.
    pub until: Timestamp,
    /// Who added it.
    pub by: String,
    /// The reason.
    pub why: String,
    /// Who ended it early.
    pub ended: Option<SilenceEnd>,
}

impl ProblemPlace<'static> {
    /// The outage of the server.
    pub const OUTAGE: ProblemPlace<'static> =
        ProblemPlace { check: None, database: None, object: None, finding: OUTAGE };
}

impl<'a> ProblemPlace<'a> {
    /// The failure of a check.
    pub fn failure(check: &'a str, database: Option<&'a str>) -> ProblemPlace<'a> {
        ProblemPlace { check: Some(check), database, object: None, finding: FAILURE }
    }
}

impl SilenceScope {
    /// The parts, by name.
    pub fn parts(&self) -> [(&'static str, Option<&str>); 6] {
        [
            ("target", self.target.as_deref()),
            ("group", self.group.as_deref()),
            ("check", self.check.as_deref()),
            ("database", self.database.as_deref()),
            ("object", self.object.as_deref()),
            ("finding", self.finding.as_deref()),
        ]
    }

    /// Whether it is for a target with this name and these groups.
    pub fn is_for(&self, target: &str, groups: &[String]) -> bool {
        self.target.as_ref().is_none_or(|name| name == target)
            && self.group.as_ref().is_none_or(|group| groups.contains(group))
    }

    /// Whether it matches a problem of a target that it is for.
    pub fn matches(&self, place: ProblemPlace<'_>) -> bool {
        let fits = |part: &Option<String>, name: Option<&str>| {
            part.as_deref().is_none_or(|part| name == Some(part))
        };
        fits(&self.check, place.check)
            && fits(&self.database, place.database)
            && fits(&self.object, place.object)
            && fits(&self.finding, Some(place.finding))
    }
}

impl OwnSilence {
    /// Whether it is in force.
    pub fn is_active(&self, now: Timestamp) -> bool {
        now < self.end()
    }

    /// When it ends, or was ended.
    pub fn end(&self) -> Timestamp {
        self.ended.as_ref().map_or(self.until, |ended| ended.at.min(self.until))
    }

    /// The name in the note of a problem that it matches.
    pub fn name(&self) -> String {
        format!("silence.{}", self.id)
    }

    /// The note of a problem with this state.
    pub fn note(&self, state: State) -> Suppressed {
        Suppressed {
            name: self.name(),
            state,
            reason: self.why.clone(),
            author: self.by.clone(),
            until: self.until.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        }
    }
}

/// What the silence matches, as text for logs: `target "db1", check "superusers"`.
impl std::fmt::Display for SilenceScope {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = self.parts().into_iter();
        let set = parts.filter_map(|(name, part)| Some(format!("{name} {:?}", part?)));
        out.write_str(&set.collect::<Vec<_>>().join(", "))
    }
}
