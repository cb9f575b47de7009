//! The options of a call of `check_postgres` or `check_pgactivity`, with the names and forms that these programs read.

use std::collections::BTreeMap;

/// An option: its names, the first of which is the key, and whether it has a value.
type Known = (&'static [&'static str], bool);

/// The options that determine the query, the thresholds and the databases, and those that do not matter to posemo.
const KNOWN: [Known; 31] = [
    (&["action", "service", "s", "A"], true),
    (&["query"], true),
    (&["warning", "w"], true),
    (&["critical", "c"], true),
    (&["valtype", "checktype", "type"], true),
    (&["reverse", "r"], false),
    (&["dbname", "db", "d"], true),
    (&["host", "dbhost", "H", "h"], true),
    (&["port", "dbport", "p"], true),
    (&["dbuser", "username", "U", "u"], true),
    (&["dbpass"], true),
    (&["dbservice", "S"], true),
    (&["output", "o"], true),
    (&["format", "F"], true),
    (&["timeout", "t"], true),
    (&["showperf"], true),
    (&["perflimit"], true),
    (&["showtime"], true),
    (&["PGBINDIR"], true),
    (&["PSQL", "psql", "P"], true),
    (&["path"], true),
    (&["tempdir", "tmpdir"], true),
    (&["status-file"], true),
    (&["audit-file-dir"], true),
    (&["language"], true),
    (&["debugoutput"], true),
    (&["get_method"], true),
    (&["verbose", "v", "vv"], false),
    (&["quiet", "q"], false),
    (&["simple"], false),
    (&["debug"], false),
];

/// Words of a shell that end a command.
const ENDS: [&str; 8] = ["|", "||", "&", "&&", ";", ">", ">>", "2>&1"];

/// The options of a call.
#[derive(Debug, Default)]
pub(super) struct OptionsOfCall<'w> {
    found: BTreeMap<&'static str, Vec<&'w str>>,
    /// The names of options that are not understood, without their values, which can be passwords.
    pub(super) unknown: Vec<&'w str>,
    /// Whether there is a word that is neither an option nor the value of one.
    pub(super) has_other_words: bool,
}

impl<'w> OptionsOfCall<'w> {
    /// Reads the words after the name of the program.
    pub(super) fn read(words: &'w [String]) -> OptionsOfCall<'w> {
        let mut options = OptionsOfCall::default();
        let command = words.iter().map(String::as_str).take_while(|word| !ENDS.contains(word));
        let mut rest = command.peekable();
        while let Some(word) = rest.next() {
            let Some((key, has_value, attached)) = known(word) else {
                match name_of(word) {
                    Some(name) => {
                        options.unknown.push(name);
                        // A word after an option is its value.
                        if !word.contains('=') {
                            rest.next_if(|next| name_of(next).is_none());
                        }
                    }
                    None => options.has_other_words = true,
                }
                continue;
            };
            let value = match attached {
                Some(value) => value,
                // A negative number is a value.
                None if has_value => rest
                    .next_if(|next| !next.starts_with('-') || next.parse::<f64>().is_ok())
                    .unwrap_or_default(),
                None => "",
            };
            options.found.entry(key).or_default().push(value);
        }
        options
    }

    /// Whether an option is given.
    pub(super) fn has(&self, key: &str) -> bool {
        self.found.contains_key(key)
    }

    /// The first value of an option that is not empty.
    pub(super) fn get(&self, key: &str) -> Option<&'w str> {
        self.all(key).next()
    }

    /// The values of an option.
    pub(super) fn all(&self, key: &str) -> impl Iterator<Item = &'w str> {
        let values = self.found.get(key).map_or(&[][..], Vec::as_slice);
        values.iter().copied().filter(|value| !value.is_empty())
    }
}

/// The name of an option that is not known, without its value: `--name=value`, `name=value`, or a letter with its value.
fn name_of(word: &str) -> Option<&str> {
    if let Some((name, _)) = word.split_once('=') {
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        return Some(name).filter(|name| !name.is_empty() && name.chars().all(is_name));
    }
    if word.starts_with("--") {
        return Some(word);
    }
    word.starts_with('-').then(|| word.get(..2)).flatten()
}

/// The key of an option, whether it has a value, and the value in the same word: `--warning=5`, `-w5`, or `db=app`, which
/// `check_postgres` reads without dashes.
fn known(word: &str) -> Option<(&'static str, bool, Option<&str>)> {
    let long = word.strip_prefix("--");
    let (name, value) = match word.split_once('=') {
        Some((name, value)) => (name.trim_matches('-').trim(), Some(value)),
        None => (word.strip_prefix('-').map(|name| name.trim_start_matches('-'))?, None),
    };
    if let Some((key, has_value)) = by_name(name, long.is_some()) {
        return Some((key, has_value, value));
    }
    // The letter of an option with its value.
    let letters = word.strip_prefix('-').filter(|_| long.is_none())?;
    let (letter, rest) = letters.split_at_checked(1)?;
    let (key, has_value) = by_name(letter, false)?;
    has_value.then_some((key, true, Some(rest)))
}

/// An option by its name, by a name with a number, such as `dbname1`, or by the beginning of a long name.
fn by_name(name: &str, is_long: bool) -> Option<(&'static str, bool)> {
    let find = |is_it: &dyn Fn(&str) -> bool| {
        let mut found = KNOWN.iter().filter(|(names, _)| names.iter().any(|known| is_it(known)));
        let one = found.next()?;
        // A beginning of two names is not one of them.
        found.next().is_none().then_some((one.0[0], one.1))
    };
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let numbered = (plain.len() > 1).then_some(plain);
    find(&|known| known == name)
        .or_else(|| numbered.and_then(|plain| find(&|known| known == plain)))
        .or_else(|| {
            let is_beginning = is_long && name.len() > 1;
            is_beginning.then(|| find(&|known| known.starts_with(name))).flatten()
        })
}
