//! Completes words for shells: commands and options, names of checks, and what the settings define.
//!
//! `posemo completions SHELL` prints a script that calls posemo with [`VARIABLE`] for each completion. A mistake in the
//! settings or in a check leaves out names; it prints nothing.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::PathBuf;

use clap::{CommandFactory, Parser};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use clap_complete::env::Shells;

use super::options::{Color, GlobalOptions};
use crate::catalog::Catalog;
use crate::settings::Settings;

/// The environment variable with the name of the shell. A plugin call must not complete by mistake, so it is not the
/// usual `COMPLETE`.
const VARIABLE: &str = "POSEMO_COMPLETE";

/// The script that enables completion in a shell.
pub(super) fn registration(shell: &str, out: &mut dyn io::Write) -> io::Result<()> {
    let shells = Shells::builtins();
    let shell = shells.completer(shell).ok_or_else(|| io::Error::other("unknown shell"))?;
    shell.write_registration(VARIABLE, "posemo", "posemo", "posemo", out)
}

/// Completes the words of a command line if a completion script requests it; `None` for another call.
pub(super) fn complete<A: Parser + CommandFactory>(
    arguments: &[OsString],
    out: &mut dyn io::Write,
) -> Option<io::Result<()>> {
    let shell = std::env::var(VARIABLE).ok()?;
    let shells = Shells::builtins();
    let shell = shells.completer(&shell)?;
    let words = arguments.iter().skip_while(|word| *word != "--").skip(1).cloned().collect();
    let mut command = A::command();
    command.build();
    let here = std::env::current_dir().ok();
    Some(shell.write_complete(&mut command, words, here.as_deref(), out))
}

/// Completes names of checks.
pub(super) fn checks() -> ArgValueCandidates {
    ArgValueCandidates::new(|| candidates(catalog(&typed()).names().map(str::to_owned)))
}

/// Completes names of targets.
pub(super) fn targets() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        candidates(settings().targets().iter().map(|target| target.name.clone()))
    })
}

/// Completes names of targets and groups.
pub(super) fn targets_and_groups() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let settings = settings();
        let mut names: Vec<String> = settings.names_of_targets().map(str::to_owned).collect();
        names.sort();
        names.dedup();
        candidates(names.into_iter())
    })
}

/// Completes names of receivers.
pub(super) fn receivers() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        candidates(settings().receivers().iter().map(|receiver| receiver.name.clone()))
    })
}

/// A shell inserts the names as they are, so names that it would read differently are left out.
fn candidates(names: impl Iterator<Item = String>) -> Vec<CompletionCandidate> {
    let harmless = |name: &String| {
        name.chars().all(|letter| letter.is_alphanumeric() || "_-.:@".contains(letter))
    };
    names.filter(harmless).map(CompletionCandidate::new).collect()
}

fn catalog(global: &GlobalOptions) -> Catalog {
    global.sources().valid_catalog().map_or_else(|_| Catalog::embedded(), |(catalog, _)| catalog)
}

fn settings() -> Settings {
    typed().sources().all().map(|(_, settings)| settings).unwrap_or_default()
}

/// The global options in the words that were typed so far, which need not be valid arguments.
fn typed() -> GlobalOptions {
    let words: Vec<OsString> = std::env::args_os().skip_while(|word| word != "--").collect();
    let values = |option: &str| {
        let after = words.windows(2).filter(|pair| pair[0] == option).map(|pair| pair[1].clone());
        let prefix = format!("{option}=");
        let joined = words.iter().filter_map(|word| {
            word.to_str()?.strip_prefix(&prefix).map(|value| OsStr::new(value).to_owned())
        });
        after.chain(joined).map(PathBuf::from).collect::<Vec<_>>()
    };
    GlobalOptions {
        checks: values("--checks"),
        config: values("--config").pop(),
        verbose: 0,
        quiet: true,
        color: Color::Never,
    }
}
