//! Reads the options of the other plugins as they read them, and finds the nearest name of a wrong one.

use std::collections::BTreeMap;

use super::error::CompatError;
use crate::text::suggestion::nearest;
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

/// The last value of an option.
pub(super) fn last<'a>(given: &'a GivenOptions, option: &str) -> Option<&'a str> {
    given.get(option)?.last().map(String::as_str)
}

/// The items of all values of these options, which are lists with commas.
pub(super) fn list(given: &GivenOptions, options: &[&str]) -> Vec<String> {
    let lists = options.iter().filter_map(|option| given.get(option as &str)).flatten();
    let items = lists.flat_map(|list| list.split(',')).map(str::trim);
    items.filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

/// A word of a call, and its place after the plugin. A message has no part of it that can be a password.
#[derive(Debug, Clone, Copy)]
struct CallWord<'w> {
    text: &'w str,
    place: usize,
}

impl CallWord<'_> {
    /// The name of the option in this word, with its dashes.
    fn written(self, name: &str) -> String {
        let dashes = self.text.len() - self.text.trim_start_matches('-').len();
        format!("{}{}", "-".repeat(dashes.min(2)), visible(name))
    }
}

impl OptionStyle {
    /// The option with this name.
    pub(super) fn named(&self, name: &str) -> Option<&'static ForeignOption> {
        self.options.iter().find(|option| option.names.contains(&name))
    }

    /// Reads the options of a call.
    pub(super) fn read(&self, words: &[String]) -> Result<GivenOptions, CompatError> {
        let mut given = GivenOptions::new();
        let mut words = words.iter().zip(1..);
        while let Some((text, place)) = words.next() {
            let word = CallWord { text, place };
            let (name, attached) = self.split(word)?;
            let option = self.option(name, word)?;
            let wrong = |what: &str| CompatError::Usage(format!("{} {what}", word.written(name)));
            let value = match (option.value, attached) {
                (true, Some(value)) => value.to_owned(),
                (true, None) => words.next().ok_or_else(|| wrong("needs a value"))?.0.clone(),
                (false, None) => String::new(),
                (false, Some(_)) => return Err(wrong("has no value")),
            };
            given.entry(option.names[0]).or_default().push(value);
        }
        Ok(given)
    }

    fn not_an_option(&self, word: CallWord<'_>) -> CompatError {
        CompatError::Usage(format!(
            "word {} after {} is not an option; a value with blanks needs quotes",
            word.place, self.plugin
        ))
    }

    /// The name of an option and the value that is attached to it.
    fn split<'w>(&self, word: CallWord<'w>) -> Result<(&'w str, Option<&'w str>), CompatError> {
        let not_an_option = || self.not_an_option(word);
        if self.bundling && !word.text.starts_with("--") {
            let letters = word.text.strip_prefix('-').ok_or_else(not_an_option)?;
            let first = letters.chars().next().ok_or_else(not_an_option)?;
            let (name, rest) = letters.split_at(first.len_utf8());
            return Ok((name, (!rest.is_empty()).then_some(rest)));
        }
        let bare = word.text.trim_start_matches('-');
        // check_postgres also takes db=app without dashes.
        if bare.is_empty() || (word.text == bare && (self.bundling || !bare.contains('='))) {
            return Err(not_an_option());
        }
        Ok(bare.split_once('=').map_or((bare, None), |(name, value)| (name, Some(value))))
    }

    /// The option of this name, or of a unique beginning of it.
    fn option(
        &self,
        name: &str,
        word: CallWord<'_>,
    ) -> Result<&'static ForeignOption, CompatError> {
        let all = || self.options.iter();
        if let Some(exact) = self.named(name) {
            return Ok(exact);
        }
        let begins = |option: &&ForeignOption| {
            name.len() > 1 && option.names.iter().any(|known| known.starts_with(name))
        };
        let mut near = all().filter(begins);
        if let (Some(only), None) = (near.next(), near.next()) {
            return Ok(only);
        }
        // The second word of a value without quotes has no dash.
        if !word.text.starts_with('-') {
            return Err(self.not_an_option(word));
        }
        let is_refused =
            |option: &&ForeignOption| matches!(option.meaning, OptionMeaning::Refused(_));
        let long = |option: &'static ForeignOption| {
            option.names.iter().copied().filter(|known| known.len() > 1)
        };
        // A value that is attached to --dbpass without = is a password.
        let refused = all().filter(is_refused).flat_map(long);
        let shown =
            match refused.filter(|known| name.starts_with(known)).max_by_key(|known| known.len()) {
                Some(known) => format!("{known}..."),
                // After one dash, it can be the value of a letter.
                None if !word.text.starts_with("--") && name.chars().count() > 1 => {
                    format!("{}...", name.chars().take(1).collect::<String>())
                }
                None => name.to_owned(),
            };
        let dashed: Vec<String> = all()
            .filter(|option| !is_refused(option))
            .flat_map(long)
            .map(|known| format!("--{known}"))
            .collect();
        let near = nearest(&format!("--{name}"), dashed.iter().map(String::as_str))
            .map_or(String::new(), |near| format!("; did you mean \"{near}\"?"));
        let message = format!("{} has no option \"{}\"{near}", self.plugin, word.written(&shown));
        Err(CompatError::Usage(message))
    }
}
