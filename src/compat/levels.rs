//! Turns `-w` and `-c` of the other plugins into posemo's ranges.

use super::call::TranslatedCall;
use super::error::CompatError;
use super::table::{ForeignLevel, Kind, LevelForm, Mapping};
use super::{ranges, value};
use crate::text::suggestion::suggestion;
use crate::text::visible::visible;

/// The modes of locks.
const MODES: [&str; 9] = [
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
    "SIReadLock",
];

/// What the levels of a call are for.
#[derive(Debug, Clone, Copy)]
pub(super) struct LevelReader {
    /// The action or service.
    pub(super) name: &'static str,
    /// Its mapping.
    pub(super) mapping: &'static Mapping,
    /// Whether the other plugin accepts each order of -w and -c.
    pub(super) lenient: bool,
}

/// One level of a call.
#[derive(Debug, Clone, Copy)]
struct GivenLevel<'a> {
    text: &'a str,
    critical: bool,
}

impl GivenLevel<'_> {
    fn written(&self) -> String {
        format!("{} {}", if self.critical { "-c" } else { "-w" }, visible(self.text))
    }
}

impl LevelReader {
    /// Adds the ranges of the levels to a call.
    pub(super) fn read(
        self,
        warning: Option<&str>,
        critical: Option<&str>,
        call: &mut TranslatedCall,
    ) -> Result<(), CompatError> {
        let mapping = self.mapping;
        for (check, metric, critical, range) in mapping.fixed {
            ranges::push(call, (check, metric), *critical, (*range).to_owned());
        }
        let given = |text: Option<&str>| text.is_some_and(|text| !text.trim().is_empty());
        if matches!(mapping.form, LevelForm::Argument(_)) && given(warning) && given(critical) {
            return Err(CompatError::Usage(format!("{} takes -w or -c, not both", self.name)));
        }
        let (warning, critical) = match (given(warning), given(critical), mapping.defaults) {
            (false, false, Some((warning, critical))) => (Some(warning), Some(critical)),
            (false, false, None) if mapping.required => {
                let message = format!("{} needs -w or -c", self.name);
                return Err(CompatError::Usage(message));
            }
            (false, false, None) => return Ok(()),
            (has_warning, has_critical, _) => {
                (warning.filter(|_| has_warning), critical.filter(|_| has_critical))
            }
        };
        let critical = match mapping.defaults {
            Some((_, default)) if mapping.keeps_critical => critical.or(Some(default)),
            _ => critical,
        };
        // The other plugin does not look at -w if there is -c.
        let warning = warning.filter(|_| critical.is_none() || mapping.form != LevelForm::Version);
        for (text, critical) in [(warning, false), (critical, true)] {
            if let Some(text) = text {
                self.level(GivenLevel { text: text.trim(), critical }, call)?;
            }
        }
        if self.lenient || self.mapping.accepts_each_order() {
            ranges::drop_hidden(call);
        }
        ranges::silence(self.mapping, call);
        Ok(())
    }

    fn level(self, level: GivenLevel<'_>, call: &mut TranslatedCall) -> Result<(), CompatError> {
        match self.mapping.form {
            LevelForm::Ignored => Ok(()),
            LevelForm::Refused(reason) => Err(self.no_option(level, reason)),
            LevelForm::Single => self.value("", level.text, level, call),
            LevelForm::Labels => self.labels(level, call),
            LevelForm::Places => self.places(level, call),
            LevelForm::Bloat { of_smallest } => self.bloat(of_smallest, level, call),
            LevelForm::Locks => self.locks(level, call),
            LevelForm::TimeOrCount => self.time_or_count(level, call),
            LevelForm::DelayAnd => self.delay_and(level, call),
            LevelForm::Version => self.version(level, call),
            LevelForm::Argument(name) => self.argument(name, level, call),
        }
    }

    /// Adds the ranges of one value.
    fn value(
        self,
        label: &str,
        text: &str,
        level: GivenLevel<'_>,
        call: &mut TranslatedCall,
    ) -> Result<(), CompatError> {
        let of_label = || self.mapping.levels.iter().filter(|one| one.label == label);
        let kinds: Vec<Kind> = of_label().map(|one| one.kind).collect();
        if kinds.is_empty() {
            let near = suggestion(label, ranges::labels(self.mapping, |one| !one.label.is_empty()));
            let what = if label.is_empty() { "a value without a label" } else { "this label" };
            return Err(self.no_option(level, &format!("posemo has no metric for {what}{near}")));
        }
        if text.trim().starts_with('-') && !kinds.contains(&Kind::Free) {
            let reason =
                "posemo has no metric for a number of free places; write a share such as 90%";
            return Err(self.no_option(level, reason));
        }
        let (kind, number) = value::read(text, &kinds).ok_or_else(|| self.wrong(level, &kinds))?;
        of_label()
            .filter(|one| one.kind == kind)
            .try_for_each(|one| self.add(one, number, level, call))
    }

    /// Adds the range of a number.
    fn add(
        self,
        one: &ForeignLevel,
        number: f64,
        level: GivenLevel<'_>,
        call: &mut TranslatedCall,
    ) -> Result<(), CompatError> {
        let added = ranges::add(self.mapping, one, number, level.critical, call);
        added.map_err(|reason| self.no_option(level, &reason))
    }

    fn labels(self, level: GivenLevel<'_>, call: &mut TranslatedCall) -> Result<(), CompatError> {
        level.text.split(',').try_for_each(|part| {
            let (label, text) = part.split_once('=').unwrap_or(("", part));
            self.value(label.trim(), text, level, call)
        })
    }

    fn places(self, level: GivenLevel<'_>, call: &mut TranslatedCall) -> Result<(), CompatError> {
        let places: Vec<&str> = level.text.split(',').collect();
        let labels = ["1", "2"];
        let has = |label: &&str| self.mapping.levels.iter().any(|one| one.label == *label);
        match places.as_slice() {
            [only] => {
                let mut labels = labels.into_iter().filter(has);
                labels.try_for_each(|label| self.value(label, only, level, call))
            }
            [_, _] => {
                let mut pairs = labels.into_iter().zip(places).filter(|(label, _)| has(label));
                pairs.try_for_each(|(label, text)| self.value(label, text, level, call))
            }
            _ => Err(self.wrong(level, &[Kind::Size])),
        }
    }

    fn bloat(
        self,
        of_smallest: bool,
        level: GivenLevel<'_>,
        call: &mut TranslatedCall,
    ) -> Result<(), CompatError> {
        let kinds = [Kind::Percent, Kind::Size];
        let read = |text: &str| value::read(text, &kinds).ok_or_else(|| self.wrong(level, &kinds));
        let parts = split_words(level.text, &["and", "or", "&&", "||"])
            .or_else(|| level.text.split_once(',').map(|(first, second)| (first, "and", second)));
        let (values, both) = match parts {
            None => (vec![read(level.text)?], false),
            Some((first, word, second)) => {
                (vec![read(first)?, read(second)?], matches!(word, "and" | "&&"))
            }
        };
        let of_kind = |wanted: Kind| {
            values.iter().find(|(kind, _)| *kind == wanted).map(|(_, number)| *number)
        };
        let (share, size) = (of_kind(Kind::Percent), of_kind(Kind::Size));
        if values.len() == 2 && (share.is_none() || size.is_none()) {
            return Err(self.wrong(level, &kinds));
        }
        if let Some(share) = share {
            // The relation has a share of its smallest size; the rest is wasted.
            let wasted = |share: f64| (100.0 - 10_000.0 / share.max(100.0)).clamp(0.0, 100.0);
            let share = if of_smallest { wasted(share) } else { share };
            let minimum = size.filter(|_| both).unwrap_or(0.0);
            self.set(Kind::Percent, (share * 100.0).round() / 100.0, level, call)?;
            for check in self.mapping.checks {
                ranges::minimum_argument(call, check, minimum);
            }
        }
        if let Some(size) = size.filter(|_| !both) {
            self.set(Kind::Size, size, level, call)?;
        }
        Ok(())
    }

    /// Sets all metrics of a kind.
    fn set(
        self,
        kind: Kind,
        number: f64,
        level: GivenLevel<'_>,
        call: &mut TranslatedCall,
    ) -> Result<(), CompatError> {
        let mut of_kind = self.mapping.levels.iter().filter(|one| one.kind == kind);
        of_kind.try_for_each(|one| self.add(one, number, level, call))
    }

    /// Reads `total=9:waiting=1:exclusive=5`. Anything but a letter or a digit separates two values.
    fn locks(self, level: GivenLevel<'_>, call: &mut TranslatedCall) -> Result<(), CompatError> {
        let text = level.text;
        let is_apart = |letter: char| !letter.is_alphanumeric() && letter != '_';
        let mut rest = text.trim_matches(is_apart);
        if !rest.contains('=') {
            self.locks_of("total", text, level, call)?;
            rest = "";
        }
        while !rest.is_empty() {
            let assignment = rest.split_once('=');
            let (name, after) = assignment.ok_or_else(|| self.wrong(level, &[Kind::Count]))?;
            let after = after.trim_start();
            let end = after.find(is_apart).unwrap_or(after.len());
            let (number, after) = after.split_at(end);
            self.locks_of(name.trim(), number, level, call)?;
            rest = after.trim_start_matches(is_apart);
        }
        call.checks = call.ranges.iter().map(|one| one.check).collect();
        call.checks.sort_unstable();
        call.checks.dedup();
        Ok(())
    }

    /// Adds the range of all locks, of those that are waited for, or of a mode.
    fn locks_of(
        self,
        name: &str,
        text: &str,
        level: GivenLevel<'_>,
        call: &mut TranslatedCall,
    ) -> Result<(), CompatError> {
        let lower = name.to_ascii_lowercase();
        let bare = lower.strip_suffix("lock").unwrap_or(&lower);
        if matches!(bare, "total" | "waiting") {
            return self.value(bare, text, level, call);
        }
        let known = |mode: &&&str| mode.to_ascii_lowercase().strip_suffix("lock") == Some(bare);
        let Some(mode) = MODES.iter().find(known) else {
            let near = suggestion(bare, MODES);
            let message = format!("{}: no mode of a lock has this name{near}", level.written());
            return Err(CompatError::Usage(message));
        };
        let kinds = [Kind::Count];
        let (_, number) = value::read(text, &kinds).ok_or_else(|| self.wrong(level, &kinds))?;
        let mut of_mode = self.mapping.levels.iter().filter(|one| one.label == "mode");
        of_mode.try_for_each(|one| {
            let added =
                ranges::add_for(self.mapping, one, Some(mode), number, level.critical, call);
            added.map_err(|reason| self.no_option(level, &reason))
        })
    }

    fn time_or_count(
        self,
        level: GivenLevel<'_>,
        call: &mut TranslatedCall,
    ) -> Result<(), CompatError> {
        let is_count = level.text.starts_with(['+', '-']);
        if is_count || split_words(level.text, &["for", "and"]).is_some() {
            let reason = "the old plugin counts the sessions of all roles together, and posemo's check those of each \
                          role; write a time";
            return Err(self.no_option(level, reason));
        }
        self.read_and_set(Kind::Time, level.text, level, call)
    }

    fn delay_and(
        self,
        level: GivenLevel<'_>,
        call: &mut TranslatedCall,
    ) -> Result<(), CompatError> {
        let Some((first, _, second)) = split_words(level.text, &["and", "for"]) else {
            return self.value("", level.text, level, call);
        };
        let is_time = first.trim_end().ends_with(|letter: char| letter.is_ascii_alphabetic());
        let (bytes, time) = if is_time { (second, first) } else { (first, second) };
        self.read_and_set(Kind::Count, bytes, level, call)?;
        self.read_and_set(Kind::Time, time, level, call)
    }

    /// Sets all metrics of a kind to the number in a text.
    fn read_and_set(
        self,
        kind: Kind,
        text: &str,
        level: GivenLevel<'_>,
        call: &mut TranslatedCall,
    ) -> Result<(), CompatError> {
        let (_, number) = value::read(text, &[kind]).ok_or_else(|| self.wrong(level, &[kind]))?;
        self.set(kind, number, level, call)
    }

    fn version(self, level: GivenLevel<'_>, call: &mut TranslatedCall) -> Result<(), CompatError> {
        let parts: Option<Vec<f64>> =
            level.text.split('.').map(|part| Some(value::read(part, &[Kind::Count])?.1)).collect();
        // 9.6.24 is a version of the major version 9.6.
        let parts = parts.filter(|parts| {
            if parts[0] < 10.0 { matches!(parts.len(), 2 | 3) } else { parts.len() <= 2 }
        });
        let Some(mut parts) = parts else {
            return Err(self.no_option(level, "write a version such as 15 or 15.18"));
        };
        if parts[0] < 10.0 {
            parts.truncate(1);
        }
        for (label, number) in ["major", "minor"].into_iter().zip(parts) {
            let one = self.mapping.levels.iter().find(|one| one.label == label);
            if let Some(one) = one {
                self.add(one, number, level, call)?;
            }
        }
        Ok(())
    }

    fn argument(
        self,
        name: &'static str,
        level: GivenLevel<'_>,
        call: &mut TranslatedCall,
    ) -> Result<(), CompatError> {
        let check = self.mapping.checks[0];
        if level.text == "0" {
            return Ok(());
        }
        if self.name == "settings_checksum" {
            let reason = "the digest of posemo is another one: -c 0 prints it; then use posemo check settings_drift -a \
                          expected=DIGEST";
            return Err(self.no_option(level, reason));
        }
        if !level.text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(self.wrong(level, &[Kind::Count]));
        }
        call.arguments.push((check, name, level.text.to_owned()));
        Ok(())
    }

    fn wrong(self, level: GivenLevel<'_>, kinds: &[Kind]) -> CompatError {
        let forms = kinds.iter().map(|kind| match kind {
            Kind::Count => "a number",
            Kind::Percent => "a share such as 90%",
            Kind::Free => "a number of free places such as -5",
            Kind::Size => "a size such as 10 GB",
            Kind::Time => "a time such as 10 min",
        });
        let mut forms: Vec<&str> = forms.collect();
        forms.dedup();
        CompatError::Usage(format!(
            "{}: {} takes {}",
            level.written(),
            self.name,
            forms.join(" or ")
        ))
    }

    fn no_option(self, level: GivenLevel<'_>, reason: &str) -> CompatError {
        CompatError::no_option(level.written(), self.name, reason)
    }
}

/// The two parts around one of these words, and the word.
fn split_words<'a>(
    text: &'a str,
    words: &[&'static str],
) -> Option<(&'a str, &'static str, &'a str)> {
    words.iter().find_map(|word| {
        let spaced = format!(" {word} ");
        let start = text.to_ascii_lowercase().find(&spaced)?;
        Some((&text[..start], *word, &text[start + spaced.len()..]))
    })
}
