//! Calls of `check_postgres` and `check_pgactivity`, with their options, as calls of posemo.
//!
//! It reads the words of a call, and returns posemo's words or the reason why nothing answers.

use std::ffi::OsString;

use crate::text::visible::visible;

pub use call::{TranslatedCall, TranslatedRange};
pub use defaults::DefaultsFile;
pub use error::CompatError;
pub use filter::of_regex;
pub use table::{Counterpart, ForeignCheck, ForeignObjects, Kind, LevelForm, Mapping};
pub use translate::{CallVariables, ForeignPlugin, ForeignProgram, Translated};

mod call;
mod check_pgactivity;
mod check_postgres;
mod defaults;
mod error;
mod filter;
mod levels;
mod objects;
mod options;
mod ranges;
mod table;
mod translate;
mod value;
mod words;

/// The checks of a plugin, sorted by name.
pub fn checks(plugin: ForeignPlugin) -> Vec<&'static ForeignCheck> {
    let mut checks: Vec<&ForeignCheck> = match plugin {
        ForeignPlugin::CheckPostgres => check_postgres::actions().collect(),
        ForeignPlugin::CheckPgactivity => check_pgactivity::services().collect(),
    };
    checks.sort_by_key(|check| check.name);
    checks
}

/// What `posemo compat` does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompatAnswer {
    /// It runs `posemo` with these words.
    Run(Vec<String>),
    /// It prints a text, and exits with a code of plugins.
    Print(String, u8),
}

/// The answer to a call. With `print`, it is the command and not its result.
pub fn answer(call: &[OsString], print: bool) -> CompatAnswer {
    match translate_with_defaults(call) {
        Ok(Translated::Call(call)) if print => CompatAnswer::Print(call.command() + "\n", 0),
        Ok(Translated::Call(call)) => CompatAnswer::Run(call.words()),
        Ok(Translated::Text(text)) => CompatAnswer::Print(text, 0),
        Err(error) => {
            // A monitoring system reads performance data after a bar.
            let reason = error.to_string().replace('|', "/");
            CompatAnswer::Print(format!("POSEMO UNKNOWN - {reason}\n"), 3)
        }
    }
}

/// Translates a call on this machine, with the file of defaults of `check_postgres` and the variables of libpq.
fn translate_with_defaults(call: &[OsString]) -> Result<Translated, CompatError> {
    let is_postgres = call.first().and_then(|name| name.to_str()).and_then(ForeignProgram::of);
    let is_postgres = is_postgres.is_some_and(|one| one.plugin == ForeignPlugin::CheckPostgres);
    let ignores = call.iter().any(|word| word == "--no-check_postgresrc");
    let file = if is_postgres && !ignores { DefaultsFile::found()? } else { None };
    let variables = CallVariables::of(|name| std::env::var(name).ok());
    translate_with(call, file.as_ref(), &variables)
}

/// Translates a call: the other plugin and its options.
pub fn translate(call: &[OsString]) -> Result<Translated, CompatError> {
    translate_with(call, None, &CallVariables::default())
}

/// The same with a file of defaults, and with variables: they count if the call does not contain the options.
pub fn translate_with(
    call: &[OsString],
    defaults: Option<&DefaultsFile>,
    variables: &CallVariables,
) -> Result<Translated, CompatError> {
    let words: Option<Vec<String>> =
        call.iter().map(|word| word.to_str().map(str::to_owned)).collect();
    let words = words.ok_or_else(|| CompatError::Usage("the call is not UTF-8".to_owned()))?;
    let (name, words) = words.split_first().map_or(("", &[][..]), |(name, rest)| (name, rest));
    let program = ForeignProgram::of(name).ok_or_else(|| {
        let message = format!("\"{}\" is not check_postgres or check_pgactivity", visible(name));
        CompatError::Usage(message)
    })?;
    program.translate_with(words, defaults, variables)
}

/// The arguments of a call through a link with the name of another plugin, as those of `posemo compat`.
pub fn by_name(arguments: &[OsString]) -> Option<Vec<OsString>> {
    let program = arguments.first()?;
    ForeignProgram::of(program.to_str()?)?;
    let words = ["posemo".into(), "compat".into()];
    Some(words.into_iter().chain(arguments.iter().cloned()).collect())
}
