//! Time, CPU time, connections and memory of the same questions, in a server with few and with fifty databases.

use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use super::servers::{Address, Fleet, install, psql, ticks_of};
use super::tools::{Daemon, Tool, Tools};
use super::{Outcome, Question};

/// What one way to ask all questions costs.
pub(crate) struct Cost {
    pub(crate) way: &'static str,
    /// The questions that it answers.
    pub(crate) questions: usize,
    pub(crate) calls: usize,
    /// The wall time as a multiple of that of psql, from the lowest to the highest.
    pub(crate) ratios: Vec<f64>,
    /// Milliseconds of CPU time of the tool.
    pub(crate) cpu: f64,
    /// Milliseconds of CPU time of the server.
    pub(crate) server_cpu: f64,
    pub(crate) connections: f64,
    /// MiB of the largest process.
    pub(crate) memory: f64,
}

impl Cost {
    pub(crate) fn median(&self) -> f64 {
        self.ratios[self.ratios.len() / 2]
    }
}

/// The costs with few databases and with fifty more, and the time of psql in milliseconds.
pub(crate) struct Costs {
    pub(crate) few: Vec<Cost>,
    pub(crate) fifty: Vec<Cost>,
    pub(crate) psql: f64,
}

/// Milliseconds of a tick of /proc.
const TICK: f64 = 10.0;

/// Measures with a number of pairs for each way, and half of them with fifty more databases.
pub(crate) fn measure(
    fleet: &Fleet,
    tools: &Tools,
    questions: &[Question],
    pairs: usize,
) -> Outcome<Costs> {
    let few = ways(fleet, tools, questions, pairs, &[])?;
    for number in 1..=50 {
        fleet.superuser("postgres", &format!("CREATE DATABASE many_{number}"))?;
    }
    install(tools, &fleet.primary)?;
    let fifty = ways(fleet, tools, questions, pairs.div_ceil(2), &["--auto-discover-databases"])?;
    for number in 1..=50 {
        fleet.superuser("postgres", &format!("DROP DATABASE many_{number}"))?;
    }
    let mut times: Vec<f64> = (0..21).map(|_| baseline(fleet)).collect::<Outcome<_>>()?;
    times.sort_by(f64::total_cmp);
    Ok(Costs { few, fifty, psql: times[10] })
}

/// Each way to ask, with the options of the exporter.
fn ways(
    fleet: &Fleet,
    tools: &Tools,
    questions: &[Question],
    pairs: usize,
    options: &[&str],
) -> Outcome<Vec<Cost>> {
    let at = fleet.address();
    let listed = "SELECT string_agg(datname, ',') FROM pg_database WHERE datallowconn AND datname NOT IN ('posemo', 'template1')";
    let databases = fleet.superuser("postgres", listed)?;
    let script = |tool: Tool, login: &str| {
        let mut lines = Vec::new();
        for question in questions {
            let Some(call) = question.call.plugin(tool) else { continue };
            let mut words = tools.words(tool, call, &at, login);
            if tool == Tool::CheckPostgres && question.each_database {
                let database = words.last_mut().expect("the last word is the database");
                database.clone_from(&databases);
            }
            lines.push(words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" "));
        }
        (lines.len(), lines.join("\n"))
    };
    let names = questions.iter().filter_map(|question| question.call.posemo.as_deref());
    let names: Vec<&str> = names.filter_map(|call| call.split_whitespace().next()).collect();
    let posemo = format!("'{}'", tools.program(Tool::Posemo).display());
    let run = format!("{posemo} run --check {} -H '{}' -p {}", names.join(","), at.host, at.port);
    let count = |tool: Tool| {
        let answers = |question: &&Question| {
            question.call.plugin(tool).is_some()
                || question.same_call.iter().any(|name| name == tool.name())
                || (tool == Tool::Exporter && question.call.exporter.is_some())
        };
        questions.iter().filter(answers).count()
    };
    let mut costs = Vec::new();
    let mut measure = |way, questions, (calls, script): (usize, String), daemon| {
        costs.push(cost(fleet, tools, (way, questions, calls), &script, pairs, daemon)?);
        Outcome::Ok(())
    };
    measure("posemo, one `run`", 20, (1, run), None)?;
    measure("posemo, a `check` each", 20, script(Tool::Posemo, "posemo"), None)?;
    measure(
        "check_postgres",
        count(Tool::CheckPostgres),
        script(Tool::CheckPostgres, "watch"),
        None,
    )?;
    measure(
        "check_pgactivity",
        count(Tool::CheckPgactivity),
        script(Tool::CheckPgactivity, "watch"),
        None,
    )?;

    let settings = tempfile::tempdir()?;
    let probe = probe(tools, &at, settings.path())?;
    let checks: Vec<String> = names.iter().map(|name| format!("check={name}")).collect();
    let url = format!("http://127.0.0.1:{}/probe?target=shop&{}", probe.port, checks.join("&"));
    let scrape = format!("curl -sSf -m 20 '{url}'");
    measure("posemo `serve`, a scrape", 20, (1, scrape), Some(probe.child.id()))?;
    drop(probe);

    let exporter = tools.exporter(&at, "watch", options)?;
    let scrape = format!("curl -sSf -m 20 http://127.0.0.1:{}/metrics", exporter.port);
    measure(
        "postgres_exporter, a scrape",
        count(Tool::Exporter),
        (1, scrape),
        Some(exporter.child.id()),
    )?;
    Ok(costs)
}

fn cost(
    fleet: &Fleet,
    tools: &Tools,
    (way, questions, calls): (&'static str, usize, usize),
    script: &str,
    pairs: usize,
    daemon: Option<u32>,
) -> Outcome<Cost> {
    let mut shell = tools.shell();
    shell.arg("-c").arg(script).stdout(Stdio::null()).stderr(Stdio::null());
    let mut ratios = Vec::new();
    for pair in 0..=pairs {
        let began = Instant::now();
        shell.status()?;
        let taken = began.elapsed().as_secs_f64() * 1e3;
        let unit = baseline(fleet)?;
        // The first pair fills caches, and opens what a daemon keeps.
        if pair > 0 {
            ratios.push(taken / unit);
        }
    }
    ratios.sort_by(f64::total_cmp);
    let own = std::process::id();
    let ticks = || ticks_of(daemon.unwrap_or(own)) + daemon.map_or(0, workers);
    let (connected, server, client) = (fleet.connections()?, fleet.ticks()?, ticks());
    // Until the CPU time is many ticks.
    let mut rounds = 0;
    while rounds < 20 && ticks() - client < 50 {
        shell.status()?;
        rounds += 1;
    }
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let each = |ticks: u64| ticks as f64 / f64::from(rounds);
    let cpu = each(ticks() - client) * TICK;
    let server_cpu = each(fleet.ticks()?.saturating_sub(server)) * TICK;
    let connections = each((fleet.connections()? - connected) as u64);
    let memory = match daemon {
        Some(pid) => peak(pid),
        None => largest(tools, script)?,
    };
    Ok(Cost { way, questions, calls, ratios, cpu, server_cpu, connections, memory })
}

/// The CPU time of the processes that a daemon started.
fn workers(pid: u32) -> u64 {
    super::servers::children_of(pid).into_iter().map(ticks_of).sum()
}

/// Milliseconds of `psql -c 'select 1'`.
fn baseline(fleet: &Fleet) -> Outcome<f64> {
    let mut command = psql(&fleet.primary, "watch", "postgres");
    command.args(["-c", "select 1"]).stdout(Stdio::null());
    let began = Instant::now();
    command.status()?;
    Ok(began.elapsed().as_secs_f64() * 1e3)
}

/// The peak memory of a running process in MiB.
fn peak(pid: u32) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse().ok()).unwrap_or(f64::NAN) / 1024.0
}

/// The peak memory of the largest process of a script in MiB.
fn largest(tools: &Tools, script: &str) -> Outcome<f64> {
    let mut command = tools.shell();
    let timed = "exec 3>&2; /usr/bin/time -f %M -o /dev/fd/3 /bin/sh -c \"$1\" >/dev/null 2>&1";
    let output = command.args(["-c", timed, "sh", script]).output()?;
    let text = String::from_utf8_lossy(&output.stderr);
    let kib = text.lines().rev().find_map(|line| line.trim().parse::<f64>().ok());
    Ok(kib.ok_or("/usr/bin/time printed no memory: apt-get install time")? / 1024.0)
}

/// `posemo serve --probe-only` of the server. The directory has its settings.
fn probe(tools: &Tools, at: &Address, directory: &Path) -> Outcome<Daemon> {
    let port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    let file = directory.join("posemo.toml");
    let text = format!(
        "[targets.shop]\nhost = \"{}\"\nport = {}\n\n[serve]\nlisten = \"127.0.0.1:{port}\"\n",
        at.host, at.port
    );
    std::fs::write(&file, text)?;
    let mut posemo = tools.posemo();
    posemo.args(["serve", "--probe-only", "--config"]).arg(file);
    Daemon::start(posemo, port)
}
