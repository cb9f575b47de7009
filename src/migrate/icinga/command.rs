//! The command line of a service of Icinga 2: its command with arguments and macros.

use super::evaluate::IcingaScope;
use super::value::{IcingaFunction, IcingaValue};
use super::world::{FunctionMacros, IcingaWorld, NamedValues};
use crate::migrate::call_words::assignment;
use crate::migrate::found::LONGEST_COMMAND;

/// The most macros within each other.
const DEEPEST: usize = 8;

/// Where macros find values, in this order.
#[derive(Debug, Clone, Copy)]
pub(super) struct MacroSources<'a> {
    pub(super) service: &'a IcingaValue,
    pub(super) host: &'a IcingaValue,
    pub(super) command: &'a IcingaValue,
    pub(super) world: &'a IcingaWorld,
}

const UNKNOWN: [&str; 2] = ["the value is ", ", which only Icinga knows; write the value"];

fn unknown(what: &str) -> String {
    UNKNOWN.join(what)
}

/// The macros for a function that is called within others.
#[derive(Debug)]
struct MacrosAtDepth<'a> {
    sources: MacroSources<'a>,
    depth: usize,
}

impl FunctionMacros for MacrosAtDepth<'_> {
    fn value_of(&self, text: &str) -> Result<IcingaValue, String> {
        let name = text.strip_prefix('$').and_then(|rest| rest.strip_suffix('$'));
        let direct = name.and_then(|name| self.sources.macro_value(name));
        let is_list = matches!(direct, Some(IcingaValue::List(_)));
        // A number stays one, so that it can be compared.
        if let Some(value @ (IcingaValue::Number(_) | IcingaValue::Bool(_))) = direct {
            return Ok(value);
        }
        let texts = self.sources.values(&IcingaValue::Text(text.to_owned()), self.depth + 1);
        let texts = texts.map_err(|error| {
            let what = error.strip_prefix(UNKNOWN[0]);
            let what = what.and_then(|rest| rest.strip_suffix(UNKNOWN[1]));
            what.map_or_else(|| format!("a macro ({error})"), str::to_owned)
        })?;
        Ok(match texts {
            Some(texts) if is_list => {
                IcingaValue::List(texts.into_iter().map(IcingaValue::Text).collect())
            }
            Some(texts) => IcingaValue::Text(texts.join(";")),
            None => IcingaValue::Null,
        })
    }
}

impl MacroSources<'_> {
    /// The words of the command. The error is the reason why Icinga alone knows them.
    pub(super) fn words(&self) -> Result<Vec<String>, String> {
        let mut words = Vec::new();
        match self.line()? {
            IcingaValue::List(items) => {
                for item in items {
                    words.extend(
                        self.values(&item, 0)?.ok_or("a macro of the command has no value")?,
                    );
                }
            }
            IcingaValue::Text(text) => words.push(text),
            _ => return Err("the command has no command line".to_owned()),
        }
        let mut arguments = Vec::new();
        if let IcingaValue::Map(map) = self.command.get("arguments") {
            for (key, value) in &map {
                let order = match value.get("order") {
                    IcingaValue::Number(number) if matches!(value, IcingaValue::Map(_)) => number,
                    _ => 0.0,
                };
                arguments.push((order, key.clone(), value.clone()));
            }
        }
        arguments.sort_by(|one, other| one.0.total_cmp(&other.0).then_with(|| one.1.cmp(&other.1)));
        for (_, key, value) in arguments {
            self.argument(&key, &value, &mut words)?;
        }
        let bytes: usize = words.iter().map(String::len).sum();
        if bytes > LONGEST_COMMAND {
            return Err(format!("the command has more than {LONGEST_COMMAND} bytes"));
        }
        Ok(words)
    }

    /// The variables of the command, as `NAME=VALUE`. One whose macro has no value is empty, which is as if it were not set.
    pub(super) fn environment(&self) -> Result<Vec<String>, String> {
        let mut words = Vec::new();
        let mut bytes = 0;
        if let IcingaValue::Map(map) = self.command.get("env") {
            for (name, value) in &map {
                let Some(texts) = self.values(value, 0)? else { continue };
                let word = format!("{name}={}", texts.join(";"));
                bytes += word.len();
                if bytes > LONGEST_COMMAND {
                    return Err(format!("env has more than {LONGEST_COMMAND} bytes"));
                }
                words.extend(Some(word).filter(|word| assignment(word).is_some()));
            }
        }
        Ok(words)
    }

    /// Whether the command is one line for a shell.
    pub(super) fn is_line(&self) -> bool {
        matches!(self.line(), Ok(IcingaValue::Text(_)))
    }

    fn line(&self) -> Result<IcingaValue, String> {
        match self.command.get("command") {
            IcingaValue::Function(function) => self.function(&function, 0),
            other => Ok(other),
        }
    }

    fn argument(
        &self,
        key: &str,
        argument: &IcingaValue,
        words: &mut Vec<String>,
    ) -> Result<(), String> {
        let is_map = matches!(argument, IcingaValue::Map(_));
        let option = |name: &str| if is_map { argument.get(name) } else { IcingaValue::Null };
        let is_true = |name: &str| option(name).truth().unwrap_or(false);
        let in_argument = |what: &str| {
            format!("the argument {key} has {what}, which only Icinga knows; write the value")
        };
        let of_argument = |error: &str| format!("the argument {key}: {error}");
        if let IcingaValue::Text(condition) = option("set_if") {
            if !self.holds(&condition)? {
                return Ok(());
            }
        } else if let IcingaValue::Function(text) = option("set_if") {
            let value = self.function(&text, 0).map_err(|error| of_argument(&error))?;
            if !value.truth().map_err(|what| in_argument(&what))? {
                return Ok(());
            }
        } else if option("set_if") != IcingaValue::Null
            && !option("set_if").truth().map_err(|what| in_argument(&what))?
        {
            return Ok(());
        }
        let key = option("key").text().unwrap_or_else(|| key.to_owned());
        let value = if is_map { argument.get("value") } else { argument.clone() };
        if value == IcingaValue::Null && is_map {
            words.push(key);
            return Ok(());
        }
        let value = match value {
            IcingaValue::Unknown(what) => return Err(in_argument(&what)),
            IcingaValue::Function(text) => {
                self.function(&text, 0).map_err(|error| of_argument(&error))?
            }
            other => other,
        };
        let Some(values) = self.values(&value, 0)? else {
            // An argument whose macro has no value is left out.
            let missing = || Err(format!("the argument {key} is required and has no value"));
            return if is_true("required") { missing() } else { Ok(()) };
        };
        let repeats = option("repeat_key") != IcingaValue::Bool(false);
        for (at, value) in values.into_iter().enumerate() {
            let has_key = !is_true("skip_key") && (at == 0 || repeats);
            match option("separator").text() {
                Some(separator) if has_key => words.push(format!("{key}{separator}{value}")),
                _ => words.extend(has_key.then(|| key.clone()).into_iter().chain([value])),
            }
        }
        Ok(())
    }

    /// Whether the condition of an argument holds.
    fn holds(&self, condition: &str) -> Result<bool, String> {
        if let Some(rest) = condition.strip_prefix("$!") {
            return Ok(!self.holds(&format!("${rest}"))?);
        }
        let text = match self.values(&IcingaValue::Text(condition.to_owned()), 0)? {
            Some(values) => values.into_iter().next().unwrap_or_default(),
            None => return Ok(false),
        };
        Ok(!matches!(text.as_str(), "" | "false" | "0"))
    }

    /// The texts of a value with all macros replaced. `None` if a macro has no value.
    fn values(&self, value: &IcingaValue, depth: usize) -> Result<Option<Vec<String>>, String> {
        if depth > DEEPEST {
            return Err(unknown("a macro that contains itself in a circle"));
        }
        match value {
            IcingaValue::List(items) => {
                let mut texts = Vec::new();
                for item in items {
                    match self.values(item, depth + 1)? {
                        Some(found) => texts.extend(found),
                        None => return Ok(None),
                    }
                    if texts.len() > LONGEST_COMMAND / 8 {
                        return Err("the list of an argument is too long".to_owned());
                    }
                }
                Ok(Some(texts))
            }
            IcingaValue::Text(text) => self.text(text, depth),
            IcingaValue::Null => Ok(None),
            IcingaValue::Function(text) => {
                let value = self.function(text, depth + 1)?;
                self.values(&value, depth + 1)
            }
            IcingaValue::Unknown(what) => Err(unknown(what)),
            other => Ok(other.text().map(|text| vec![text])),
        }
    }

    fn text(&self, text: &str, depth: usize) -> Result<Option<Vec<String>>, String> {
        // A text that is one macro can have the values of a list.
        if let Some(name) = text.strip_prefix('$').and_then(|rest| rest.strip_suffix('$'))
            && !name.is_empty()
            && !name.contains('$')
        {
            return match self.macro_value(name) {
                None => Ok(None),
                Some(value) => self.values(&value, depth + 1),
            };
        }
        let mut result = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            result.push_str(before);
            let Some((name, tail)) = after.split_once('$') else {
                result.push('$');
                rest = after;
                continue;
            };
            rest = tail;
            if name.is_empty() {
                result.push('$');
                continue;
            }
            let Some(value) = self.macro_value(name) else { return Ok(None) };
            let Some(texts) = self.values(&value, depth + 1)? else { return Ok(None) };
            result.push_str(&texts.join(";"));
            if result.len() > LONGEST_COMMAND {
                return Err(format!("the command has more than {LONGEST_COMMAND} bytes"));
            }
        }
        Ok(Some(vec![result + rest]))
    }

    /// The value that a function returns. The error is a sentence.
    fn function(&self, function: &IcingaFunction, depth: usize) -> Result<IcingaValue, String> {
        let mut local = NamedValues::new();
        for (name, value) in
            [("host", self.host), ("service", self.service), ("command", self.command)]
        {
            let left = &self.world.left;
            let size = value.size().filter(|size| *size <= left.get());
            let Some(size) = size else { return Err(unknown("a value that is too large")) };
            left.set(left.get() - size);
            local.insert(name.to_owned(), value.clone());
        }
        let macros = MacrosAtDepth { sources: *self, depth };
        let scope = IcingaScope {
            world: self.world,
            local: &local,
            this: &IcingaValue::Null,
            macros: Some(&macros),
        };
        match scope.run(function, Vec::new()) {
            IcingaValue::Unknown(what) => Err(unknown(&what)),
            IcingaValue::Function(_) => Err(unknown("a function")),
            value => Ok(value),
        }
    }

    fn macro_value(&self, name: &str) -> Option<IcingaValue> {
        let part = |prefix: &str| name.strip_prefix(prefix);
        let found =
            |value: &IcingaValue, path: &str| value.at(path).or_else(|| value.get("vars").at(path));
        let direct = if let Some(path) = part("host.") {
            found(self.host, path)
        } else if let Some(path) = part("service.") {
            found(self.service, path)
        } else if let Some(path) = part("command.") {
            found(self.command, path)
        } else if name == "check_address" {
            // The template that sets it prefers the address.
            let own =
                [self.service, self.host].into_iter().find_map(|one| one.get("vars").at(name));
            own.or_else(|| self.host.at("address")).or_else(|| self.host.at("address6"))
        } else {
            let vars = [self.service, self.host, self.command];
            vars.into_iter().find_map(|one| one.get("vars").at(name)).or_else(|| self.host.at(name))
        };
        direct.filter(|value| *value != IcingaValue::Null)
    }
}

/// The names `host` and those of a loop, for expressions.
pub(super) fn names(entries: impl IntoIterator<Item = (String, IcingaValue)>) -> NamedValues {
    entries.into_iter().collect()
}
