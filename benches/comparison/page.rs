//! The generated parts of docs/comparison.md, between their marks.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use posemo::text::visible::{truncated, visible};

use super::rights::{Answered, LOGINS, Rights};
use super::servers::{Fleet, address_of};
use super::situations::{Asked, Situation, Verdict};
use super::timing::{Cost, Costs};
use super::tools::{TOOLS, Tool, Tools};
use super::{Outcome, Questions};

const PAGE: &str = "docs/comparison.md";

/// All that was measured.
pub(crate) struct Parts {
    pub(crate) tools: Tools,
    pub(crate) fleet: Fleet,
    pub(crate) questions: Questions,
    pub(crate) rights: Rights,
    pub(crate) times: Costs,
    pub(crate) situations: Vec<(Situation, Vec<Asked>)>,
}

/// Replaces the generated parts of the page.
pub(crate) fn write(parts: &Parts) -> Outcome<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let mut page = fs::read_to_string(&path)?;
    for (name, text) in [
        ("short", short(parts)),
        ("summary", summary(&parts.situations)),
        ("situations", situations(parts)),
        ("rights", rights(&parts.rights)),
        ("acts", acts(&parts.rights)),
        ("times", times(&parts.times)),
        ("questions", questions(&parts.questions)),
        ("measured", measured(parts)?),
    ] {
        let (begin, end) =
            (format!("<!-- {name}: generated -->\n"), format!("<!-- end of {name} -->\n"));
        let found = page.split_once(&begin).and_then(|(before, rest)| {
            rest.split_once(&end).map(|(_, after)| format!("{before}{begin}{text}{end}{after}"))
        });
        page = found.ok_or_else(|| format!("{PAGE} has no part {name}"))?;
    }
    Ok(fs::write(&path, page)?)
}

/// A text without the directories of this run.
fn without_directories(parts: &Parts, text: &str) -> String {
    let program = parts.tools.program(Tool::CheckPgactivity).display().to_string();
    let hosts = [(&parts.fleet.primary, "PRIMARY"), (&parts.fleet.standby, "STANDBY")];
    let text = text.replace(&program, "check_pgactivity");
    hosts
        .into_iter()
        .fold(text, |text, (server, name)| text.replace(&address_of(server).host, name))
}

/// A text from outside as code in a table.
fn code(text: &str, most: usize) -> String {
    let text = visible(text).replace('`', "'");
    if text.is_empty() {
        String::new()
    } else {
        format!("`{}`", truncated(&text, most).replace('|', "\\|"))
    }
}

/// The verdicts of each tool, counted.
fn counts(situations: &[(Situation, Vec<Asked>)], tool: Tool) -> [usize; 4] {
    [Verdict::Right, Verdict::Wrong, Verdict::Unknown, Verdict::NoCheck].map(|verdict| {
        let asked = situations.iter().flat_map(|(_, asked)| asked);
        asked.filter(|asked| asked.tool == tool && asked.verdict == verdict).count()
    })
}

fn short(parts: &Parts) -> String {
    let mut text = String::from(
        "| | posemo | check_postgres | check_pgactivity | postgres_exporter |\n|---|---|---|---|---|\n",
    );
    let counted: BTreeMap<Tool, _> =
        TOOLS.into_iter().map(|tool| (tool, counts(&parts.situations, tool))).collect();
    let mut row = |what: &str, cell: &dyn Fn(Tool) -> String| {
        let cells = TOOLS.map(cell).join(" | ");
        writeln!(text, "| {what} | {cells} |").expect("a String takes everything");
    };
    let all = parts.situations.len();
    for (place, verdict) in ["right", "wrong", "unknown", "no check for it"].into_iter().enumerate()
    {
        row(&format!("{all} situations: {verdict}"), &|tool| counted[&tool][place].to_string());
    }
    let login = |tool: Tool| if tool == Tool::Posemo { "posemo" } else { "watch" };
    row("login", &|tool| {
        LOGINS.iter().find(|(name, _)| *name == login(tool)).map_or("", |(_, kind)| kind).to_owned()
    });
    row("what this login can do that an ordinary one cannot", &|tool| {
        let place =
            |name: &str| LOGINS.iter().position(|(login, _)| *login == name).unwrap_or_default();
        let more = |(_, may): &&(&str, Vec<bool>)| may[place(login(tool))] && !may[place("plain")];
        let acts: Vec<&str> =
            parts.rights.acts.iter().filter(more).map(|(what, _)| *what).collect();
        if acts.is_empty() { "nothing of what was tried".to_owned() } else { acts.join("; ") }
    });
    let answered = |tool: Tool| {
        let mut answered = parts.rights.answered.iter();
        answered.find(|answered| answered.tool == tool && answered.login == login(tool))
    };
    let asked = parts.questions.question.len();
    let counts: [fn(&Answered) -> usize; 3] = [
        |answered| answered.right,
        |answered| answered.wrong.len(),
        |answered| answered.unknown.len(),
    ];
    let rows = ["right", "wrong", "unknown"].into_iter().zip(counts);
    for (what, count) in rows {
        row(&format!("{asked} questions with this login: {what}"), &|tool| {
            answered(tool).map_or_else(String::new, |answered| count(answered).to_string())
        });
    }
    let cost = |costs: &[Cost], tool: Tool| {
        let way = costs.iter().find(|cost| cost.way.starts_with(tool.name()));
        way.map_or_else(String::new, |cost| format!("{:.1}", cost.median()))
    };
    row("time of the questions that it answers, in two databases (1 = psql)", &|tool| {
        cost(&parts.times.few, tool)
    });
    row("the same, with fifty more databases", &|tool| cost(&parts.times.fifty, tool));
    text
}

fn summary(situations: &[(Situation, Vec<Asked>)]) -> String {
    let mut text = String::from(
        "| situation | posemo | check_postgres | check_pgactivity | postgres_exporter |\n|---|---|---|---|---|\n",
    );
    for (number, (situation, asked)) in situations.iter().enumerate() {
        let verdicts: Vec<&str> = asked.iter().map(|asked| asked.verdict.name()).collect();
        let _ = writeln!(text, "| {}. {} | {} |", number + 1, situation.name, verdicts.join(" | "));
    }
    text
}

fn situations(parts: &Parts) -> String {
    let clean = |text: &str| without_directories(parts, text);
    let mut text = String::new();
    for (number, (situation, asked)) in parts.situations.iter().enumerate() {
        let _ = writeln!(
            text,
            "\n### {}. {}\n\n{} Right: {}\n",
            number + 1,
            situation.name,
            situation.what,
            situation.rule
        );
        text.push_str("| tool | call | answer | judged |\n|---|---|---|---|\n");
        for asked in asked {
            let Some(answer) = &asked.answer else { continue };
            let line = if answer.state == "no answer" && answer.text.is_empty() {
                "stopped after 20 s"
            } else {
                &answer.text
            };
            let line = clean(&shortened(line));
            let state = if line.contains(&answer.state) {
                String::new()
            } else {
                format!("{}: ", answer.state)
            };
            let call = code(&clean(&asked.call.replace("{login}", "LOGIN")), 160);
            let _ = writeln!(
                text,
                "| {} | {call} | {state}{} | {} |",
                asked.tool.name(),
                code(&line, 170),
                asked.verdict.name()
            );
        }
        let without: Vec<&str> = asked
            .iter()
            .filter(|asked| asked.answer.is_none())
            .map(|asked| asked.tool.name())
            .collect();
        if !without.is_empty() {
            let _ = writeln!(text, "\nNo check for it: {}.", without.join(", "));
        }
    }
    text
}

/// The part of an answer that a person reads first: without performance data, and with further lines marked.
fn shortened(text: &str) -> String {
    let text = text.trim();
    let first = match text.split_once(" | ") {
        Some((first, _)) if !text.contains("forged=") => first,
        _ => text,
    };
    first.trim_end().to_owned()
}

fn rights(rights: &Rights) -> String {
    let mut text = String::from(
        "| tool | login | right | wrong, without a sign of it | unknown |\n|---|---|---|---|---|\n",
    );
    for answered in &rights.answered {
        let kind =
            LOGINS.iter().find(|(login, _)| *login == answered.login).map_or("", |(_, kind)| kind);
        let list = |names: &[String]| match names {
            [] => "0".to_owned(),
            names => format!("{}: {}", names.len(), names.join(" ")),
        };
        let _ = writeln!(
            text,
            "| {} | {kind} | {} | {} | {} |",
            answered.tool.name(),
            answered.right,
            list(&answered.wrong),
            list(&answered.unknown)
        );
    }
    text
}

fn acts(rights: &Rights) -> String {
    let kinds: Vec<&str> = LOGINS.iter().map(|(_, kind)| *kind).collect();
    let mut text =
        format!("| the login can | {} |\n|---|{}\n", kinds.join(" | "), "---|".repeat(kinds.len()));
    for (what, may) in &rights.acts {
        let cells: Vec<&str> = may.iter().map(|may| if *may { "**yes**" } else { "no" }).collect();
        let _ = writeln!(text, "| {what} | {} |", cells.join(" | "));
    }
    text
}

fn times(costs: &Costs) -> String {
    let mut text = String::new();
    for (title, costs) in [("Two databases", &costs.few), ("Fifty more databases", &costs.fifty)] {
        let _ = writeln!(
            text,
            "\n### {title}\n\n| way | questions | calls | time (1 = psql) | lowest to highest | CPU of the tool, ms | CPU of the server, ms | new connections | peak memory, MiB |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|"
        );
        for cost in costs {
            let (low, high) = (cost.ratios[0], cost.ratios[cost.ratios.len() - 1]);
            let _ = writeln!(
                text,
                "| {} | {} | {} | {:.1} | {low:.1} to {high:.1} | {:.0} | {:.0} | {:.0} | {:.1} |",
                cost.way,
                cost.questions,
                cost.calls,
                cost.median(),
                cost.cpu,
                cost.server_cpu,
                cost.connections,
                cost.memory
            );
        }
    }
    let _ = writeln!(text, "\n`psql -c 'select 1'` took {:.1} ms.", costs.psql);
    if load().parse::<f64>().is_ok_and(|load| load > 1.5) {
        text.push_str("\n**The machine was busy meanwhile: these times are not reliable.** The CPU times, connections and memory are.\n");
    }
    text
}

fn questions(questions: &Questions) -> String {
    let mut text = String::from(
        "| question | posemo check | check_postgres --action | check_pgactivity -s | a rule on postgres_exporter |\n|---|---|---|---|---|\n",
    );
    for question in &questions.question {
        let cell = |tool: Tool| match (question.call.plugin(tool), &question.call.exporter) {
            (Some(call), _) => code(call, 200),
            (None, Some(series)) if tool == Tool::Exporter => code(&series.rule(), 200),
            _ if question.same_call.iter().any(|name| name == tool.name()) => {
                "the call above".to_owned()
            }
            _ => "–".to_owned(),
        };
        let _ = writeln!(text, "| {} | {} |", question.what, TOOLS.map(cell).join(" | "));
    }
    text
}

/// The first line that a program prints.
fn first_line(command: &mut Command) -> Outcome<String> {
    let output = command.output()?;
    let text = [output.stdout, output.stderr].concat();
    Ok(String::from_utf8_lossy(&text).lines().next().unwrap_or_default().trim().to_owned())
}

/// The load of the last quarter of an hour.
fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').nth(2).unwrap_or_default().to_owned()
}

fn measured(parts: &Parts) -> Outcome<String> {
    let mut text = String::new();
    let day = first_line(Command::new("date").args(["-u", "+%F"]))?;
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let model = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = model.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let model = model.trim_start_matches(['\t', ' ', ':']);
    let _ = writeln!(
        text,
        "- Measured on {day}: {cores} cores ({model}), load of the last quarter of an hour {}.",
        load()
    );
    let _ =
        writeln!(text, "- PostgreSQL {}, through a Unix socket.", parts.fleet.primary.version());
    for tool in TOOLS {
        let version = first_line(
            parts
                .tools
                .shell()
                .args(["-c", "\"$0\" --version 2>&1"])
                .arg(parts.tools.program(tool)),
        )?;
        let version = version.split(" (branch").next().unwrap_or_default();
        let _ = writeln!(text, "- {}: {version}", tool.name());
    }
    Ok(text)
}
