//! `posemo test`: runs the cases of the catalog, or of the user's folders and archives.

use std::path::PathBuf;
use std::time::Instant;

use super::{Common, Screen, USAGE, sources};
use crate::cases::collection::{Collection, TestedCheck};
use crate::cases::coverage;
use crate::cases::judging::Judging;
use crate::cases::printer::Printer;
use crate::cases::result::CaseResult;
use crate::cases::servers::ScenarioRuns;
use crate::tempserver;

mod script;

/// Arguments of `test`.
#[derive(Debug, clap::Args)]
pub(super) struct Test {
    /// Test these: a check folder, a folder of check folders, or an archive [default: the catalog of posemo]
    #[arg(value_name = "DIR")]
    targets: Vec<PathBuf>,
    /// Test only the check with this name; repeatable
    #[arg(long, value_name = "NAME")]
    check: Vec<String>,
    /// Run only cases that need no server
    #[arg(long, conflicts_with = "bindir")]
    offline: bool,
    /// Use the initdb and postgres of this directory; repeat for several majors
    ///
    /// Scenarios are SQL that a superuser of the temporary server runs: they can do whatever the operating-system user
    /// of the server can do. Read scenarios from others before you run them.
    #[arg(long, value_name = "DIR")]
    bindir: Vec<PathBuf>,
    /// Run this many cases in parallel [default: number of CPUs]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: Option<u16>,
    /// Write the findings into offline cases that fail, as what they expect; a check without cases gets a first
    /// one
    #[arg(long)]
    bless: bool,
    /// Run one script with the rows in this JSON file, and print its output and result; DIR is then the name of a
    /// check, its folder or its script
    #[arg(long, value_name = "FILE", conflicts_with_all = ["check", "offline", "bindir", "jobs", "bless"])]
    docs: Option<PathBuf>,
}

pub(super) fn test(command: &Test, common: &Common, screen: &mut Screen<'_>) -> anyhow::Result<u8> {
    if let Some(docs) = &command.docs {
        let [script] = command.targets.as_slice() else {
            let usage =
                "--docs needs one check: posemo test --docs rows.json NAME|FOLDER|FILE.star";
            writeln!(screen.err, "posemo: {usage}")?;
            return Ok(USAGE);
        };
        return script::run(docs, script, common, screen);
    }
    if command.bless && command.targets.is_empty() && common.checks.is_empty() {
        writeln!(
            screen.err,
            "posemo: --bless writes into your own folders; give them: posemo test --bless DIR"
        )?;
        return Ok(USAGE);
    }
    let began = Instant::now();
    let mut collection = Collection::default();
    if command.targets.is_empty() {
        collection.add_embedded()?;
    }
    // The settings are read only if such paths need them.
    let named = [command.targets.as_slice(), &common.checks].concat();
    if !named.is_empty() {
        let policy = sources::signature_policy(common)?;
        named.iter().try_for_each(|path| collection.add(path, &policy))?;
    }
    collection.keep(&command.check)?;
    let style = super::run::options(common, screen).style;
    let mut printer = Printer::new(screen.out, style.color, common.quiet);
    run(command, &collection, &mut printer)?;
    printer.totals(began.elapsed())?;
    Ok(u8::from(printer.failed() > 0))
}

fn run(command: &Test, collection: &Collection, printer: &mut Printer<'_>) -> anyhow::Result<()> {
    for (name, reason) in &collection.broken {
        printer.result(&CaseResult::failed(name, reason))?;
    }
    let program = super::run::program()?;
    let jobs = command.jobs.map_or_else(processors, usize::from);
    let judging = Judging { program: &program, jobs, bless: command.bless };
    sources::block_on(judging.all(&collection.checks, |result| printer.result(result)))??;
    if !command.offline && !collection.checks.is_empty() {
        let bindirs = match command.bindir.as_slice() {
            [] => tempserver::find_bindir().map(|bindir| vec![bindir]),
            named => Ok(named.to_vec()),
        };
        match bindirs {
            Ok(bindirs) => {
                let (bindirs, program, bless) = (&bindirs, &program, command.bless);
                let runs = ScenarioRuns { bindirs, program, jobs, bless };
                runs.all(&collection.checks, |result| printer.result(result))?;
            }
            Err(error) => {
                let reason = format!("{error}; --offline runs only cases that need no server");
                printer.result(&CaseResult::failed("servers", &reason))?;
            }
        }
    }
    // Blessed cases differ from what was read.
    for subject in collection.checks.iter().filter(|_| !command.bless) {
        remark(subject, printer)?;
    }
    Ok(())
}

fn remark(subject: &TestedCheck, printer: &mut Printer<'_>) -> std::io::Result<()> {
    let mut remarks = subject.remarks.clone();
    let (cases, stories) = subject.readable();
    // The coverage of a case that cannot be read is not known.
    if cases.len() + stories.len() == subject.cases.len() {
        remarks.extend(coverage::remarks(&subject.check, &cases, &stories));
    }
    remarks.into_iter().try_for_each(|remark| printer.note(&subject.check.name, &remark))
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(64)
}
