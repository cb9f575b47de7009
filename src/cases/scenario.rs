//! Scenarios, `cases/*.sql`: blocks of SQL, each followed by the findings that are expected after it.
//!
//! `stage` runs them.

use std::str::FromStr;
use std::time::Duration;

use super::notation;
use super::result::DifferenceLine;
use crate::catalog::server_version::Majors;
use crate::finding::report::CheckReport;
use crate::finding::{Finding, State};
use crate::text::interval;
use crate::text::mistake::Mistake;
use crate::text::suggestion::suggestion;

/// A scenario.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The file, as messages name it.
    pub file: String,
    /// The major versions of servers on which it runs.
    pub servers: Majors,
    /// Settings of the server.
    pub settings: Vec<(String, String)>,
    /// The time within which the expected findings must be found.
    pub patience: Duration,
    /// Whether the first block runs before the check is installed.
    pub before: bool,
    /// At least one step.
    pub steps: Vec<ScenarioStep>,
}

/// A block of SQL, and what is expected after it.
#[derive(Debug, Clone)]
pub struct ScenarioStep {
    /// The block, with its comments.
    pub sql: String,
    /// The first line of the block, from 1.
    pub begins: usize,
    /// The line of `expect`.
    pub line: usize,
    /// The value of `expect`.
    pub text: String,
    expect: Vec<(State, Option<String>)>,
}

/// The keys of a scenario. Other comments are ignored.
const KEYS: [&str; 5] = ["servers", "settings", "wait", "before", "expect"];

/// The default for `wait`, and its minimum: a session that was just closed can still use a connection.
const LEAST_PATIENCE: Duration = Duration::from_secs(2);

/// The maximum for `wait`.
const MOST_PATIENCE: Duration = Duration::from_secs(600);

impl Scenario {
    /// Reads a scenario.
    pub fn read(file: &str, text: &str) -> Result<Scenario, Mistake> {
        let mut scenario = Scenario {
            file: file.to_owned(),
            servers: Majors::ALL,
            settings: Vec::new(),
            patience: LEAST_PATIENCE,
            before: false,
            steps: Vec::new(),
        };
        let mistake = |line, key: &str, message: String| Mistake {
            file: file.to_owned(),
            line,
            key: key.to_owned(),
            message,
        };
        let (mut sql, mut begins) = (String::new(), 1);
        for (line, number) in text.lines().zip(1..) {
            let entry = key_of(line).map_err(|message| mistake(number, "", message))?;
            if let Some(("expect", text)) = entry {
                let expect =
                    expectations(text).map_err(|message| mistake(number, "expect", message))?;
                let (sql, text) = (std::mem::take(&mut sql), text.to_owned());
                scenario.steps.push(ScenarioStep { sql, begins, line: number, text, expect });
                begins = number + 1;
                continue;
            }
            if let Some(("before", value)) = entry {
                if !value.is_empty() || !scenario.steps.is_empty() || !is_blank(&sql) {
                    let problem = "must be a line without a value, before all statements: the first block then runs before the check is installed";
                    return Err(mistake(number, "before", problem.to_owned()));
                }
                scenario.before = true;
            } else if let Some((key, value)) = entry {
                scenario.set(key, value).map_err(|message| mistake(number, key, message))?;
            }
            sql.push_str(line);
            sql.push('\n');
        }
        match scenario.problem_with_end(&sql) {
            None => Ok(scenario),
            Some(problem) => {
                let line = if scenario.steps.is_empty() { 0 } else { begins };
                Err(mistake(line, "", problem.to_owned()))
            }
        }
    }

    /// What is missing after the last line. `sql` is the text after the last `expect`.
    fn problem_with_end(&self, sql: &str) -> Option<&'static str> {
        if self.steps.is_empty() {
            Some("expects nothing: write a line such as -- expect: ok")
        } else if !is_blank(sql) {
            Some("the last block expects nothing: write -- expect: after it")
        } else {
            None
        }
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "servers" => self.servers = Majors::from_str(value)?,
            "wait" => {
                let patience = interval::parse(value)?;
                if patience > MOST_PATIENCE {
                    return Err(format!(
                        "a scenario waits at most {}",
                        interval::write(MOST_PATIENCE)
                    ));
                }
                self.patience = patience.max(LEAST_PATIENCE);
            }
            _ => {
                for pair in value.split(", ") {
                    let (name, value) = pair.split_once('=').ok_or_else(|| {
                        format!("\"{pair}\" is not a setting; write name=value, name=value")
                    })?;
                    self.settings.push((name.trim().to_owned(), value.trim().to_owned()));
                }
            }
        }
        Ok(())
    }
}

impl ScenarioStep {
    /// The expected state of the check: the worst of the expected states.
    pub fn state(&self) -> State {
        State::worst(self.expect.iter().map(|(state, _)| *state))
    }

    /// Compares reports of the check with the expectation. An error contains the differences.
    ///
    /// The check must have the worst of the expected states, and each expected object must have a finding with its
    /// state.
    pub fn compare(&self, reports: &[CheckReport]) -> Result<(), Vec<DifferenceLine>> {
        let state = State::worst(reports.iter().map(CheckReport::state));
        let findings = || reports.iter().flat_map(|report| &report.findings);
        let is_found = |(state, object): &&(State, Option<String>)| {
            object.is_none()
                || findings().any(|finding| finding.state == *state && finding.object == *object)
        };
        let missing = self.expect.iter().find(|expected| !is_found(expected));
        if state == self.state() && missing.is_none() {
            return Ok(());
        }
        let mut lines = vec![DifferenceLine::Expected(self.text.clone())];
        lines.extend(found_lines(reports, state));
        if state != self.state() {
            let (is, not) = (state.name(), self.state().name());
            lines.push(DifferenceLine::Remark(format!("the check is {is}, not {not}")));
        } else if let Some((state, Some(object))) = missing {
            let remark = format!("no finding with state {} is about {object}", state.name());
            lines.push(DifferenceLine::Remark(remark));
        }
        Err(lines)
    }

    /// The line of the file at a position in the block, which is counted in characters from 1.
    pub fn line_at(&self, position: u32) -> usize {
        let characters = usize::try_from(position).unwrap_or(usize::MAX).saturating_sub(1);
        let before = self.sql.chars().take(characters);
        self.begins + before.filter(|character| *character == '\n').count()
    }

    /// The lines of the block, such as `3` or `3-5`.
    pub fn lines(&self) -> String {
        let last = self.line.saturating_sub(1).max(self.begins);
        if last == self.begins { format!("{last}") } else { format!("{}-{last}", self.begins) }
    }
}

/// Whether a text has only comments and blank lines.
fn is_blank(sql: &str) -> bool {
    sql.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with("--"))
}

/// What was found: findings and errors, or the summaries if there are none.
fn found_lines(reports: &[CheckReport], state: State) -> Vec<DifferenceLine> {
    let findings = reports.iter().flat_map(|report| &report.findings);
    let findings =
        findings.map(|finding: &Finding| DifferenceLine::Found(notation::finding(finding)));
    let errors = reports.iter().filter_map(|report| report.error.clone());
    let lines: Vec<DifferenceLine> = findings.chain(errors.map(DifferenceLine::Found)).collect();
    if !lines.is_empty() {
        return lines;
    }
    let summaries: Vec<&str> = reports.iter().map(|report| report.summary.as_str()).collect();
    vec![DifferenceLine::Found(format!("{}: {}", state.name(), summaries.join("; ")))]
}

/// The key and the value of a line `-- key: value`. A key with a misspelling is an error.
fn key_of(line: &str) -> Result<Option<(&'static str, &str)>, String> {
    let Some((key, value)) = line.strip_prefix("-- ").and_then(|rest| rest.split_once(':')) else {
        return Ok(None);
    };
    if let Some(known) = KEYS.into_iter().find(|known| *known == key) {
        return Ok(Some((known, value.trim())));
    }
    // A comment can contain a colon, too, but a key is short.
    let is_short = key.len() <= 40;
    if is_short && KEYS.iter().any(|known| strsim::damerau_levenshtein(key, known) <= 2) {
        return Err(format!("unknown key \"{key}\"{}", suggestion(key, KEYS)));
    }
    Ok(None)
}

/// The states and objects of a text such as `critical public.filling, warning public.other`.
fn expectations(text: &str) -> Result<Vec<(State, Option<String>)>, String> {
    let part = |part: &str| {
        let (word, object) = match part.split_once(' ') {
            Some((word, object)) => (word, Some(object.to_owned())),
            None => (part, None),
        };
        let state = State::ALL.into_iter().find(|state| state.name() == word).ok_or_else(|| {
            format!("\"{word}\" is not a state{}", suggestion(word, State::ALL.map(State::name)))
        })?;
        Ok((state, object))
    };
    text.split(", ").map(part).collect()
}
