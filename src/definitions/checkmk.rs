//! Writes `mrpe.cfg` for Checkmk's agent: one line for each service, with the command that the agent runs.
//!
//! Format: docs.checkmk.com, "MRPE". Local checks need no definitions; `output::checkmk` writes them.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::{DefinitionPlan, DefinitionsError, TIMEOUT};

/// Characters that the words of a command must not contain. The agent reads lines with the shell's `read`, which removes
/// backslashes, and executes the rest as a command of the shell, with words in single quotes.
const FORBIDDEN_IN_WORDS: &str = "'\\";

/// Writes the lines. Writes nothing where a name would break them.
pub fn write(
    plan: &DefinitionPlan,
    out: &mut dyn Write,
) -> Result<io::Result<()>, DefinitionsError> {
    if plan.with_hosts || plan.passive.is_some() {
        return Err(DefinitionsError::OnlyCalls);
    }
    plan.validate("Checkmk", ["", FORBIDDEN_IN_WORDS])?;
    Ok(text(plan, out))
}

fn text(plan: &DefinitionPlan, out: &mut dyn Write) -> io::Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    writeln!(out, "# Written by posemo {version}. To change it, run the same command again.")?;
    let options = plan.options.iter().map(|(name, value)| format!(" {name} '{value}'"));
    let options = options.collect::<Vec<_>>().concat();
    for (host, service) in plan.all() {
        let (prefix, target) = match host {
            Some(host) => (format!("{} ", host.name), format!(" --target '{}'", host.target)),
            None => Default::default(),
        };
        let name = encoded(&[&prefix, service.name.as_str()].concat());
        let seconds = service.interval.as_secs().max(1);
        let topic = if service.is_topic { "--topic " } else { "" };
        let program = word(&plan.program);
        writeln!(
            out,
            "{name} (interval={seconds}) {program} check {topic}{}{target}{options} -t {TIMEOUT}",
            service.name
        )?;
    }
    Ok(())
}

/// A name in percent encoding, which can contain any character: in the file, the name ends at a blank.
fn encoded(name: &str) -> String {
    name.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"_-.".contains(&byte) {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").expect("writing to a string cannot fail");
        }
        text
    })
}

/// A word of a command, in quotes if it needs them: Checkmk shows the end of the first word as the name of the plugin.
fn word(text: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "/_-.".contains(character);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{text}'") }
}
