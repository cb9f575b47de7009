//! What a login must be allowed to do for each tool to answer, and what it can read then.

use super::servers::Fleet;
use super::tools::{Answer, TOOLS, Tool, Tools};
use super::{Outcome, Question};

/// The logins, with what they are.
pub(crate) const LOGINS: [(&str, &str); 5] = [
    ("posemo", "role of posemo"),
    ("plain", "`LOGIN` only"),
    ("watch", "`pg_monitor`"),
    ("reader", "`pg_monitor`, `pg_read_all_data`"),
    ("boss", "superuser"),
];

/// What a login may do: a description, a database, and a statement that returns something if it may.
const ACTS: [(&str, &str, &str); 8] = [
    ("read the tables of an application", "shop", "SELECT note FROM vault.lines LIMIT 1"),
    (
        "read values of these tables in the statistics of the planner",
        "shop",
        "SELECT attname FROM pg_stats WHERE schemaname = 'vault' AND attname = 'note' LIMIT 1",
    ),
    (
        "change the tables of an application",
        "shop",
        "UPDATE vault.lines SET note = note WHERE id = 3 RETURNING 1",
    ),
    (
        "read the statements of other sessions",
        "postgres",
        "SELECT query FROM pg_stat_activity WHERE usename = 'clerk' AND query LIKE '%vault%' LIMIT 1",
    ),
    (
        "read the hashes of passwords",
        "postgres",
        "SELECT rolpassword FROM pg_authid WHERE rolpassword IS NOT NULL",
    ),
    (
        "read settings that can contain a password (`primary_conninfo`)",
        "postgres",
        "SELECT name FROM pg_settings WHERE name = 'primary_conninfo'",
    ),
    ("read files of the server", "postgres", "SELECT pg_read_file('PG_VERSION')"),
    ("run programs on the server", "postgres", "COPY (SELECT 1) TO PROGRAM 'true'; SELECT 1"),
];

/// How a tool answered the questions with a login.
pub(crate) struct Answered {
    pub(crate) tool: Tool,
    pub(crate) login: &'static str,
    pub(crate) right: usize,
    pub(crate) unknown: Vec<String>,
    /// Questions whose answer is OK, or no alarm, although there is a problem.
    pub(crate) wrong: Vec<String>,
}

/// The results.
pub(crate) struct Rights {
    pub(crate) answered: Vec<Answered>,
    /// What each login may do, in the order of [`LOGINS`].
    pub(crate) acts: Vec<(&'static str, Vec<bool>)>,
}

pub(crate) fn measure(fleet: &Fleet, tools: &Tools, questions: &[Question]) -> Outcome<Rights> {
    let mut answered = Vec::new();
    for tool in TOOLS {
        for (login, _) in LOGINS {
            if (tool == Tool::Posemo) == (login == "posemo") {
                answered.push(ask(fleet, tools, questions, tool, login)?);
            }
        }
    }
    let may = |(what, database, sql): (&'static str, &str, &str)| {
        let answers = LOGINS.map(|(login, _)| {
            let database =
                if login == "posemo" && database == "postgres" { "posemo" } else { database };
            fleet.ask(login, database, sql).is_ok_and(|answer| !answer.is_empty())
        });
        (what, answers.to_vec())
    };
    Ok(Rights { answered, acts: ACTS.map(may).into() })
}

fn ask(
    fleet: &Fleet,
    tools: &Tools,
    questions: &[Question],
    tool: Tool,
    login: &'static str,
) -> Outcome<Answered> {
    let mut answered = Answered { tool, login, right: 0, unknown: Vec::new(), wrong: Vec::new() };
    let metrics = match tool {
        Tool::Exporter => Some(tools.exporter(&fleet.address(), login, &[])?.scrape()?),
        _ => None,
    };
    for question in questions {
        let answer: Answer = match (&metrics, &question.call.exporter, question.call.plugin(tool)) {
            (Some(metrics), Some(series), _) => series.judge(metrics),
            (None, _, Some(call)) => {
                let words = tools.words(tool, call, &fleet.address(), login);
                if tool == Tool::CheckPgactivity && question.first_call {
                    tools.ask(&words)?;
                    fleet
                        .superuser("shop", "BEGIN; SELECT count(*) FROM vault.orders; ROLLBACK")?;
                    std::thread::sleep(std::time::Duration::from_millis(1500));
                }
                tools.ask(&words)?
            }
            _ => continue,
        };
        let name = question.what.clone();
        if answer.unknown() {
            answered.unknown.push(name);
        } else if answer.alarms() != question.healthy {
            answered.right += 1;
        } else {
            answered.wrong.push(name);
        }
    }
    Ok(answered)
}
