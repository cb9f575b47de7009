//! The command line: parses the arguments, calls the command, and returns the exit code.
//!
//! Each command has a file. It contains options and output; the other rooms do the work.

use std::ffi::OsString;
use std::io;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use crate::serve::error::StartError;
use crate::text::causes::usage_line;
use exit::{UNKNOWN, USAGE};
use options::GlobalOptions;

mod check;
mod compat;
mod completion;
mod config;
mod connection;
mod demo;
mod doctor;
mod evidence;
mod exit;
mod explain;
mod history;
mod import;
mod init;
mod install;
mod installation;
mod list;
mod log;
mod man;
mod migrate;
mod options;
mod print_config;
mod reporting;
mod run;
mod screen;
mod selection;
mod serve;
mod silence;
mod test;
mod uninstall;
mod update_advisories;
mod verify;

pub use crate::compat::by_name;
pub use screen::Screen;

/// Monitor PostgreSQL through a role that can only call a fixed set of functions
#[derive(Debug, Parser)]
#[command(name = "posemo", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    global: GlobalOptions,
}

#[derive(Debug, Subcommand)]
#[command(defer = true)] // Only the called command is built. clap would take /// on its struct for the help.
enum Command {
    /// Start a temporary server with sample problems, check it and print the result
    Demo(demo::DemoCommand),
    /// Create posemo's roles, schema and functions on a server
    Install(install::InstallCommand),
    /// Remove everything that posemo installed on a server
    Uninstall(uninstall::UninstallCommand),
    /// Check that the installation and the privileges of its roles are as expected
    Verify(verify::VerifyCommand),
    #[command(flatten)]
    Plugin(PluginCommand),
    /// Run checks on targets, and print or send the report
    Run(run::RunCommand),
    /// Watch all targets of the settings: run each check at its interval, and send what changes
    Serve(serve::ServeCommand),
    /// Prepare a PostgreSQL server for the history of posemo serve
    #[command(subcommand)]
    History(history::HistoryCommand),
    /// Manage the silences of an Alertmanager or of posemo serve
    Silence(silence::SilenceCommand),
    /// Verify the acts and changes in the history of posemo serve
    Evidence(evidence::EvidenceCommand),
    /// Examine each step from the settings to the functions, and report the first one that fails
    Doctor(doctor::DoctorCommand),
    /// Write the first settings for servers, and report what is known about them
    Init(init::InitCommand),
    /// List the checks
    List(list::ListCommand),
    /// Explain a check: what it watches, why it matters, what to do, its SQL and its privileges
    Explain(explain::ExplainCommand),
    /// Run the cases of checks
    Test(test::TestCommand),
    /// Make check folders of custom queries of other programs, and of Percona's advisor checks
    Import(import::ImportCommand),
    /// Make settings of the definitions of Nagios, Icinga 2, Checkmk, Zabbix and Posemo that call other plugins
    Migrate(migrate::MigrateCommand),
    /// Print definitions for Nagios, Icinga 2, Checkmk, Zabbix, Prometheus or Grafana
    PrintConfig(print_config::PrintConfigCommand),
    /// Check the settings, or print the settings in force
    Config(config::ConfigCommand),
    /// Write a newer list of PostgreSQL's versions and their flaws for the checks
    UpdateAdvisories(update_advisories::UpdateAdvisoriesCommand),
    /// Print a script that completes commands, options, checks and targets in a shell
    Completions {
        /// Print the script for this shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print the manual page of posemo or of a command, for man
    Man(man::ManCommand),
    /// Run scripts for another posemo process
    #[command(name = crate::sandbox::COMMAND, hide = true)]
    Worker,
}

#[derive(Debug, Subcommand)]
#[command(defer = true)]
enum PluginCommand {
    /// Run one check as a plugin for Nagios, Icinga or Checkmk (MRPE), or several as one service
    #[command(version)]
    Check(Box<check::CheckCommand>),
    #[command(
        version,
        about = "Answer a call of check_postgres or check_pgactivity, with their options"
    )]
    Compat(compat::CompatCommand),
}

/// The arguments of a plugin call. clap prepares them in half the time without the other commands.
#[derive(Debug, Parser)]
#[command(name = "posemo", version)]
struct PluginArguments {
    #[command(subcommand)]
    command: PluginCommand,
    #[command(flatten)]
    global: GlobalOptions,
}

/// Runs the command, and returns the exit code.
pub fn main(arguments: &[OsString], screen: &mut Screen<'_>) -> u8 {
    if let Some(completed) = completion::complete::<Arguments>(arguments, screen.out) {
        return u8::from(completed.is_err());
    }
    let plugin = plugin_command(arguments);
    let parsed = match parse(arguments, plugin.is_some()) {
        Ok(parsed) => parsed,
        Err(error) if plugin.is_some() => return print_as_plugin(&error, plugin, screen),
        Err(error) => return print_usage(&error, arguments, screen),
    };
    if plugin.is_none() {
        let least = u8::from(matches!(parsed.command, Command::Serve(_)));
        log::set_up(parsed.global.verbose.max(least));
    }
    match run(&parsed, screen) {
        Ok(code) => code,
        Err(error) if exit::is_closed_pipe(&error) => 0,
        Err(error) if plugin.is_some() => {
            let _ = writeln!(screen.out, "POSEMO UNKNOWN - {}", exit::error_text(&error));
            UNKNOWN
        }
        Err(error) => {
            let _ = writeln!(screen.err, "posemo: {}", exit::error_text(&error));
            match &parsed.command {
                Command::Run(_) | Command::Verify(_) => UNKNOWN,
                Command::Install(command) => command.failure_code(),
                Command::Uninstall(command) => command.failure_code(),
                Command::Serve(_) => StartError::exit_code(error.downcast_ref()),
                _ => 1,
            }
        }
    }
}

fn parse(arguments: &[OsString], plugin: bool) -> Result<Arguments, clap::Error> {
    // The messages and the help are those of the whole command line.
    if plugin && let Ok(call) = PluginArguments::try_parse_from(arguments) {
        return Ok(Arguments { command: Command::Plugin(call.command), global: call.global });
    }
    Arguments::try_parse_from(arguments)
}

/// The command of a plugin call, which prints nothing on standard error.
///
/// It does not need valid arguments: it finds the command after the global options.
pub fn plugin_command(arguments: &[OsString]) -> Option<&'static str> {
    let mut rest = arguments.iter().skip(1).map(|argument| argument.to_string_lossy());
    while let Some(argument) = rest.next() {
        match argument.as_ref() {
            "--checks" | "--config" | "--color" => drop(rest.next()),
            option if option.starts_with('-') => {}
            command => return ["check", "compat"].into_iter().find(|one| *one == command),
        }
    }
    None
}

fn run(parsed: &Arguments, screen: &mut Screen<'_>) -> anyhow::Result<u8> {
    let global = &parsed.global;
    match &parsed.command {
        Command::Demo(command) => demo::demo(command, global, screen),
        Command::Install(command) => install::install(command, global, screen),
        Command::Uninstall(command) => uninstall::uninstall(command, global, screen),
        Command::Verify(command) => verify::verify(command, global, screen),
        Command::Plugin(PluginCommand::Check(command)) => Ok(check::check(command, global, screen)),
        Command::Plugin(PluginCommand::Compat(command)) => compat::compat(command, global, screen),
        Command::Run(command) => run::run(command, global, screen),
        Command::Serve(command) => serve::run(command, global, screen),
        Command::History(command) => history::history(command, screen),
        Command::Silence(command) => silence::silence(command, global, screen),
        Command::Evidence(command) => evidence::evidence(command, global, screen),
        Command::Doctor(command) => doctor::doctor(command, global, screen),
        Command::Init(command) => init::init(command, screen),
        Command::List(command) => list::list(command, global, screen),
        Command::Explain(command) => explain::explain(command, global, screen),
        Command::Test(command) => test::test(command, global, screen),
        Command::Import(command) => import::import(command, global, screen),
        Command::Migrate(command) => migrate::migrate(command, global, screen),
        Command::PrintConfig(command) => print_config::print_config(command, global, screen),
        Command::Config(command) => config::config(command, global, screen),
        Command::UpdateAdvisories(command) => update_advisories::update(command, screen),
        Command::Completions { shell } => {
            completion::registration(&shell.to_string(), screen.out)?;
            Ok(0)
        }
        Command::Man(command) => man::man(command, Arguments::command(), screen),
        Command::Worker => {
            crate::sandbox::serve(io::stdin(), io::stdout())?;
            Ok(0)
        }
    }
}

/// Reports a panic, and returns the exit code.
pub fn panicked(plugin: bool, screen: &mut Screen<'_>) -> u8 {
    let message = "internal error; please report it with the output of the same command under RUST_BACKTRACE=1";
    let _ = if plugin {
        writeln!(screen.out, "POSEMO UNKNOWN - {message}")
    } else {
        writeln!(screen.err, "posemo: {message}")
    };
    UNKNOWN
}

/// Prints an error in the arguments of a plugin call, or the help.
fn print_as_plugin(error: &clap::Error, command: Option<&str>, screen: &mut Screen<'_>) -> u8 {
    let text = match error.kind() {
        // The version is that of posemo, not of the command.
        ErrorKind::DisplayVersion => Arguments::command().render_version(),
        _ => error.render().to_string(),
    };
    let _ = if is_request(error) {
        write!(screen.out, "{text}")
    } else {
        let reason = usage_line(&text);
        let command = command.unwrap_or_default();
        writeln!(screen.out, "POSEMO UNKNOWN - {reason}; see posemo {command} --help")
    };
    UNKNOWN
}

/// Prints an error in the arguments, the help or the version.
fn print_usage(error: &clap::Error, arguments: &[OsString], screen: &mut Screen<'_>) -> u8 {
    let rendered = error.render();
    let is_request = is_request(error);
    let (stream, colored): (&mut dyn io::Write, bool) =
        if is_request { (screen.out, screen.terminal) } else { (screen.err, screen.err_terminal) };
    let _ =
        if colored { write!(stream, "{}", rendered.ansi()) } else { write!(stream, "{rendered}") };
    let words = ["run", "verify", "evidence"];
    let first = arguments.iter().skip(1).find(|word| words.iter().any(|name| *word == name));
    let judges = first.is_some_and(|word| word != "evidence");
    match (is_request, judges) {
        (true, _) => 0,
        (false, true) => UNKNOWN,
        (false, false) => USAGE,
    }
}

/// Whether the user requested the help or the version.
fn is_request(error: &clap::Error) -> bool {
    matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion)
}
