//! Prints what was migrated, and what was not.

use std::collections::BTreeMap;
use std::io::{self, Write};

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::Migration;
use super::compare::{ComparedAnswer, ComparedCall, without_role};
use super::plan::{MigratedCall, MigratedOutcome};
use super::servers::NewTarget;
use crate::text::number::counted;
use crate::text::visible::{truncated, visible};

/// The names of exit codes of plugins.
const STATES: [&str; 4] = ["OK", "WARNING", "CRITICAL", "UNKNOWN"];

impl Migration {
    /// Whether a call is not in the settings, or something was not evaluated.
    pub fn is_incomplete(&self) -> bool {
        !self.unclear.is_empty()
            || self.calls.iter().any(|call| call.outcome != MigratedOutcome::Settings)
    }

    /// The number of calls in the settings.
    pub fn in_settings(&self) -> usize {
        self.calls.iter().filter(|call| call.outcome == MigratedOutcome::Settings).count()
    }

    /// The lines for `~/.pgpass` in the place of passwords of old calls, each with its file, line and option.
    fn passwords(&self) -> BTreeMap<String, String> {
        let mut lines = BTreeMap::new();
        let targets: BTreeMap<&String, &NewTarget> =
            self.targets.iter().map(|target| (&target.name, target)).collect();
        for call in &self.calls {
            let Some(option) = call.old.password else { continue };
            for target in call.targets.iter().filter_map(|name| targets.get(name)) {
                let host = if target.host.is_empty() { "localhost" } else { &target.host };
                // These two signs separate fields.
                let host = host.replace('\\', "\\\\").replace(':', "\\:");
                let line = format!("{host}:{}:*:posemo:PASSWORD", target.server.port);
                lines.entry(line).or_insert_with(|| format!("{}: {option}", call.old.place));
            }
        }
        lines
    }

    /// Prints the report. `file` is the name of the settings.
    pub fn write(&self, file: &str, out: &mut dyn Write) -> io::Result<()> {
        let calls = format!("{} of {}", self.in_settings(), counted(self.calls.len(), "call"));
        let (targets, files) = (counted(self.targets.len(), "target"), counted(self.files, "file"));
        writeln!(out, "{}: {targets}, {calls} in {files}", visible(file))?;
        let with = |wanted: fn(&MigratedOutcome) -> Option<&String>| {
            self.calls.iter().filter_map(move |call| Some((call, wanted(&call.outcome)?)))
        };
        let mut commands = with(|outcome| match outcome {
            MigratedOutcome::Command(reason) => Some(reason),
            _ => None,
        })
        .peekable();
        if commands.peek().is_some() {
            writeln!(
                out,
                "\nThe settings cannot express these calls. Use the command in the place of the old one:"
            )?;
        }
        for (call, reason) in commands {
            writeln!(out, "  {}: {}", title(call), visible(reason))?;
            writeln!(out, "    {}", visible(&command(call)))?;
        }
        let mut nothing = with(|outcome| match outcome {
            MigratedOutcome::Nothing(reason) => Some(reason),
            _ => None,
        })
        .peekable();
        if nothing.peek().is_some() {
            writeln!(out, "\nWithout a counterpart:")?;
        }
        // A service of many hosts has one line.
        let mut lines: IndexMap<String, usize> = IndexMap::new();
        for (call, reason) in nothing {
            *lines.entry(format!("{}: {}", title(call), visible(reason))).or_default() += 1;
        }
        for (line, number) in lines {
            let hosts = if number > 1 { format!(" ({number} hosts)") } else { String::new() };
            writeln!(out, "  {line}{hosts}")?;
        }
        if !self.unclear.is_empty() {
            writeln!(out, "\nNot evaluated:")?;
        }
        for mistake in &self.unclear {
            writeln!(out, "  {}", visible(&mistake.to_string()))?;
        }
        let differences = self.differences();
        if !differences.is_empty() {
            writeln!(out, "\nAnswers that differ from those of the old program:")?;
        }
        for ((old, differs), number) in differences {
            writeln!(out, "  {old} ({}): {differs}", counted(number, "service"))?;
        }
        let passwords = self.passwords();
        if !passwords.is_empty() {
            writeln!(
                out,
                "\nPasswords do not belong into the settings. For that of role posemo, write into ~/.pgpass:"
            )?;
        }
        for (line, place) in passwords {
            writeln!(out, "  {}    (instead of {})", visible(&line), visible(&place))?;
        }
        Ok(())
    }

    /// Where answers differ, by the old check.
    fn differences(&self) -> BTreeMap<(&str, &str), usize> {
        let mut differences = BTreeMap::new();
        for call in &self.calls {
            let differs = call.old.translated.as_ref().map_or("", |translated| translated.differs);
            if !differs.is_empty() {
                *differences.entry((call.old.old.as_str(), differs)).or_default() += 1;
            }
        }
        differences
    }

    /// The report for programs.
    pub fn json(&self, file: &str) -> Value {
        let targets = self.targets.iter().map(|target| {
            json!({
                "name": target.name, "host": target.host, "port": target.server.port, "service": target.server.service,
            })
        });
        let unclear = self.unclear.iter().map(|mistake| {
            json!({ "file": mistake.file, "line": mistake.line, "what": mistake.key, "message": mistake.message })
        });
        let passwords = self.passwords().into_iter();
        json!({
            "settings": file,
            "targets": targets.collect::<Vec<_>>(),
            "calls": self.calls.iter().map(json_of).collect::<Vec<_>>(),
            "not_evaluated": unclear.collect::<Vec<_>>(),
            "passwords": passwords.map(|(line, place)| json!({ "pgpass": line, "instead_of": place })).collect::<Vec<_>>(),
        })
    }
}

fn json_of(call: &MigratedCall) -> Value {
    let (outcome, reason) = match &call.outcome {
        MigratedOutcome::Settings => ("settings", None),
        MigratedOutcome::Command(reason) => ("command", Some(reason)),
        MigratedOutcome::Nothing(reason) => ("none", Some(reason)),
    };
    let translated = call.old.translated.as_ref().ok();
    json!({
        "file": &*call.old.place.file,
        "line": call.old.place.line,
        "service": call.old.service,
        "old": call.old.old,
        "targets": call.targets,
        "outcome": outcome,
        "reason": reason,
        "checks": translated.map(|translated| translated.checks.clone()),
        "command": translated.map(|_| command(call)),
        "differs": translated.map(|translated| translated.differs).filter(|differs| !differs.is_empty()),
    })
}

/// The place, the name and the old check of a call.
fn title(call: &MigratedCall) -> String {
    let service = visible(&truncated(&call.old.service, 60));
    format!("{} \"{service}\", {}", visible(&call.old.place.to_string()), call.old.old)
}

/// posemo's command in the place of the old one.
fn command(call: &MigratedCall) -> String {
    let translated = call.old.translated.as_ref();
    translated.map_or(String::new(), |translated| without_role(translated).command())
}

/// Prints both answers to a call.
pub fn write_compared(
    call: &MigratedCall,
    compared: &ComparedCall,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "{}", title(call))?;
    for (command, answer) in
        [(&compared.old_command, &compared.old), (&compared.new_command, &compared.new)]
    {
        writeln!(out, "  {}", visible(command))?;
        writeln!(out, "    {}", answer_text(answer))?;
    }
    writeln!(out, "  {}\n", verdict(compared))
}

fn answer_text(answer: &ComparedAnswer) -> String {
    match answer {
        ComparedAnswer::Answered(code, text) => {
            format!("{:<8}  {}", state(*code), visible(&truncated(text, 200)))
        }
        ComparedAnswer::NotRun(reason) => format!("not run: {}", visible(reason)),
    }
}

fn state(code: i32) -> String {
    let known = usize::try_from(code).ok().and_then(|code| STATES.get(code));
    known.map_or_else(|| format!("code {code}"), |state| (*state).to_owned())
}

/// Whether the answers are the same, and the documented reason if they are not.
fn verdict(compared: &ComparedCall) -> String {
    match (compared.is_complete(), compared.differs(), compared.reason) {
        (false, ..) => "not compared".to_owned(),
        (_, false, _) => "same state".to_owned(),
        (_, true, "") => "differs, without a documented reason".to_owned(),
        (_, true, reason) => format!("differs: {reason}"),
    }
}

/// Both answers for programs.
pub fn json_compared(call: &MigratedCall, compared: &ComparedCall) -> Value {
    let side = |command: &str, answer: &ComparedAnswer| match answer {
        ComparedAnswer::Answered(code, text) => {
            json!({ "command": command, "code": code, "state": state(*code), "text": text })
        }
        ComparedAnswer::NotRun(reason) => json!({ "command": command, "not_run": reason }),
    };
    json!({
        "file": &*call.old.place.file,
        "line": call.old.place.line,
        "service": call.old.service,
        "old": side(&compared.old_command, &compared.old),
        "new": side(&compared.new_command, &compared.new),
        "differs": compared.differs(),
        "reason": compared.reason,
    })
}
