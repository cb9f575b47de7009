//! The words on the command line: read, handed on, and answered with an exit code.
//!
//! How anything is done is not known here.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

mod check;
mod completions;
mod connection;
mod demo;
mod explain;
mod import;
mod install;
mod list;
mod log;
mod naming;
mod print_config;
mod run;
mod silence;
mod sources;
mod test;
mod uninstall;
mod verify;

/// The exit code for bad arguments of commands that are no checks.
const USAGE: u8 = 2;

/// The exit code for everything that a check cannot find out, its own arguments included.
const UNKNOWN: u8 = 3;

/// Watches PostgreSQL with a login that can do nothing but call a fixed set of functions.
#[derive(Debug, Parser)]
#[command(name = "posemo", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

/// Options that every command takes.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Every command")]
struct Common {
    /// More checks: a check folder, a folder of such folders, or an archive of them (.tar, .tar.gz, .tgz)
    #[arg(long, value_name = "PATH", global = true)]
    checks: Vec<PathBuf>,
    /// The settings; else `$POSEMO_CONFIG`, ~/.config/posemo/posemo.toml or /etc/posemo/posemo.toml
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Say more; repeat for still more
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    verbose: u8,
    /// Say only what is not OK
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Colours in tables
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Color::Auto, global = true)]
    color: Color,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// A throw-away server, installed, with problems made on purpose, checked, shown, removed
    Demo(demo::Demo),
    /// As superuser, or with CREATEROLE, once: roles, schema, one function a check
    Install(install::Install),
    /// All of it away: functions, schema, grants, roles, and the home database if posemo made it
    Uninstall(uninstall::Uninstall),
    /// Is what is installed what should be, and can the monitor do nothing else?
    Verify(verify::Verify),
    /// One check, as a Nagios / Icinga / Checkmk MRPE plugin
    Check(check::Check),
    /// All checks on all targets, in any format
    Run(run::Run),
    /// Keeps an Alertmanager quiet about what is known, for a while
    Silence(silence::SilenceCommand),
    /// The catalogue
    List(list::List),
    /// What a check watches, why, what to do, its SQL, its owner and grants
    Explain(explain::Explain),
    /// The cases of checks: rows in and findings out, and stories told to throw-away servers
    Test(test::Test),
    /// Advisor checks of Percona (YAML) become check folders
    Import(import::Import),
    /// What a monitoring system needs before it can be told anything: a template, services
    PrintConfig(print_config::PrintConfig),
    /// A completion script for a shell
    Completions(completions::Completions),
    /// Judges scripts for another posemo; not for people
    #[command(name = crate::sandbox::COMMAND, hide = true)]
    Worker,
}

/// Where to print, and what is known of the place.
pub struct Screen<'a> {
    /// Standard output.
    pub out: &'a mut dyn Write,
    /// Standard error.
    pub err: &'a mut dyn Write,
    /// Whether standard output is a terminal.
    pub terminal: bool,
    /// Whether standard error is a terminal.
    pub err_terminal: bool,
    /// The terminal's width in characters.
    pub width: usize,
}

/// Does what the arguments say, and gives the exit code.
pub fn main(arguments: &[OsString], screen: &mut Screen<'_>) -> u8 {
    let plugin = is_plugin(arguments);
    let parsed = match Arguments::try_parse_from(arguments) {
        Ok(parsed) => parsed,
        Err(error) => return refuse(&error, arguments, plugin, screen),
    };
    if !plugin {
        log::set_up(parsed.common.verbose);
    }
    let common = &parsed.common;
    let done = match &parsed.command {
        Command::Demo(command) => demo::demo(command, common, screen),
        Command::Install(command) => install::install(command, common, screen),
        Command::Uninstall(command) => uninstall::uninstall(command, common, screen),
        Command::Verify(command) => verify::verify(command, common, screen),
        Command::Check(command) => Ok(check::check(command, common, screen)),
        Command::Run(command) => run::run(command, common, screen),
        Command::Silence(command) => silence::silence(command, common, screen),
        Command::List(command) => list::list(command, common, screen),
        Command::Explain(command) => explain::explain(command, common, screen),
        Command::Test(command) => test::test(command, common, screen),
        Command::Import(command) => import::import(command, common, screen),
        Command::PrintConfig(command) => print_config::print_config(command, common, screen),
        Command::Completions(command) => {
            completions::completions(command, screen);
            Ok(0)
        }
        Command::Worker => worker(),
    };
    match done {
        Ok(code) => code,
        // Whoever read the output has read enough, as `posemo list | head -1` has.
        Err(error) if closed(&error) => 0,
        Err(error) => {
            let _ = writeln!(screen.err, "posemo: {}", chain(&error));
            if matches!(parsed.command, Command::Run(_) | Command::Verify(_)) { UNKNOWN } else { 1 }
        }
    }
}

/// Whether the arguments are those of a plugin call: nothing may go to standard error then.
///
/// It is asked before they are read, as they may be wrong: the first word that is no option and no value of
/// one of the options that go before a command.
pub fn is_plugin(arguments: &[OsString]) -> bool {
    let mut words = arguments.iter().skip(1).map(|word| word.to_string_lossy());
    while let Some(word) = words.next() {
        match word.as_ref() {
            "--checks" | "--config" | "--color" => drop(words.next()),
            option if option.starts_with('-') => {}
            command => return command == "check",
        }
    }
    false
}

/// What a plugin says of a defect of its own.
pub fn panicked(plugin: bool, screen: &mut Screen<'_>) -> u8 {
    let sentence = "internal error; please report it, with the output of the same command under RUST_BACKTRACE=1";
    let _ = if plugin {
        writeln!(screen.out, "POSEMO UNKNOWN - {sentence}")
    } else {
        writeln!(screen.err, "posemo: {sentence}")
    };
    UNKNOWN
}

/// Arguments that are wrong, and requests for help or the version.
fn refuse(
    error: &clap::Error,
    arguments: &[OsString],
    plugin: bool,
    screen: &mut Screen<'_>,
) -> u8 {
    use clap::error::ErrorKind;
    let informative = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if plugin {
        let text = error.render().to_string();
        let _ = if informative {
            write!(screen.out, "{text}")
        } else {
            let lines = text.trim_start_matches("error: ").lines().map(str::trim);
            let said = lines.take_while(|line| !line.starts_with("Usage:"));
            let reason = said.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
            let reason = reason.replace(" tip: ", "; ");
            writeln!(
                screen.out,
                "POSEMO UNKNOWN - {}; see posemo check --help",
                reason.replace('|', "/")
            )
        };
        return UNKNOWN;
    }
    let rendered = error.render();
    let _ = if informative {
        if screen.terminal {
            write!(screen.out, "{}", rendered.ansi())
        } else {
            write!(screen.out, "{rendered}")
        }
    } else if screen.err_terminal {
        write!(screen.err, "{}", rendered.ansi())
    } else {
        write!(screen.err, "{rendered}")
    };
    let judging = arguments.iter().skip(1).any(|word| word == "run" || word == "verify");
    match (informative, judging) {
        (true, _) => 0,
        (false, true) => UNKNOWN,
        (false, false) => USAGE,
    }
}

fn worker() -> anyhow::Result<u8> {
    crate::sandbox::serve(io::stdin(), io::stdout())?;
    Ok(0)
}

/// An error with all its causes in one line.
fn chain(error: &anyhow::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = cause.to_string();
        // Some libraries repeat the cause in their own words.
        if !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
    }
    parts.join(": ")
}

fn closed(error: &anyhow::Error) -> bool {
    let pipe = |cause: &io::Error| cause.kind() == io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(pipe))
}
