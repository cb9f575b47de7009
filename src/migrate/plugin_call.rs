//! Finds the call of a plugin in a command line: also behind `sudo`, `env` and others, in a shell, and through SSH.

use std::collections::BTreeMap;

use super::call_words::{after_options, assignment, base, is_harmless, is_password, option};
use super::found::{FoundCommand, is_other_plugin, names_any_plugin, names_plugin};
use crate::compat::ForeignProgram;
use crate::text::shell_words::{ShellToken, ShellWord, tokens};
use crate::text::visible::visible;

/// The most shells within each other.
const DEEPEST: usize = 4;

/// A call of a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldPluginCall {
    /// The plugin.
    pub program: ForeignProgram,
    /// Its path.
    pub path: String,
    /// The words after it, without a password.
    pub words: Vec<String>,
    /// Variables that the line sets, without a password.
    pub environment: BTreeMap<String, String>,
    /// What has a password, such as `--dbpass`.
    pub password: Option<&'static str>,
    /// The host on which it runs, if the line names one.
    pub runs_on: Option<String>,
}

/// A call of the agent NRPE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AgentCall {
    /// The name of the command.
    pub(super) command: String,
    /// The host.
    pub(super) host: Option<String>,
    /// The arguments of the command.
    pub(super) arguments: Vec<String>,
}

/// What a command line calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CalledProgram {
    /// A plugin.
    Plugin(Box<OldPluginCall>),
    /// The agent.
    Agent(AgentCall),
    /// Something else.
    Other,
}

/// What has to be known before the program of a command is reached.
#[derive(Debug, Clone, Default)]
struct Surroundings {
    environment: BTreeMap<String, String>,
    password: Option<&'static str>,
    runs_on: Option<String>,
    depth: usize,
}

/// Finds the call in a command. The error is the reason why it is not understood.
pub(super) fn called(command: &FoundCommand) -> Result<CalledProgram, String> {
    match command {
        FoundCommand::Line(line) => in_line(line, &Surroundings::default()),
        FoundCommand::Words(words) => {
            let word = |text: &String| ShellWord { text: text.clone(), expansion: None };
            let words: Vec<ShellWord> = words.iter().map(word).collect();
            in_command(&words, Surroundings::default())
        }
        FoundCommand::Posemo(_) => Ok(CalledProgram::Other),
    }
}

fn in_line(line: &str, around: &Surroundings) -> Result<CalledProgram, String> {
    if around.depth > DEEPEST {
        return Err(format!("more than {DEEPEST} shells within each other"));
    }
    let tokens = tokens(line).ok_or("a quote does not end")?;
    let mut around = around.clone();
    let mut words = Vec::new();
    let mut found = CalledProgram::Other;
    for token in tokens.into_iter().chain([ShellToken::End(String::new())]) {
        match token {
            ShellToken::Word(word) => words.push(word),
            ShellToken::Redirection => {}
            ShellToken::End(_) => {
                let words = std::mem::take(&mut words);
                // Variables that a command of the line sets for those after it.
                let is_export = words.first().is_some_and(|word| word.text == "export");
                if is_export || words.iter().all(|word| assignment(&word.text).is_some()) {
                    variables(&words, &mut around, names_plugin(line))?;
                    continue;
                }
                let call = in_command(&words, around.clone())?;
                match (&found, &call) {
                    (_, CalledProgram::Other) => {}
                    (CalledProgram::Other, _) => found = call,
                    _ => {
                        return Err(
                            "the line calls several plugins; write a service for each".to_owned()
                        );
                    }
                }
            }
        }
    }
    Ok(found)
}

fn in_command(words: &[ShellWord], mut around: Surroundings) -> Result<CalledProgram, String> {
    let mut rest = words;
    while let [first, tail @ ..] = rest {
        let text = first.text.as_str();
        if assignment(text).is_some() {
            let is_about = words.iter().any(|word| names_plugin(&word.text));
            variables(std::slice::from_ref(first), &mut around, is_about)?;
            rest = tail;
            continue;
        }
        if let Some(program) = ForeignProgram::of(text) {
            return plugin(program, text, tail, around)
                .map(|call| CalledProgram::Plugin(Box::new(call)));
        }
        let with_value: &[&str] = match base(text) {
            "sudo" => &["-u", "-g", "-C", "-h", "-p", "-r", "-t", "--user", "--group"],
            "env" => &["-u", "-C", "--unset", "--chdir"],
            "perl" => &["-I"],
            "nice" => &["-n"],
            "ionice" => &["-c", "-n", "-p"],
            "timeout" => {
                rest = after_options(tail, &["-s", "-k", "--signal", "--kill-after"]);
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            "exec" | "nohup" | "setsid" | "time" | "command" | "stdbuf" | "chronic" => {
                &["-o", "-i", "-e"]
            }
            "su" | "runuser" | "sh" | "bash" | "dash" | "ksh" | "zsh" => {
                return in_shell(tail, around);
            }
            "ssh" => return over_ssh(tail, around),
            "check_by_ssh" => return by_ssh(tail, around),
            "check_nrpe" | "check_nrpe3" => return Ok(agent(tail)),
            _ => {
                if is_other_plugin(text) {
                    return Err(of_other_plugin(base(text)));
                }
                let other = words.iter().any(|word| names_any_plugin(&word.text));
                if words.iter().any(|word| word.expansion.is_some() && names_plugin(&word.text)) {
                    return Err("a shell runs the plugin for a part of a word; write the call of the plugin itself".to_owned());
                }
                return if other && !is_harmless(base(text)) {
                    Err(format!(
                        "the program {} calls the plugin in a way that is not known; write the call of the plugin itself",
                        visible(base(text))
                    ))
                } else {
                    Ok(CalledProgram::Other)
                };
            }
        };
        rest = after_options(tail, with_value);
    }
    Ok(CalledProgram::Other)
}

/// Why a call of another plugin for PostgreSQL is not translated.
fn of_other_plugin(name: &str) -> String {
    let instead = match name {
        "check_pgsql" => {
            "the checks alive and response_time take its place, and a query needs a check (docs/writing-checks.md)"
        }
        "check_pgbackrest" => "the check pgbackrest_backups takes its place",
        _ => "posemo list prints the checks that can take its place",
    };
    format!("calls of the plugin {} are not translated; {instead}", visible(name))
}

/// Adds the variables that words set; a password is only noted. `is_about` is whether a plugin gets them.
fn variables(words: &[ShellWord], around: &mut Surroundings, is_about: bool) -> Result<(), String> {
    for word in words {
        let Some((name, value)) = assignment(&word.text) else { continue };
        if name == "PGPASSWORD" {
            around.password = Some("PGPASSWORD");
        } else if word.expansion.is_none() {
            around.environment.insert(name.to_owned(), value.to_owned());
        } else if name.starts_with("PG") && is_about {
            return Err(format!("{name} has a value that only a shell knows; write the value"));
        }
    }
    Ok(())
}

/// The command line after `-c` of a shell or of `su`; or the command after `--`, as of `runuser -u postgres --`.
fn in_shell(words: &[ShellWord], mut around: Surroundings) -> Result<CalledProgram, String> {
    around.depth += 1;
    let is_command = |text: &str| {
        text == "--command"
            || text.starts_with('-') && !text.starts_with("--") && text.ends_with('c')
    };
    for (at, word) in words.iter().enumerate() {
        if let Some(line) = word.text.strip_prefix("--command=") {
            return in_line(line, &around);
        }
        if is_command(&word.text) {
            let line = words.get(at + 1).map_or("", |word| word.text.as_str());
            return in_line(line, &around);
        }
        if word.text == "--" {
            return in_command(&words[at + 1..], around);
        }
        // A script whose path is that of the plugin, or `runuser -u postgres check_postgres`.
        if ForeignProgram::of(&word.text).is_some() {
            return in_command(&words[at..], around);
        }
    }
    if words.iter().any(|word| names_plugin(&word.text)) {
        return Err("a script calls the plugin; write the call of the plugin itself".to_owned());
    }
    Ok(CalledProgram::Other)
}

/// `ssh [OPTIONS] [USER@]HOST COMMAND`.
fn over_ssh(words: &[ShellWord], mut around: Surroundings) -> Result<CalledProgram, String> {
    around.depth += 1;
    let rest = after_options(words, &["-i", "-l", "-p", "-o", "-F", "-J"]);
    let [host, command @ ..] = rest else { return Ok(CalledProgram::Other) };
    let name = host.text.rsplit('@').next().unwrap_or_default();
    around.runs_on = Some(name.to_owned());
    // The words are joined, and read by the shell of the other host.
    let line: Vec<&str> = command.iter().map(|word| word.text.as_str()).collect();
    in_line(&line.join(" "), &around)
}

fn by_ssh(words: &[ShellWord], mut around: Surroundings) -> Result<CalledProgram, String> {
    around.depth += 1;
    around.runs_on = option(words, "-H", "--hostname");
    match option(words, "-C", "--command") {
        Some(line) => in_line(&line, &around),
        None => Ok(CalledProgram::Other),
    }
}

fn agent(words: &[ShellWord]) -> CalledProgram {
    let Some(command) = option(words, "-c", "--command") else { return CalledProgram::Other };
    let after = words.iter().position(|word| matches!(word.text.as_str(), "-a" | "--args"));
    let arguments = after.map_or(&[][..], |at| &words[at + 1..]);
    CalledProgram::Agent(AgentCall {
        command,
        host: option(words, "-H", "--host"),
        arguments: arguments.iter().map(|word| word.text.clone()).collect(),
    })
}

/// The call with its words; a password is left out.
fn plugin(
    program: ForeignProgram,
    path: &str,
    words: &[ShellWord],
    around: Surroundings,
) -> Result<OldPluginCall, String> {
    let mut call = OldPluginCall {
        program,
        path: path.to_owned(),
        words: Vec::new(),
        environment: around.environment,
        password: around.password,
        runs_on: around.runs_on,
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let name = word.text.trim_start_matches('-');
        let (name, value) =
            name.split_once('=').map_or((name, None), |(name, value)| (name, Some(value)));
        if is_password(name) {
            call.password = Some("--dbpass");
            if value.is_none() && word.text.starts_with('-') {
                words.next();
            }
            continue;
        }
        if let Some(expansion) = &word.expansion {
            return Err(format!(
                "the call contains {}, which only a shell can replace; write the value",
                visible(expansion)
            ));
        }
        call.words.push(word.text.clone());
    }
    Ok(call)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> Result<CalledProgram, String> {
        called(&FoundCommand::Line(line.to_owned()))
    }

    #[test]
    fn a_call_is_found_behind_other_programs() {
        for line in [
            "/usr/bin/check_postgres.pl --action=locks -w 5",
            "sudo -u postgres -n /usr/lib/nagios/plugins/check_postgres.pl --action=locks -w 5",
            "/usr/bin/env LANG=C perl -w /opt/check_postgres.pl --action=locks -w 5 2>&1 | head -1",
            "su - postgres -c \"/opt/check_postgres.pl --action=locks -w 5\"",
            "/bin/sh -c 'cd /tmp && check_postgres.pl --action=locks -w 5; exit $?'",
            "timeout -k 5 30 nice -n 5 check_postgres.pl --action=locks -w 5",
            "runuser -u postgres -- check_postgres.pl --action=locks -w 5",
            "check_by_ssh -H db1 -l x -C 'sudo -u postgres check_postgres.pl --action=locks -w 5'",
            "ssh -i key monitor@db1 check_postgres.pl --action=locks -w 5",
            "PGPASSWORD=geheim check_postgres.pl --action=locks --dbpass geheim -w 5",
            "check_postgres.pl --action=locks -dbpass1=geheim -w 5",
        ] {
            let Ok(CalledProgram::Plugin(call)) = found(line) else { panic!("{line}") };
            assert_eq!(call.words, ["--action=locks", "-w", "5"], "{line}");
            assert!(call.path.ends_with("check_postgres.pl"));
            assert_eq!(call.password.is_some(), line.contains("geheim"), "{line}");
            assert!(!format!("{call:?}").contains("geheim"));
            assert_eq!(call.runs_on.is_some(), line.contains("ssh"), "{line}");
        }
    }

    #[test]
    fn variables_of_a_line_belong_to_its_plugin() {
        for line in [
            "sh -c 'export PGHOST=db7 PGPASSWORD=geheim; check_postgres -w 5'",
            "PGHOST=db7 && export PGHOST PGPASSWORD=geheim; PGHOST=db7 check_postgres -w 5",
            "PGPASSWORD=geheim; PGHOST=db7 check_postgres -w 5",
        ] {
            let Ok(CalledProgram::Plugin(call)) = found(line) else { panic!("{line}") };
            assert_eq!(call.environment.get("PGHOST").map(String::as_str), Some("db7"), "{line}");
            assert!(!format!("{call:?}").contains("geheim"), "{line}");
        }
    }

    #[test]
    fn other_programs_are_not_calls() {
        let agent = found("/p/check_nrpe -H db1 -t 30 -c check_postgres_locks -a 5 '9 9'");
        let expected = AgentCall {
            command: "check_postgres_locks".to_owned(),
            host: Some("db1".to_owned()),
            arguments: vec!["5".to_owned(), "9 9".to_owned()],
        };
        assert_eq!(agent, Ok(CalledProgram::Agent(expected)));
        for line in ["/p/check_disk -w 5", "", "echo check_postgres", "# check_postgres", "sudo"] {
            assert_eq!(found(line), Ok(CalledProgram::Other), "{line}");
        }
        for (line, part) in [
            ("check_postgres -w $LEVEL", "$LEVEL"),
            ("wrapper.sh check_postgres -w 5", "wrapper.sh"),
            ("check_postgres -w '5", "quote"),
            ("check_postgres -w 5; check_postgres -w 6", "several"),
            ("PGHOST=$H check_postgres -w 5", "PGHOST"),
            ("echo $(check_postgres -w 5)", "part of a word"),
            // It exchanges the states.
            ("negate -o CRITICAL check_postgres -w 5", "negate"),
            ("export PGPORT=$P; check_postgres -w 5", "PGPORT"),
            ("sh /x/run.sh 'check_postgres -w 5'", "script"),
        ] {
            assert!(
                found(line).is_err_and(|error| error.contains(part)),
                "{line}: {:?}",
                found(line)
            );
        }
        let deep = (0..6).fold("check_postgres -w 5".to_owned(), |line, _| {
            format!("sh -c {}", crate::text::shell::quoted(&line))
        });
        assert!(found(&deep).is_err_and(|error| error.contains("shells")));
    }
}
