//! Runs the old calls and those of posemo, and compares their answers.
//!
//! It runs a plugin without a shell, with a time limit, and keeps the beginning of its output.

use std::collections::BTreeMap;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::plan::MigratedCall;
use super::plugin_call::OldPluginCall;
use crate::compat::TranslatedCall;
use crate::text::shell::quoted;

/// The most bytes of an answer that are kept.
const MOST_OUTPUT: u64 = 64 * 1024;

/// How long an output is read after its program ended: a process that it left behind can hold it open.
const READ_AFTER_END: Duration = Duration::from_secs(2);

/// How calls are compared.
#[derive(Debug, Clone)]
pub struct ComparisonOptions {
    /// This program.
    pub program: PathBuf,
    /// A folder with the plugins, if they are elsewhere than in the definitions.
    pub plugins: Option<PathBuf>,
    /// The time limit for each call.
    pub limit: Duration,
}

/// The answer to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ComparedAnswer {
    /// The exit code and the first line.
    Answered(i32, String),
    /// Why the call has no answer.
    NotRun(String),
}

/// Both answers to a call.
#[derive(Debug, Clone)]
pub struct ComparedCall {
    /// The old command, as a shell reads it.
    pub old_command: String,
    /// Its answer.
    pub old: ComparedAnswer,
    /// posemo's command.
    pub new_command: String,
    /// Its answer.
    pub new: ComparedAnswer,
    /// Why the answers can differ; empty if no reason is known.
    pub reason: &'static str,
}

impl ComparedCall {
    /// Whether both answered, with another state.
    pub fn differs(&self) -> bool {
        matches!((&self.old, &self.new), (ComparedAnswer::Answered(old, _), ComparedAnswer::Answered(new, _)) if old != new)
    }

    /// Whether both answered.
    pub fn is_complete(&self) -> bool {
        matches!(
            (&self.old, &self.new),
            (ComparedAnswer::Answered(..), ComparedAnswer::Answered(..))
        )
    }
}

/// Compares calls one after the other. Equal calls are run once.
#[derive(Debug)]
pub struct Comparer {
    options: ComparisonOptions,
    answers: BTreeMap<String, ComparedAnswer>,
}

impl Comparer {
    /// A comparer that has run nothing.
    pub fn new(options: ComparisonOptions) -> Comparer {
        Comparer { options, answers: BTreeMap::new() }
    }

    /// Both answers to a call; nothing if it has no counterpart, or no old plugin.
    pub fn compare(&mut self, call: &MigratedCall) -> Option<ComparedCall> {
        let translated = without_role(call.old.translated.as_ref().ok()?);
        let plugin = call.old.plugin.as_ref()?;
        let new_command = translated.command();
        let mut compared = ComparedCall {
            old_command: written(Path::new(&plugin.path), &plugin.words),
            old: ComparedAnswer::NotRun(String::new()),
            new_command: new_command.clone(),
            new: ComparedAnswer::NotRun(String::new()),
            reason: translated.differs,
        };
        if call.old.is_remote {
            let host = call.old.host.as_ref().map_or("", |host| host.name.as_str());
            let reason =
                format!("it runs on {host}: run posemo migrate --compare there, with its nrpe.cfg");
            compared.old = ComparedAnswer::NotRun(reason.clone());
            compared.new = ComparedAnswer::NotRun(reason);
            return Some(compared);
        }
        let Some((path, more)) = self.located(plugin) else {
            let reason =
                "the plugin is not on this machine; name its folder with --plugins".to_owned();
            compared.old = ComparedAnswer::NotRun(reason.clone());
            compared.new = ComparedAnswer::NotRun(reason);
            return Some(compared);
        };
        let words = [more, plugin.words.clone()].concat();
        compared.old_command = environment_text(plugin) + &written(&path, &words);
        compared.old = self.answer(&compared.old_command, &path, &words, plugin);
        let program = self.options.program.clone();
        let key = environment_text(plugin) + &new_command;
        compared.new = self.answer(&key, &program, &translated.words(), plugin);
        if matches!(compared.new, ComparedAnswer::Answered(3, _)) {
            // UNKNOWN has its own reason, such as an installation that is missing.
            compared.reason = "";
        }
        Some(compared)
    }

    fn answer(
        &mut self,
        key: &str,
        program: &Path,
        words: &[String],
        plugin: &OldPluginCall,
    ) -> ComparedAnswer {
        if let Some(known) = self.answers.get(key) {
            return known.clone();
        }
        let mut command = Command::new(program);
        command.args(words).envs(&plugin.environment);
        let answer = run(command, self.options.limit);
        self.answers.insert(key.to_owned(), answer.clone());
        answer
    }

    /// The program, and words that replace the action in the name of a link.
    fn located(&self, plugin: &OldPluginCall) -> Option<(PathBuf, Vec<String>)> {
        let name = plugin.path.rsplit('/').next().unwrap_or_default();
        let base = name.strip_suffix(".pl").unwrap_or(name);
        let mut places = Vec::new();
        if let Some(folder) = &self.options.plugins {
            places.push(folder.clone());
        } else if let Some((folder, _)) = plugin.path.rsplit_once('/') {
            places.push(PathBuf::from(folder));
        } else {
            let path = std::env::var_os("PATH").unwrap_or_default();
            places.extend(std::env::split_paths(&path));
        }
        let action = plugin.program.action.clone();
        let general = action.map(|action| vec![format!("--action={action}")]);
        let names = [(name, Vec::new()), (base, Vec::new())]
            .into_iter()
            .map(|(name, words)| (name.to_owned(), words));
        let links = general.into_iter().flat_map(|words| {
            ["check_postgres", "check_postgres.pl"].map(|name| (name.to_owned(), words.clone()))
        });
        let candidates: Vec<(String, Vec<String>)> =
            names.chain([(format!("{base}.pl"), Vec::new())]).chain(links).collect();
        let found = places.iter().flat_map(|place| {
            candidates.iter().map(|(name, words)| (place.join(name), words.clone()))
        });
        let mut found = found.filter(|(path, _)| path.is_file());
        found.next()
    }
}

/// The call for the role of posemo: the role of the old call has no right to call its functions.
pub(super) fn without_role(call: &TranslatedCall) -> TranslatedCall {
    TranslatedCall { user: None, ..call.clone() }
}

fn written(program: &Path, words: &[String]) -> String {
    let words = words.iter().map(|word| quoted(word));
    let all: Vec<String> =
        [quoted(&program.display().to_string())].into_iter().chain(words).collect();
    all.join(" ")
}

fn environment_text(plugin: &OldPluginCall) -> String {
    let mut text = String::new();
    for (name, value) in &plugin.environment {
        // A variable of another program can have a password.
        let is_shown = ["PG", "LC_", "LANG", "PATH"].iter().any(|start| name.starts_with(start));
        let value = if is_shown { quoted(value) } else { "…".to_owned() };
        text.push_str(&[name, "=", &value, " "].concat());
    }
    text
}

/// Runs a command in its own process group, which ends with the time limit.
fn run(mut command: Command, limit: Duration) -> ComparedAnswer {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return ComparedAnswer::NotRun(format!("it cannot be started: {error}")),
    };
    let [out, errors] = [child.stdout.take().map(reader), child.stderr.take().map(reader)];
    let code = wait(&mut child, limit);
    // Also what a program left behind, which can hold its output open.
    end(&mut child);
    let text = |reader: Option<mpsc::Receiver<String>>| {
        reader.and_then(|reader| reader.recv_timeout(READ_AFTER_END).ok()).unwrap_or_default()
    };
    let Some(code) = code else {
        return ComparedAnswer::NotRun(format!("no answer within {} s", limit.as_secs()));
    };
    let (out, errors) = (text(out), text(errors));
    let text = if out.trim().is_empty() { errors } else { out };
    let line = text.trim().lines().next().unwrap_or_default();
    let line = line.split('|').next().unwrap_or_default().trim();
    ComparedAnswer::Answered(code, line.to_owned())
}

/// Reads the beginning of an output in another thread.
fn reader(pipe: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(beginning(pipe)));
    receiver
}

/// The exit code; absent after the time limit.
fn wait(child: &mut Child, limit: Duration) -> Option<i32> {
    let begun = Instant::now();
    loop {
        match child.try_wait() {
            // A program that a signal ended has no code.
            Ok(Some(status)) => return Some(status.code().unwrap_or(3)),
            Ok(None) if begun.elapsed() < limit => thread::sleep(Duration::from_millis(5)),
            Ok(None) | Err(_) => return None,
        }
    }
}

/// Ends a process and those that it started.
fn end(child: &mut Child) {
    let group = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// The beginning of an output. The rest is read, so that the program does not wait.
fn beginning(mut pipe: impl Read) -> String {
    let mut bytes = Vec::new();
    let _ = pipe.by_ref().take(MOST_OUTPUT).read_to_end(&mut bytes);
    let _ = std::io::copy(&mut pipe, &mut std::io::sink());
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_ends_with_its_children_at_the_limit() {
        let shell = |line: &str| {
            let mut command = Command::new("/bin/sh");
            command.args(["-c", line]);
            command
        };
        let begun = Instant::now();
        let answer = run(shell("sleep 60 & sleep 60"), Duration::from_millis(200));
        assert_eq!(answer, ComparedAnswer::NotRun("no answer within 0 s".to_owned()));
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
        let answer =
            run(shell("echo 'WARNING - a | b=1'; echo more; exit 1"), Duration::from_secs(60));
        assert_eq!(answer, ComparedAnswer::Answered(1, "WARNING - a".to_owned()));
        // A process that it leaves behind holds the output open, also in another group.
        let begun = Instant::now();
        let answer = run(shell("echo OK; sleep 60 &"), Duration::from_secs(60));
        assert_eq!(answer, ComparedAnswer::Answered(0, "OK".to_owned()));
        run(shell("setsid sleep 15 &"), Duration::from_secs(60));
        assert!(begun.elapsed() < Duration::from_secs(12), "{:?}", begun.elapsed());
        let answer = run(shell("echo wrong >&2; exit 255"), Duration::from_secs(60));
        assert_eq!(answer, ComparedAnswer::Answered(255, "wrong".to_owned()));
        let answer = run(shell("yes | head -c 9000000; exit 2"), Duration::from_secs(60));
        assert_eq!(answer, ComparedAnswer::Answered(2, "y".to_owned()));
        let answer = run(Command::new("/nonexistent/plugin"), Duration::from_secs(1));
        assert!(matches!(answer, ComparedAnswer::NotRun(reason) if reason.contains("started")));
    }
}
