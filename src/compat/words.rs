//! Reads the options of the other plugins as they read them, and finds the nearest name of a wrong one.

use std::collections::BTreeMap;

use super::error::CompatError;
use crate::text::suggestion::suggestion;
use crate::text::visible::visible;

/// An option of another plugin.
#[derive(Debug)]
pub(super) struct ForeignOption {
    /// Its names, the first one is used here.
    pub(super) names: &'static [&'static str],
    /// Whether it has a value.
    pub(super) value: bool,
    /// What it does in posemo.
    pub(super) meaning: OptionMeaning,
}

/// What an option of another plugin does in posemo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OptionMeaning {
    /// It is translated.
    Used,
    /// It changes nothing that posemo needs.
    Ignored,
    /// Only some checks have it.
    Some,
    /// It has no counterpart, for this reason.
    Refused(&'static str),
}

/// How a plugin reads its options.
#[derive(Debug)]
pub(super) struct OptionStyle {
    /// The name of the plugin.
    pub(super) plugin: &'static str,
    /// Its options.
    pub(super) options: &'static [ForeignOption],
    /// Whether one dash begins letters, as in `-w5`, and not a long name.
    pub(super) bundling: bool,
}

/// The values of each option, by its first name, in the order of the call.
pub(super) type GivenOptions = BTreeMap<&'static str, Vec<String>>;

impl OptionStyle {
    /// Reads the options of a call.
    pub(super) fn read(&self, words: &[String]) -> Result<GivenOptions, CompatError> {
        let mut given = GivenOptions::new();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let (name, attached) = self.split(word)?;
            let option = self.option(name, word)?;
            let value = match (option.value, attached) {
                (true, Some(value)) => value.to_owned(),
                (true, None) => {
                    let missing = || CompatError::Usage(format!("{} needs a value", visible(word)));
                    words.next().ok_or_else(missing)?.clone()
                }
                (false, None) => String::new(),
                (false, Some(_)) => {
                    return Err(CompatError::Usage(format!("{} has no value", visible(word))));
                }
            };
            given.entry(option.names[0]).or_default().push(value);
        }
        Ok(given)
    }

    /// The name of an option and the value that is attached to it.
    fn split<'w>(&self, word: &'w str) -> Result<(&'w str, Option<&'w str>), CompatError> {
        let not_an_option = || {
            let message = format!(
                "\"{}\" is not an option of {}; a value with blanks needs quotes",
                visible(word),
                self.plugin
            );
            CompatError::Usage(message)
        };
        if self.bundling && !word.starts_with("--") {
            let letters = word.strip_prefix('-').ok_or_else(not_an_option)?;
            let first = letters.chars().next().ok_or_else(not_an_option)?;
            let (name, rest) = letters.split_at(first.len_utf8());
            return Ok((name, (!rest.is_empty()).then_some(rest)));
        }
        let bare = word.trim_start_matches('-');
        // check_postgres also takes db=app without dashes.
        if bare.is_empty() || (word == bare && (self.bundling || !bare.contains('='))) {
            return Err(not_an_option());
        }
        Ok(bare.split_once('=').map_or((bare, None), |(name, value)| (name, Some(value))))
    }

    /// The option of this name, or of a unique beginning of it.
    fn option(&self, name: &str, word: &str) -> Result<&'static ForeignOption, CompatError> {
        let all = || self.options.iter();
        if let Some(exact) = all().find(|option| option.names.contains(&name)) {
            return Ok(exact);
        }
        let begins = |option: &&ForeignOption| {
            name.len() > 1 && option.names.iter().any(|known| known.starts_with(name))
        };
        let mut near = all().filter(begins);
        if let (Some(only), None) = (near.next(), near.next()) {
            return Ok(only);
        }
        let dashed = |name: &str| format!("{}{name}", if name.len() == 1 { "-" } else { "--" });
        let names: Vec<String> =
            all().flat_map(|option| option.names).map(|name| dashed(name)).collect();
        let near = suggestion(&dashed(name), names.iter().map(String::as_str));
        let word = visible(word.split('=').next().unwrap_or(word));
        let message = format!("{} has no option \"{word}\"{near}", self.plugin);
        Err(CompatError::Usage(message))
    }
}
