//! Runs one script with given rows, and prints what it printed and returned. No thresholds are judged.

use std::io::{self, Write};
use std::path::Path;

use super::printer::clean;
use super::result::excerpt;
use crate::evaluate::script::ScriptJudgement;
use crate::finding::{Finding, State};
use crate::output::table::Paint;
use crate::rows::ScriptInput;
use crate::sandbox::{ALLOWED, SandboxError, Worker};

/// A script, and its name in messages.
pub struct NamedScript {
    /// The check, or the name of a single file.
    pub check: String,
    /// The source.
    pub source: String,
    /// The file, for a script without a check.
    pub file: Option<String>,
}

impl NamedScript {
    /// The script of a file, which has no check.
    pub fn of_file(path: &Path, source: String) -> NamedScript {
        let check = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        NamedScript { check, source, file: Some(path.display().to_string()) }
    }

    /// Runs the script. `program` is this program, to be started again as the worker.
    pub async fn run(
        &self,
        input: &ScriptInput,
        program: &Path,
    ) -> Result<ScriptJudgement, SandboxError> {
        let mut worker = Worker::start(program)?;
        let judged = worker.judge(&self.check, &self.source, input, ALLOWED).await;
        worker.dismiss();
        judged
    }

    /// Prints the result of a run, and returns whether the script succeeded.
    pub fn print(
        &self,
        result: &Result<ScriptJudgement, SandboxError>,
        out: &mut dyn Write,
        color: bool,
    ) -> io::Result<bool> {
        let mut printer = ScriptPrinter { out, color, script: self };
        match result {
            Ok(judged) => {
                printer.printed(&judged.printed)?;
                printer.findings(&judged.findings)?;
            }
            Err(error) => {
                printer.printed(error.printed())?;
                printer.error(error)?;
            }
        }
        Ok(result.is_ok())
    }

    /// A message about a single file has the name that the user gave.
    fn named(&self, text: &str) -> String {
        let name = format!("{}/evaluate.star", self.check);
        match &self.file {
            Some(file) => text.replace(&name, file),
            None => text.to_owned(),
        }
    }
}

struct ScriptPrinter<'o> {
    out: &'o mut dyn Write,
    color: bool,
    script: &'o NamedScript,
}

impl ScriptPrinter<'_> {
    fn printed(&mut self, lines: &[String]) -> io::Result<()> {
        for line in lines {
            let line = self.painted(Paint::Dim, &clean(&self.script.named(line)));
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }

    fn findings(&mut self, findings: &[Finding]) -> io::Result<()> {
        for finding in findings {
            let severity = self.painted(Paint::State(finding.state), finding.severity.name());
            let pad = " ".repeat(10_usize.saturating_sub(finding.severity.name().len()));
            writeln!(self.out, "{severity}{pad}{}", clean(&finding.summary))?;
            let description = finding.description.iter().flat_map(|text| text.lines());
            for line in description {
                writeln!(self.out, "          {}", clean(line))?;
            }
            for (key, value) in &finding.labels {
                writeln!(self.out, "          {} = {}", clean(key), clean(value))?;
            }
            if let Some(url) = &finding.read_more_url {
                writeln!(self.out, "          {}", clean(url))?;
            }
        }
        match findings.len() {
            0 => writeln!(self.out, "nothing found"),
            1 => writeln!(self.out, "1 finding"),
            count => writeln!(self.out, "{count} findings"),
        }
    }

    fn error(&mut self, error: &SandboxError) -> io::Result<()> {
        let word = self.painted(Paint::State(State::Critical), "error");
        writeln!(self.out, "{word}     {}", clean(&self.script.named(&error.to_string())))?;
        for line in excerpt(error.details().unwrap_or_default()) {
            writeln!(self.out, "  {}", clean(&self.script.named(line)))?;
        }
        Ok(())
    }

    fn painted(&self, paint: Paint, text: &str) -> String {
        if self.color { paint.on(text) } else { text.to_owned() }
    }
}
