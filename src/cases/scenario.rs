//! `cases/*.sql`: a story in blocks of SQL, each with what the check must say after it.
//!
//! It tells none: whoever has a server does.

use std::str::FromStr;
use std::time::Duration;

use crate::text::mistake::Mistake;

use crate::catalog::server_version::Majors;
use crate::finding::report::CheckReport;
use crate::finding::{Finding, State};
use crate::text::interval;
use crate::text::suggestion::suggestion;

use super::difference::Line;
use super::notation;

/// A story, read.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The file, as it is named in messages.
    pub file: String,
    /// The majors that it can be told to.
    pub servers: Majors,
    /// Settings of the server.
    pub settings: Vec<(String, String)>,
    /// How long an expectation may take to come true.
    pub patience: Duration,
    /// At least one.
    pub steps: Vec<Step>,
}

/// A block of SQL and what is expected after it.
#[derive(Debug, Clone)]
pub struct Step {
    /// The block, comments included.
    pub sql: String,
    /// The line on which it begins, from 1.
    pub begins: usize,
    /// The line of the expectation.
    pub line: usize,
    /// As it is written.
    pub text: String,
    expect: Vec<(State, Option<String>)>,
}

/// What a line of a story may begin with, and is then no mere comment.
const HEADS: [&str; 4] = ["servers", "settings", "wait", "expect"];

/// A session that has just ended may still hold a connection of a small server.
const LEAST_PATIENCE: Duration = Duration::from_secs(2);

/// No story waits longer.
const MOST_PATIENCE: Duration = Duration::from_secs(600);

impl Scenario {
    /// Reads a story; a mistake has file and line.
    pub fn read(file: &str, text: &str) -> Result<Scenario, Mistake> {
        let mut story = Scenario {
            file: file.to_owned(),
            servers: Majors::ALL,
            settings: Vec::new(),
            patience: LEAST_PATIENCE,
            steps: Vec::new(),
        };
        let (mut sql, mut begins) = (String::new(), 1);
        for (number, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line)) {
            let wrong = |key: &str, message: String| Mistake {
                file: file.to_owned(),
                line: number,
                key: key.to_owned(),
                message,
            };
            let head = head(line).map_err(|message| wrong("", message))?;
            if let Some(("expect", text)) = head {
                let expect = expectations(text).map_err(|message| wrong("expect", message))?;
                let sql = std::mem::take(&mut sql);
                story.steps.push(Step { sql, begins, line: number, text: text.to_owned(), expect });
                begins = number + 1;
                continue;
            }
            if let Some((key, value)) = head {
                story.head(key, value).map_err(|message| wrong(key, message))?;
            }
            sql.push_str(line);
            sql.push('\n');
        }
        let last = |message: &str| Mistake {
            file: file.to_owned(),
            line: if story.steps.is_empty() { 0 } else { begins },
            key: String::new(),
            message: message.to_owned(),
        };
        if story.steps.is_empty() {
            return Err(last("expects nothing: write a line like -- expect: ok"));
        }
        let empty = |line: &str| line.trim().is_empty() || line.trim_start().starts_with("--");
        if !sql.lines().all(empty) {
            return Err(last("nothing is expected after this: write -- expect: below it"));
        }
        Ok(story)
    }

    fn head(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "servers" => self.servers = Majors::from_str(value)?,
            "wait" => {
                let patience = interval::parse(value)?;
                if patience > MOST_PATIENCE {
                    return Err(format!(
                        "no story waits longer than {}",
                        interval::write(MOST_PATIENCE)
                    ));
                }
                self.patience = patience.max(LEAST_PATIENCE);
            }
            _ => {
                for pair in value.split(", ") {
                    let (name, value) = pair.split_once('=').ok_or_else(|| {
                        format!("\"{pair}\" is no setting; write name=value, name=value")
                    })?;
                    self.settings.push((name.trim().to_owned(), value.trim().to_owned()));
                }
            }
        }
        Ok(())
    }
}

impl Step {
    /// The state that the check must have: the worst that is named.
    pub fn state(&self) -> State {
        State::worst(self.expect.iter().map(|(state, _)| *state))
    }

    /// Whether reports of the check are as expected; else what is different.
    ///
    /// The worst state that is named is that of the check, and each object that is named has a finding of
    /// its state.
    pub fn holds(&self, reports: &[CheckReport]) -> Result<(), Vec<Line>> {
        let said = State::worst(reports.iter().map(CheckReport::state));
        let findings = || reports.iter().flat_map(|report| &report.findings);
        let is_there = |(state, object): &&(State, Option<String>)| {
            object.is_none()
                || findings().any(|finding| finding.state == *state && finding.object == *object)
        };
        let absent = self.expect.iter().find(|part| !is_there(part));
        if said == self.state() && absent.is_none() {
            return Ok(());
        }
        let mut lines = vec![Line::Expected(self.text.clone())];
        let found = findings().map(|finding: &Finding| Line::Found(notation::finding(finding)));
        lines.extend(found);
        for error in reports.iter().filter_map(|report| report.error.as_ref()) {
            lines.push(Line::Found(error.clone()));
        }
        if lines.len() == 1 {
            let summaries = reports.iter().map(|report| report.summary.clone());
            lines.push(Line::Found(format!(
                "{}: {}",
                said.name(),
                summaries.collect::<Vec<_>>().join("; ")
            )));
        }
        if said != self.state() {
            let (is, not) = (said.name(), self.state().name());
            lines.push(Line::Remark(format!("the check is {is}, not {not}")));
        } else if let Some((state, Some(object))) = absent {
            let state = state.name();
            lines.push(Line::Remark(format!("no finding of state {state} is about {object}")));
        }
        Err(lines)
    }

    /// The line of the file that a position in the block means, counted in characters from 1.
    pub fn line_at(&self, position: u32) -> usize {
        let characters = usize::try_from(position).unwrap_or(usize::MAX).saturating_sub(1);
        let before = self.sql.chars().take(characters);
        self.begins + before.filter(|character| *character == '\n').count()
    }

    /// The lines of the file that it takes, as people say it.
    pub fn span(&self) -> String {
        let last = self.line.saturating_sub(1).max(self.begins);
        if last == self.begins { format!("{last}") } else { format!("{}-{last}", self.begins) }
    }
}

/// `-- key: value` of a key that means something; an error where one is nearly such a key.
fn head(line: &str) -> Result<Option<(&'static str, &str)>, String> {
    let Some((key, value)) = line.strip_prefix("-- ").and_then(|rest| rest.split_once(':')) else {
        return Ok(None);
    };
    if let Some(known) = HEADS.into_iter().find(|known| *known == key) {
        return Ok(Some((known, value.trim())));
    }
    // A sentence may have a colon, too; nothing that is much longer than a key is nearly one.
    let is_short = key.len() <= 4 * 10;
    if is_short && HEADS.iter().any(|known| strsim::damerau_levenshtein(key, known) <= 2) {
        return Err(format!("\"{key}\" means nothing here{}", suggestion(key, HEADS)));
    }
    Ok(None)
}

/// `critical public.filling, warning public.other`.
fn expectations(text: &str) -> Result<Vec<(State, Option<String>)>, String> {
    let part = |part: &str| {
        let (word, object) = match part.split_once(' ') {
            Some((word, object)) => (word, Some(object.to_owned())),
            None => (part, None),
        };
        let state = State::ALL.into_iter().find(|state| state.name() == word).ok_or_else(|| {
            format!("\"{word}\" is no state{}", suggestion(word, State::ALL.map(State::name)))
        })?;
        Ok((state, object))
    };
    text.split(", ").map(part).collect()
}
