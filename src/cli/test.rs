//! `posemo test`: the cases of the catalogue, or of folders and archives of one's own.
//!
//! It asks no server but throw-away ones, and no case decides how another is judged.

use std::path::PathBuf;
use std::time::Instant;

use self::folders::{Gathered, Subject};
use self::say::Printer;
use super::{Common, Screen, USAGE, sources};
use crate::cases::coverage;
use crate::cluster;

mod blessing;
mod folders;
pub mod offline;
mod say;
mod script;
mod servers;
pub mod stage;

/// Arguments of `test`.
#[derive(Debug, clap::Args)]
pub(super) struct Test {
    /// A check folder, a folder of such folders, or an archive of them; the checks that came with posemo, if none
    /// is named
    #[arg(value_name = "DIR")]
    targets: Vec<PathBuf>,
    /// Only these checks
    #[arg(long, value_name = "NAME")]
    check: Vec<String>,
    /// Only cases that need no server
    #[arg(long, conflicts_with = "bindir")]
    offline: bool,
    /// Where initdb and postgres are; repeat for several majors
    ///
    /// Stories are SQL that a superuser of the throw-away server runs: they can do what the user can that
    /// the server runs as. Read those of others first.
    #[arg(long, value_name = "DIR")]
    bindir: Vec<PathBuf>,
    /// Cases at a time; as many as there are processors, if nothing is said
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: Option<u16>,
    /// Write what was found into offline cases that do not hold, as what they expect; a check without cases
    /// gets a first one
    #[arg(long)]
    bless: bool,
    /// Run one script on the rows in this JSON file, and show what it prints and returns; DIR is then the
    /// name of a check, its folder or its script
    #[arg(long, value_name = "FILE", conflicts_with_all = ["check", "offline", "bindir", "jobs", "bless"])]
    docs: Option<PathBuf>,
}

pub(super) fn test(command: &Test, common: &Common, screen: &mut Screen<'_>) -> anyhow::Result<u8> {
    if let Some(docs) = &command.docs {
        let [script] = command.targets.as_slice() else {
            let usage =
                "--docs takes one check: posemo test --docs rows.json NAME|FOLDER|FILE.star";
            writeln!(screen.err, "posemo: {usage}")?;
            return Ok(USAGE);
        };
        return script::run(docs, script, common, screen);
    }
    if command.bless && command.targets.is_empty() && common.checks.is_empty() {
        writeln!(
            screen.err,
            "posemo: --bless writes into folders of your own; name them: posemo test --bless DIR"
        )?;
        return Ok(USAGE);
    }
    let began = Instant::now();
    let mut gathered = Gathered::default();
    if command.targets.is_empty() {
        gathered.add_embedded()?;
    }
    // Without such paths the settings are not read for their sake.
    let named = [command.targets.as_slice(), &common.checks].concat();
    if !named.is_empty() {
        let trust = sources::trust(common)?;
        named.iter().try_for_each(|path| gathered.add(path, &trust))?;
    }
    gathered.keep(&command.check)?;
    let style = super::run::options(common, screen).style;
    let mut printer = Printer::new(screen.out, style.color, common.quiet);
    run(command, &gathered, &mut printer)?;
    printer.totals(began.elapsed())?;
    Ok(u8::from(printer.failed() > 0))
}

fn run(command: &Test, gathered: &Gathered, printer: &mut Printer<'_>) -> anyhow::Result<()> {
    for (name, reason) in &gathered.broken {
        printer.say(&say::Told::failed(name, reason))?;
    }
    let program = super::run::program()?;
    let jobs = command.jobs.map_or_else(processors, usize::from);
    let judging = offline::Judging { program: &program, jobs, bless: command.bless };
    let runtime = sources::runtime()?;
    runtime.block_on(judging.all(&gathered.subjects, |told| printer.say(told)))?;
    runtime.shutdown_background();
    if !command.offline && !gathered.subjects.is_empty() {
        let bindirs = match command.bindir.as_slice() {
            [] => cluster::find_bindir().map(|bindir| vec![bindir]),
            named => Ok(named.to_vec()),
        };
        match bindirs {
            Ok(bindirs) => {
                let (bindirs, program, bless) = (&bindirs, &program, command.bless);
                let telling = servers::Telling { bindirs, program, jobs, bless };
                telling.all(&gathered.subjects, printer)?;
            }
            Err(error) => {
                let reason = format!("{error}; --offline leaves servers out");
                printer.say(&say::Told::failed("servers", &reason))?;
            }
        }
    }
    // What was blessed is not what was read.
    for subject in gathered.subjects.iter().filter(|_| !command.bless) {
        remark(subject, printer)?;
    }
    Ok(())
}

fn remark(subject: &Subject, printer: &mut Printer<'_>) -> std::io::Result<()> {
    let mut remarks = subject.remarks.clone();
    let (cases, stories) = subject.readable();
    // What a case that cannot be read would have tried is not known.
    if cases.len() + stories.len() == subject.cases.len() {
        remarks.extend(coverage::remarks(&subject.check, &cases, &stories));
    }
    remarks.into_iter().try_for_each(|remark| printer.note(&subject.check.name, &remark))
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(64)
}
