//! Measures posemo beside other monitoring tools, and writes the generated parts of docs/comparison.md.
//!
//! `bin/comparison` runs it, with the directory of the other tools. The questions and the situations are in the TOML files
//! beside this file.

use std::error::Error;
use std::path::PathBuf;

use serde::Deserialize;

mod page;
mod rights;
mod servers;
mod situations;
mod timing;
mod tools;

use servers::Fleet;
use tools::{Call, Tools};

/// What went wrong, for the person who runs it.
type Outcome<T> = Result<T, Box<dyn Error>>;

/// The file questions.toml.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Questions {
    setup: Vec<String>,
    undo: Vec<String>,
    sessions: Vec<String>,
    question: Vec<Question>,
}

/// A question, and the call of each tool that answers it.
#[derive(Debug, Deserialize)]
struct Question {
    what: String,
    /// The right answer is OK; for all others it is an alarm.
    #[serde(default)]
    healthy: bool,
    /// `check_pgactivity` compares with its last call.
    #[serde(default)]
    first_call: bool,
    /// The answer belongs to one database, so `check_postgres` needs the names of all.
    #[serde(default)]
    each_database: bool,
    /// Tools whose answer to the question before answers this one, too.
    #[serde(default)]
    same_call: Vec<String>,
    #[serde(flatten)]
    call: Call,
}

#[expect(clippy::print_stderr, reason = "its progress")]
fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let (Some(peers), Some(pairs), None) = (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err("arguments: the directory of the other tools, and a number of pairs".into());
    };
    let pairs: usize = pairs.parse()?;
    let tools = Tools::new(PathBuf::from(peers))?;
    let questions: Questions = toml::from_str(include_str!("questions.toml"))?;
    eprintln!("comparison: starting a primary and a standby");
    let mut fleet = Fleet::start(&tools)?;
    fleet.detach_the_standby()?;
    for statement in &questions.setup {
        fleet.superuser("shop", statement)?;
    }
    let busy = fleet.sessions(&questions.sessions, 1)?;
    std::thread::sleep(std::time::Duration::from_secs(3));
    eprintln!("comparison: rights");
    let rights = rights::measure(&fleet, &tools, &questions.question)?;
    // An archiver that hangs would block DROP DATABASE.
    fleet.superuser("shop", "COPY (SELECT 1) TO PROGRAM 'rm -f hang'")?;
    eprintln!("comparison: times");
    let times = timing::measure(&fleet, &tools, &questions.question, pairs)?;
    drop(busy);
    for statement in &questions.undo {
        fleet.superuser("shop", statement)?;
    }
    eprintln!("comparison: situations");
    let situations = situations::measure(&fleet, &tools)?;
    page::write(&page::Parts { tools, fleet, questions, rights, times, situations })
}
