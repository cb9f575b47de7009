//! `posemo import`: makes check folders of Percona's advisor checks.
//!
//! It asks a server to describe the queries, and runs none of them.

use std::path::PathBuf;

use super::connection::ConnectionOptions;
use super::options::GlobalOptions;
use super::screen::Screen;
use super::sources;
use crate::admin::describe::{self, DescribingServer, Drafts};
use crate::catalog::Catalog;
use crate::database::parameters::{Environment, Parameters};
use crate::percona::advisor_check::{AdvisorCheck, IgnoredPart};
use crate::percona::folders;
use crate::signature::key::TrustedKey;
use crate::text::mistake::Mistake;
use crate::text::number::counted;
use crate::text::visible::visible;

mod files;

/// Arguments of `import`.
#[derive(Debug, clap::Args)]
pub(super) struct ImportCommand {
    /// Read advisor checks from these YAML files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Write a folder for each check into this folder; create it if it does not exist
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
    /// Require a valid minisign signature of each FILE, in one of these files
    #[arg(long, value_name = "FILE", requires = "key")]
    signature: Vec<PathBuf>,
    /// Accept signatures by this minisign public key; repeatable
    #[arg(long, value_name = "KEY", requires = "signature")]
    key: Vec<TrustedKey>,
    /// Describe the queries on a temporary server, started with the programs in this directory
    #[arg(long, value_name = "DIR", conflicts_with_all = ["host", "port", "username", "dbname"])]
    bindir: Option<PathBuf>,
    #[command(flatten)]
    connection: ConnectionOptions,
}

/// The result of an import.
struct ImportResult {
    drafts: Drafts,
    ignored: Vec<IgnoredPart>,
}

pub(super) fn import(
    command: &ImportCommand,
    global: &GlobalOptions,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let read = files::read(&command.files, &command.signature, &command.key)?;
    let mut mistakes = read.mistakes;
    mistakes.extend(duplicates(&read.checks, command, global)?);
    if !mistakes.is_empty() {
        for mistake in &mistakes {
            writeln!(screen.err, "{}", visible(&mistake.to_string()))?;
        }
        anyhow::bail!("{}; nothing was written", counted(mistakes.len(), "mistake"));
    }
    let mut result = ImportResult { drafts: Drafts::default(), ignored: read.ignored };
    if !read.checks.is_empty() {
        result.drafts = draft(command, &read.checks)?;
        let drafts = result.drafts.imported.iter().map(|imported| &imported.draft);
        folders::write_all(&command.into, drafts)?;
    }
    print(command, global, screen, &result)?;
    Ok(u8::from(!result.drafts.refused.is_empty()))
}

fn draft(command: &ImportCommand, checks: &[AdvisorCheck]) -> anyhow::Result<Drafts> {
    let server = if command.connection.is_given() {
        let (keywords, environment) = (command.connection.keywords(), Environment::of_process());
        let defaults = [("dbname", "postgres")];
        DescribingServer::Running(Box::new(Parameters::resolve(
            &keywords,
            &defaults,
            &environment,
        )?))
    } else {
        DescribingServer::Temporary(command.bindir.clone())
    };
    Ok(sources::block_on(describe::draft(&server, checks, &command.into))??)
}

/// Checks whose name another check has: in the files, in the folder, or in the catalog.
fn duplicates(
    checks: &[AdvisorCheck],
    command: &ImportCommand,
    global: &GlobalOptions,
) -> anyhow::Result<Vec<Mistake>> {
    let catalog = sources::catalog(global)?;
    let mut present = Catalog::empty();
    let has_checks = folders::has_checks(&command.into)?;
    if has_checks {
        present.add(&command.into)?;
    }
    let mut mistakes = Vec::new();
    for (index, advisor_check) in checks.iter().enumerate() {
        let name = advisor_check.folder.as_str();
        let earlier = checks[..index].iter().find(|other| other.folder == name);
        let known = [&catalog, &present].into_iter().find_map(|catalog| catalog.get(name).ok());
        let folder = command.into.join(name);
        let first = match (earlier, known) {
            (Some(other), _) => format!("{}:{}", other.file, other.line),
            (None, Some(check)) if check.shipped => {
                format!("posemo's catalog ({})", check.place)
            }
            (None, Some(check)) => check.place,
            (None, None) if folder.exists() => folder.display().to_string(),
            (None, None) => continue,
        };
        mistakes.push(Mistake {
            file: advisor_check.file.clone(),
            line: advisor_check.line,
            key: advisor_check.name.clone(),
            message: format!(
                "the check \"{name}\" already exists: {first}; rename or remove one of the two"
            ),
        });
    }
    Ok(mistakes)
}

fn print(
    command: &ImportCommand,
    global: &GlobalOptions,
    screen: &mut Screen<'_>,
    result: &ImportResult,
) -> anyhow::Result<()> {
    let out = &mut *screen.out;
    let into = command.into.display().to_string();
    for imported in &result.drafts.imported {
        let name = imported.draft.folder();
        if !global.quiet {
            writeln!(out, "{name}: imported into {into}/{name} ({})", imported.draft.outline())?;
        }
        for complaint in &imported.refusals {
            let what = if global.quiet { format!("{name}: ") } else { "  ".to_owned() };
            writeln!(out, "{what}install refuses it: {}", visible(complaint))?;
        }
        for fault in &imported.faults {
            let what = if global.quiet { format!("{name}: ") } else { "  ".to_owned() };
            writeln!(out, "{what}fault: {}", visible(fault))?;
        }
        for remark in imported.draft.remarks().iter().filter(|_| global.verbose > 0) {
            writeln!(out, "  to review: {}", visible(remark))?;
        }
    }
    for part in result.ignored.iter().filter(|_| !global.quiet) {
        writeln!(
            out,
            "{}: ignored: {} ({}:{})",
            part.what,
            part.reason,
            visible(&part.file),
            part.line
        )?;
    }
    for refused in &result.drafts.refused {
        writeln!(screen.err, "{}", visible(&refused.to_string()))?;
    }
    if global.quiet {
        return Ok(());
    }
    writeln!(out, "{}", totals(result))?;
    if !result.drafts.imported.is_empty() {
        writeln!(
            out,
            "\nEach README.md lists the guesses of the import under \"To review\"; -v prints them. Next steps:\n  posemo test {into}\n  posemo install --checks {into} --dry-run -H HOST -U postgres --all-databases"
        )?;
    }
    Ok(())
}

fn totals(result: &ImportResult) -> String {
    let Drafts { imported, refused } = &result.drafts;
    let mut parts = vec![format!("{} imported", counted(imported.len(), "check"))];
    let blocked = imported.iter().filter(|imported| !imported.refusals.is_empty()).count();
    if blocked > 0 {
        parts.push(format!("{blocked} of them cannot be installed yet"));
    }
    if !result.ignored.is_empty() {
        parts.push(format!("{} ignored", result.ignored.len()));
    }
    if !refused.is_empty() {
        parts.push(format!("{} refused", refused.len()));
    }
    parts.join(", ")
}
