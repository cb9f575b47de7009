//! `posemo import`: makes check folders of Percona's advisor checks.

use std::path::PathBuf;

use super::connection::Connection;
use super::{Common, Screen, sources};
use crate::admin::describe::{self, DescribingServer, Drafts};
use crate::catalog::Catalog;
use crate::database::parameters::{Environment, Parameters};
use crate::percona::advice::{Advice, Foreign};
use crate::percona::folders;
use crate::signature::key::TrustedKey;
use crate::text::mistake::Mistake;
use crate::text::number::counted;
use crate::text::visible::visible;

mod files;

/// Arguments of `import`.
#[derive(Debug, clap::Args)]
pub(super) struct Import {
    /// Read Percona's advisor checks from these YAML files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Write a folder for each check into this folder; it is created if it is missing
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
    /// Require a minisign signature of FILE; one valid signature by one --key is enough
    #[arg(long, value_name = "FILE", requires = "key")]
    signature: Vec<PathBuf>,
    /// Trust signatures of this minisign public key
    #[arg(long, value_name = "KEY", requires = "signature")]
    key: Vec<TrustedKey>,
    /// Use the initdb and postgres of this directory for the temporary server that describes the queries
    #[arg(long, value_name = "DIR", conflicts_with_all = ["host", "port", "username", "dbname"])]
    bindir: Option<PathBuf>,
    #[command(flatten)]
    connection: Connection,
}

/// The checks of the files.
struct Outcome {
    drafts: Drafts,
    foreign: Vec<Foreign>,
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
        anyhow::bail!("{}; nothing was written", counted(complaints.len(), "mistake"));
    }
    let mut outcome = Outcome { drafts: Drafts::default(), foreign: read.foreign };
    if !read.checks.is_empty() {
        outcome.drafts = draft(command, &read.checks)?;
        let drafts = outcome.drafts.imported.iter().map(|check| &check.draft);
        folders::write_all(&command.into, drafts)?;
    }
    print(command, common, screen, &outcome)?;
    Ok(u8::from(!outcome.drafts.refused.is_empty()))
}

fn draft(command: &Import, checks: &[Advice]) -> anyhow::Result<Drafts> {
    let server = if command.connection.is_given() {
        let (keywords, environment) = (command.connection.keywords(), Environment::of_process());
        let defaults = [("dbname", "postgres")];
        DescribingServer::Running(Parameters::resolve(&keywords, &defaults, &environment)?)
    } else {
        DescribingServer::Temporary(command.bindir.clone())
    };
    let runtime = sources::runtime()?;
    Ok(runtime.block_on(describe::draft(&server, checks, &command.into))?)
}

/// Checks with the same name: in the files, in the folder, or in the catalog.
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
                format!("posemo's catalog ({})", check.place)
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

fn print(
    command: &Import,
    common: &Common,
    screen: &mut Screen<'_>,
    outcome: &Outcome,
) -> anyhow::Result<()> {
    let out = &mut *screen.out;
    let into = command.into.display().to_string();
    for imported in &outcome.drafts.imported {
        let name = imported.draft.folder();
        if !common.quiet {
            writeln!(out, "{name}: imported into {into}/{name} ({})", imported.draft.outline())?;
        }
        for complaint in &imported.refusals {
            let what = if common.quiet { format!("{name}: ") } else { "  ".to_owned() };
            writeln!(out, "{what}install refuses it: {}", visible(complaint))?;
        }
        for remark in imported.draft.remarks().iter().filter(|_| common.verbose > 0) {
            writeln!(out, "  to review: {}", visible(remark))?;
        }
    }
    for foreign in outcome.foreign.iter().filter(|_| !common.quiet) {
        writeln!(
            out,
            "{}: ignored: {} ({}:{})",
            foreign.what,
            foreign.reason,
            visible(&foreign.file),
            foreign.line
        )?;
    }
    for refused in &outcome.drafts.refused {
        writeln!(screen.err, "{}", visible(&refused.to_string()))?;
    }
    if common.quiet {
        return Ok(());
    }
    writeln!(out, "{}", totals(outcome))?;
    if !outcome.drafts.imported.is_empty() {
        writeln!(
            out,
            "\nEach README.md lists guesses under \"To review\"; -v prints them. Next steps:\n  posemo test {into}\n  posemo install --checks {into} --dry-run -H HOST -U postgres --all-databases"
        )?;
    }
    Ok(())
}

fn totals(outcome: &Outcome) -> String {
    let Drafts { imported, refused } = &outcome.drafts;
    let mut parts = vec![format!("{} imported", counted(imported.len(), "check"))];
    let blocked = imported.iter().filter(|check| !check.refusals.is_empty()).count();
    if blocked > 0 {
        parts.push(format!("{blocked} of them cannot be installed yet"));
    }
    if !outcome.foreign.is_empty() {
        parts.push(format!("{} ignored", outcome.foreign.len()));
    }
    if !refused.is_empty() {
        parts.push(format!("{} refused", refused.len()));
    }
    parts.join(", ")
}
