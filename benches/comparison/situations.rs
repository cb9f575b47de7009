//! Situations in which monitoring tools are known to be wrong: each is made, and each tool is called.

use std::net::TcpListener;
use std::time::Duration;

use serde::Deserialize;

use super::Outcome;
use super::servers::{Address, Fleet, address_of};
use super::tools::{Answer, Call, TOOLS, Tool, Tools};

/// The file situations.toml.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    situation: Vec<Situation>,
}

/// The server that the tools are asked about.
#[derive(Debug, Clone, Copy, Default, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Server {
    #[default]
    Primary,
    Standby,
    /// It accepts connections and sends nothing.
    Silent,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Situation {
    pub(crate) name: String,
    pub(crate) what: String,
    /// What a right answer is, for a reader.
    pub(crate) rule: String,
    /// The states that are right.
    right: Vec<String>,
    /// Texts of which the output of a right answer contains none.
    #[serde(default)]
    forged: Vec<String>,
    #[serde(default)]
    setup: Vec<String>,
    setup_in: Option<String>,
    #[serde(default)]
    undo: Vec<String>,
    /// Sessions of the role clerk that are open meanwhile.
    #[serde(default)]
    sessions: Vec<String>,
    #[serde(default = "one")]
    copies: usize,
    /// Seconds until the tools are called.
    #[serde(default)]
    wait: u64,
    #[serde(default)]
    on: Server,
    #[serde(flatten)]
    call: Call,
}

fn one() -> usize {
    1
}

/// How an answer is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Right,
    Wrong,
    Unknown,
    NoCheck,
}

impl Verdict {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Verdict::Right => "right",
            Verdict::Wrong => "**wrong**",
            Verdict::Unknown => "unknown",
            Verdict::NoCheck => "–",
        }
    }
}

/// A tool in a situation.
pub(crate) struct Asked {
    pub(crate) tool: Tool,
    /// The call without program and connection.
    pub(crate) call: String,
    pub(crate) answer: Option<Answer>,
    pub(crate) verdict: Verdict,
}

pub(crate) fn measure(fleet: &Fleet, tools: &Tools) -> Outcome<Vec<(Situation, Vec<Asked>)>> {
    let mut file: File = toml::from_str(include_str!("situations.toml"))?;
    let silent = TcpListener::bind(("127.0.0.1", 0))?;
    let silent = Address { host: "127.0.0.1".to_owned(), port: silent.local_addr()?.port() };
    // It runs all the time, as it does in practice.
    let exporter = tools.exporter(&fleet.address(), "watch", &[])?;
    let _ = exporter.scrape()?;
    let mut results = Vec::new();
    for mut situation in file.situation.drain(..) {
        situation.fill_in(fleet);
        let database = situation.setup_in.as_deref().unwrap_or("shop");
        for statement in &situation.setup {
            fleet.superuser(database, statement)?;
        }
        let sessions = fleet.sessions(&situation.sessions, situation.copies)?;
        std::thread::sleep(Duration::from_secs(situation.wait));
        let mut asked = Vec::new();
        for tool in TOOLS {
            let at = match situation.on {
                Server::Primary => fleet.address(),
                Server::Standby => address_of(&fleet.standby),
                Server::Silent => silent.clone(),
            };
            asked.push(match (tool, &situation.call.exporter) {
                (Tool::Exporter, Some(series)) => {
                    let metrics = if situation.on == Server::Primary {
                        exporter.scrape()?
                    } else {
                        tools.exporter(&at, "watch", &[])?.scrape()?
                    };
                    situation.judge(tool, series.rule(), series.judge(&metrics))
                }
                _ => match situation.call.plugin(tool) {
                    Some(call) => {
                        let login = if tool == Tool::Posemo { "posemo" } else { "watch" };
                        let answer = tools.ask(&tools.words(tool, call, &at, login))?;
                        situation.judge(tool, call.to_owned(), answer)
                    }
                    None => {
                        Asked { tool, call: String::new(), answer: None, verdict: Verdict::NoCheck }
                    }
                },
            });
        }
        drop(sessions);
        for statement in &situation.undo {
            fleet.superuser(database, statement)?;
        }
        results.push((situation, asked));
    }
    Ok(results)
}

impl Situation {
    /// Replaces what is in braces, but for `{login}`, which also shows that a call has its own connection options.
    fn fill_in(&mut self, fleet: &Fleet) {
        let (primary, standby) = (fleet.address(), address_of(&fleet.standby));
        let major = fleet.primary.major().to_string();
        let fill = |text: &mut String| {
            *text = text.replace("{primary}", &primary.host).replace("{standby}", &standby.host);
            *text = text.replace("{major}", &major);
        };
        fill(&mut self.what);
        let calls =
            [&mut self.call.check_postgres, &mut self.call.check_pgactivity, &mut self.call.posemo];
        calls.into_iter().flatten().for_each(fill);
    }

    fn judge(&self, tool: Tool, call: String, mut answer: Answer) -> Asked {
        let right = if tool == Tool::Exporter {
            match answer.state.as_str() {
                "alarm" => self.right.iter().any(|state| state != "OK" && state != "UNKNOWN"),
                "no alarm" => self.right.iter().any(|state| state == "OK"),
                _ => false,
            }
        } else {
            self.right.contains(&answer.state)
        };
        // The lines of metrics are quoted; only a line of its own would be forged.
        let count = if tool == Tool::Exporter { 1 } else { self.forged.len() };
        let found = self.forged.iter().take(count).find_map(|text| answer.text.find(text));
        let forged = found.is_some();
        if let Some(at) = found {
            let start = answer.text[..at].char_indices().rev().nth(30).map_or(0, |(at, _)| at);
            answer.text = format!("… {}", &answer.text[start..]);
        }
        let verdict = match (right && !forged, answer.state.as_str()) {
            (true, _) => Verdict::Right,
            (false, "UNKNOWN" | "no answer") => Verdict::Unknown,
            (false, _) => Verdict::Wrong,
        };
        Asked { tool, call, answer: Some(answer), verdict }
    }
}
