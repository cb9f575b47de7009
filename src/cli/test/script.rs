//! `posemo test --docs`: runs one script on given rows, and shows what it printed and returned.
//!
//! It judges no thresholds, and expects nothing.

use std::io::Write;
use std::path::Path;

use anyhow::Context;

use super::folders::text_of;
use super::say::{clean, excerpt};
use crate::cases::docs;
use crate::catalog::{Catalog, check};
use crate::cli::{Common, Screen, sources};
use crate::evaluate::script::Judged;
use crate::finding::Finding;
use crate::output::table::paint::Paint;
use crate::rows::Docs;
use crate::sandbox::{ALLOWED, SandboxError, Worker};

/// A script, and how it is called in messages.
struct Script {
    /// The check, or what a lone file is called.
    check: String,
    source: String,
    /// What it is given.
    docs: check::Docs,
    /// The file where it is a lone one.
    file: Option<String>,
}

pub(super) fn run(
    rows: &Path,
    script: &Path,
    common: &Common,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let script = Script::find(script, common)?;
    let named = |reason: String| anyhow::anyhow!("{}: {reason}", rows.display());
    let docs = docs::read(&text_of(rows).map_err(named)?, script.docs).map_err(named)?;
    let color = crate::cli::run::options(common, screen).style.color;
    let mut show = Show { out: screen.out, color, script: &script };
    match script.judge(&docs)? {
        Ok(judged) => {
            show.printed(&judged.printed)?;
            show.findings(&judged.findings)?;
            Ok(0)
        }
        Err(error) => {
            show.printed(error.printed())?;
            show.error(&error)?;
            Ok(1)
        }
    }
}

impl Script {
    fn find(given: &Path, common: &Common) -> anyhow::Result<Script> {
        if given.extension().is_some_and(|extension| extension == "star") {
            let source = text_of(given)
                .map_err(|reason| anyhow::anyhow!("{}: {reason}", given.display()))?;
            let check = given.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            return Ok(Script {
                check,
                source,
                docs: check::Docs::default(),
                file: Some(given.display().to_string()),
            });
        }
        let check = if given.is_dir() {
            let mut catalog = Catalog::empty();
            sources::add(&mut catalog, &[given.to_owned()], common)?;
            let mut checks = catalog.checks()?;
            let one = checks.pop().filter(|_| checks.is_empty());
            one.with_context(|| format!("{} holds several checks; name one", given.display()))?
        } else {
            sources::catalog(common)?.get(&given.to_string_lossy())?
        };
        let source = check.script;
        let source = source
            .with_context(|| format!("{} has no script: thresholds judge its rows", check.name))?;
        Ok(Script { check: check.name, source, docs: check.docs, file: None })
    }

    fn judge(&self, docs: &Docs) -> anyhow::Result<Result<Judged, SandboxError>> {
        let program = crate::cli::run::program()?;
        let runtime = sources::runtime()?;
        runtime.block_on(async {
            let mut worker = Worker::start(&program)?;
            let judged = worker.judge(&self.check, &self.source, docs, ALLOWED).await;
            worker.dismiss();
            Ok(judged)
        })
    }

    /// A message about a lone file names it as the user did.
    fn named(&self, text: &str) -> String {
        let name = format!("{}/evaluate.star", self.check);
        match &self.file {
            Some(file) => text.replace(&name, file),
            None => text.to_owned(),
        }
    }
}

/// Shows what came of a script.
struct Show<'o> {
    out: &'o mut dyn Write,
    color: bool,
    script: &'o Script,
}

impl Show<'_> {
    fn printed(&mut self, lines: &[String]) -> std::io::Result<()> {
        for line in lines {
            let line = self.painted(Paint::Dim, &clean(&self.script.named(line)));
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }

    fn findings(&mut self, findings: &[Finding]) -> std::io::Result<()> {
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

    fn error(&mut self, error: &SandboxError) -> std::io::Result<()> {
        let word = self.painted(Paint::State(crate::finding::State::Critical), "error");
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
