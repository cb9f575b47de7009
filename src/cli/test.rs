//! `posemo test`: runs the cases of the catalog, or of the user's folders and archives.

use std::path::PathBuf;
use std::time::Instant;

use super::completion;
use super::exit::USAGE;
use super::options::GlobalOptions;
use super::reporting::{PageFormat, block_on, program};
use super::screen::Screen;
use crate::cases::collection::{Collection, TestedCheck};
use crate::cases::judging::Judging;
use crate::cases::printer::Printer;
use crate::cases::result::CaseResult;
use crate::cases::test_run;
use crate::config::catalog;

mod script;

// Arguments of `test`.
#[derive(Debug, clap::Args)]
pub(super) struct TestCommand {
    /// Test the checks of these folders and archives [default: all checks of the catalog]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Test only these checks: names or patterns; repeatable, or separated by commas
    #[arg(long, value_name = "NAME", value_delimiter = ',', add = completion::checks())]
    check: Vec<String>,
    /// Run only cases that need no server
    #[arg(long, conflicts_with = "bindir")]
    offline: bool,
    /// Run scenarios with the server programs in this directory; repeat for several versions
    ///
    /// A scenario is SQL that a superuser of the temporary server executes: it can do whatever the operating-system
    /// user of the server can do. Read a scenario of another author before you run it.
    #[arg(long, value_name = "DIR")]
    bindir: Vec<PathBuf>,
    /// Run at most this many cases at a time [default: the number of processors]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: Option<u16>,
    /// Write the findings into offline cases that fail; write a first case for a check without cases
    #[arg(long)]
    bless: bool,
    /// Print the results in this format
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = PageFormat::Text)]
    output: PageFormat,
    /// Run one script with the rows in this JSON file, and print its output and findings; PATH is then the name of a
    /// check, a check folder or a script
    #[arg(long, value_name = "FILE", conflicts_with_all = ["check", "offline", "bindir", "jobs", "bless", "output"])]
    docs: Option<PathBuf>,
}

pub(super) fn test(
    command: &TestCommand,
    global: &GlobalOptions,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    if let Some(docs) = &command.docs {
        let [script] = command.paths.as_slice() else {
            let usage =
                "--docs needs one check: posemo test --docs rows.json NAME|FOLDER|FILE.star";
            writeln!(screen.err, "posemo: {usage}")?;
            return Ok(USAGE);
        };
        return script::run(docs, script, global, screen);
    }
    if command.bless && command.paths.is_empty() && global.checks.is_empty() {
        let usage = "--bless writes into your own folders; name them: posemo test --bless PATH";
        writeln!(screen.err, "posemo: {usage}")?;
        return Ok(USAGE);
    }
    let began = Instant::now();
    let collection = collection(command, global)?;
    let style = screen.output_options(global).style;
    let mut printer = match command.output {
        PageFormat::Text => Printer::new(screen.out, style.color, global.quiet),
        PageFormat::Json => Printer::for_programs(screen.out),
    };
    for (name, reason) in &collection.broken {
        printer.result(&CaseResult::failed(name, &reason.to_string()))?;
    }
    run(command, &collection.checks, &mut printer)?;
    printer.totals(began.elapsed())?;
    Ok(u8::from(printer.failed() > 0))
}

/// The checks to test.
fn collection(command: &TestCommand, global: &GlobalOptions) -> anyhow::Result<Collection> {
    let mut collection = Collection::default();
    let mut paths = [command.paths.as_slice(), &global.checks].concat();
    if command.paths.is_empty() {
        collection.add_embedded()?;
        let configured = catalog::configured(global.sources().settings_text()?.as_ref(), &[])?;
        paths.splice(0..0, configured.into_iter().map(|one| one.path));
    }
    let policy = global.sources().signature_policy()?;
    paths.iter().try_for_each(|path| collection.add(path, &policy))?;
    collection.keep(&command.check)?;
    Ok(collection)
}

fn run(
    command: &TestCommand,
    checks: &[TestedCheck],
    printer: &mut Printer<'_>,
) -> anyhow::Result<()> {
    let program = program()?;
    let processors = || std::thread::available_parallelism().map_or(1, usize::from).min(64);
    let jobs = command.jobs.map_or_else(processors, usize::from);
    let judging = Judging { program: &program, jobs, bless: command.bless };
    block_on(judging.all(checks, |result| printer.result(result)))??;
    if !command.offline && !checks.is_empty() {
        let bless = command.bless;
        test_run::scenarios(&command.bindir, &program, jobs, bless, checks, printer)?;
    }
    // Blessed cases differ from the texts that were read.
    for tested in checks.iter().filter(|_| !command.bless) {
        test_run::print_remarks(tested, printer)?;
    }
    Ok(())
}
