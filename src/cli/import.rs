//! `posemo import`: advisor checks of Percona in, check folders out, through a server that says what a query is.
//!
//! What a file may say and what becomes of it is decided elsewhere; here are files, the server and the words.

use std::path::PathBuf;

use super::connection::Connection;
use super::{Common, Screen, sources};
use crate::catalog::Catalog;
use crate::percona::advice::{Advice, Foreign};
use crate::percona::draft::Draft;
use crate::signature::key::TrustedKey;
use crate::text::mistake::Mistake;
use crate::text::visible::visible;

mod describe;
mod files;
mod folders;

/// Arguments of `import`.
#[derive(Debug, clap::Args)]
pub(super) struct Import {
    /// Files with advisor checks of Percona, in YAML
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The folder that gets a folder for each check; made if it is missing
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
    /// A signature of FILE, as minisign makes it; any that verifies under any --key will do
    #[arg(long, value_name = "FILE", requires = "key")]
    signature: Vec<PathBuf>,
    /// A public key of minisign's whose signatures are believed
    #[arg(long, value_name = "KEY", requires = "signature")]
    key: Vec<TrustedKey>,
    /// Where initdb and postgres are, for the throw-away server that is asked what the queries return
    #[arg(long, value_name = "DIR", conflicts_with_all = ["host", "port", "username", "dbname"])]
    bindir: Option<PathBuf>,
    #[command(flatten)]
    connection: Connection,
}

/// What became of the checks.
#[derive(Default)]
struct Outcome {
    made: Vec<Made>,
    foreign: Vec<Foreign>,
    refused: Vec<Mistake>,
}

/// A check that has a folder now.
struct Made {
    draft: Draft,
    /// What keeps it from being installed.
    complaints: Vec<String>,
}

pub(super) fn import(
    command: &Import,
    common: &Common,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let read = files::read(command)?;
    let mut complaints = read.complaints;
    complaints.extend(clashes(&read.checks, command, common)?);
    if !complaints.is_empty() {
        for complaint in &complaints {
            writeln!(screen.err, "{}", visible(&complaint.to_string()))?;
        }
        anyhow::bail!("{}; nothing was written", counted(complaints.len(), "mistake", "mistakes"));
    }
    let mut outcome = Outcome { foreign: read.foreign, ..Outcome::default() };
    if !read.checks.is_empty() {
        describe::draft(command, &read.checks, &mut outcome)?;
        folders::place(&command.into, &outcome.made)?;
    }
    say(command, common, screen, &outcome)?;
    Ok(u8::from(!outcome.refused.is_empty()))
}

/// Checks of one name: among the files, in the folder, or in the catalogue.
fn clashes(checks: &[Advice], command: &Import, common: &Common) -> anyhow::Result<Vec<Mistake>> {
    let catalog = sources::catalog(common)?;
    let mut present = Catalog::empty();
    let has_checks = folders::has_checks(&command.into)?;
    if has_checks {
        present.add(&command.into)?;
    }
    let mut complaints = Vec::new();
    for (index, advice) in checks.iter().enumerate() {
        let name = advice.folder.as_str();
        let earlier = checks[..index].iter().find(|other| other.folder == name);
        let known = [&catalog, &present].into_iter().find_map(|catalog| catalog.get(name).ok());
        let left = command.into.join(name);
        let first = match (earlier, known) {
            (Some(other), _) => format!("{}:{}", other.file, other.line),
            (None, Some(check)) if check.shipped => {
                format!("the shipped catalogue ({})", check.place)
            }
            (None, Some(check)) => check.place,
            (None, None) if left.exists() => left.display().to_string(),
            (None, None) => continue,
        };
        complaints.push(Mistake {
            file: advice.file.clone(),
            line: advice.line,
            key: advice.name.clone(),
            message: format!(
                "the check \"{name}\" exists already, in {first}; rename or remove one of the two"
            ),
        });
    }
    Ok(complaints)
}

fn say(
    command: &Import,
    common: &Common,
    screen: &mut Screen<'_>,
    outcome: &Outcome,
) -> anyhow::Result<()> {
    let out = &mut *screen.out;
    let into = command.into.display().to_string();
    for made in &outcome.made {
        let name = made.draft.folder();
        if !common.quiet {
            writeln!(out, "{name}: imported into {into}/{name} ({})", made.draft.outline())?;
        }
        for complaint in &made.complaints {
            let what = if common.quiet { format!("{name}: ") } else { "  ".to_owned() };
            writeln!(out, "{what}install refuses it: {}", visible(complaint))?;
        }
        for remark in made.draft.remarks().iter().filter(|_| common.verbose > 0) {
            writeln!(out, "  to review: {}", visible(remark))?;
        }
    }
    for foreign in outcome.foreign.iter().filter(|_| !common.quiet) {
        writeln!(
            out,
            "{}: left out: {} ({}:{})",
            foreign.what,
            foreign.reason,
            visible(&foreign.file),
            foreign.line
        )?;
    }
    for refused in &outcome.refused {
        writeln!(screen.err, "{}", visible(&refused.to_string()))?;
    }
    if common.quiet {
        return Ok(());
    }
    writeln!(out, "{}", totals(outcome))?;
    if !outcome.made.is_empty() {
        writeln!(
            out,
            "\nWhat was guessed stands in each README.md under \"To review\"; -v shows it here. Then:\n  posemo test {into}\n  posemo install --checks {into} --dry-run -H HOST -U postgres --all-databases"
        )?;
    }
    Ok(())
}

fn totals(outcome: &Outcome) -> String {
    let mut parts = vec![format!("{} imported", counted(outcome.made.len(), "check", "checks"))];
    let blocked = outcome.made.iter().filter(|made| !made.complaints.is_empty()).count();
    if blocked > 0 {
        parts.push(format!("{blocked} of them cannot be installed as they are"));
    }
    if !outcome.foreign.is_empty() {
        parts.push(format!("{} left out", outcome.foreign.len()));
    }
    if !outcome.refused.is_empty() {
        parts.push(format!("{} refused", outcome.refused.len()));
    }
    parts.join(", ")
}

fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}
