//! `posemo demo`: a throw-away server with problems made on purpose, installed, checked, shown, removed.
//!
//! It touches no server but its own.

use std::fmt;
use std::io::Write;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::run::{conduct, formats, limits, options};
use super::{Common, Screen, apply, sources};
use crate::catalog::server_version::ServerVersion;
use crate::cluster::{self, Cluster};
use crate::database::parameters::{Environment, Parameters};
use crate::database::{Purpose, Session};
use crate::finding::report::Report;
use crate::install::{self, Options};
use crate::output::Format;
use crate::run::Job;
use crate::settings::Settings;
use crate::settings::target::Target;

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
pub(super) struct Demo {
    /// The format
    #[arg(short, long, value_name = "FORMAT", default_value = "table", value_parser = formats())]
    output: Format,
    /// Leave the server running, and say how to reach and to stop it
    #[arg(long)]
    keep: bool,
}

/// Each with the sentence that announces it. The last ones are in the database `shop`.
const PROBLEMS: [(&str, &str); 4] = [
    ("a second superuser who may log in", "CREATE ROLE intern LOGIN SUPERUSER PASSWORD 'summer'"),
    (
        "a role whose password is stored as MD5",
        "SET password_encryption = 'md5'; CREATE ROLE legacy_app LOGIN PASSWORD 'legacy'; RESET password_encryption",
    ),
    ("a database named shop", "CREATE DATABASE shop"),
    ("an archive command that fails", "SELECT pg_catalog.pg_switch_wal()"),
];

const PROBLEMS_OF_THE_SHOP: [(&str, &str); 1] = [(
    "a sequence that has used up 9,700 of 10,000 numbers",
    "CREATE SEQUENCE public.order_number MAXVALUE 10000; SELECT pg_catalog.setval('public.order_number', 9700)",
)];

pub(super) fn demo(command: &Demo, common: &Common, screen: &mut Screen<'_>) -> anyhow::Result<u8> {
    let settings =
        [("archive_mode", "on"), ("archive_command", "false"), ("max_connections", "20")];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let talks = command.output == Format::Table && !common.quiet;
    let say = |out: &mut dyn Write, words: fmt::Arguments<'_>| {
        if talks { writeln!(out, "{words}") } else { Ok(()) }
    };
    let cluster = Cluster::start(&cluster::Options { settings, ..cluster::Options::default() })?;
    say(
        screen.out,
        format_args!(
            "A PostgreSQL {} of its own, in {}",
            cluster.version(),
            cluster.socket().display()
        ),
    )?;
    for (problem, _) in PROBLEMS.iter().chain(&PROBLEMS_OF_THE_SHOP) {
        say(screen.out, format_args!("  made on purpose: {problem}"))?;
    }
    let runtime = sources::runtime()?;
    let changes = runtime.block_on(prepare(&cluster, common))?;
    drop(runtime);
    say(
        screen.out,
        format_args!(
            "Installed, as superuser, once: {changes} changes. Checked, as role posemo:\n"
        ),
    )?;
    screen.out.flush()?;
    let report = check(&cluster, common)?;
    command.output.write(&report, &options(common, screen), screen.out)?;
    say(screen.out, format_args!("{NEXT}"))?;
    if command.keep {
        let (socket, port) = (cluster.socket().display().to_string(), cluster.port());
        let kept = cluster.keep()?;
        // On standard error, so that a report in another format stays whole.
        writeln!(screen.err, "The server is left running (process {}). To look again:", kept.pid)?;
        writeln!(screen.err, "  posemo run -H {socket} -p {port}")?;
        writeln!(screen.err, "To stop and remove it:\n  {}", kept.stop)?;
    } else {
        cluster.stop()?;
    }
    Ok(0)
}

const NEXT: &str = "
For a server of your own:
  posemo install -H HOST -U postgres --all-databases   once, as superuser; --print shows the whole script first
  psql -H HOST -U postgres -c '\\password posemo'        and the same password into the monitor's ~/.pgpass
  posemo run -H HOST                                    from any machine, as role posemo
  posemo explain sequence_usage                         what a check watches, why, what to do";

/// Makes the problems, and installs.
async fn prepare(cluster: &Cluster, common: &Common) -> anyhow::Result<usize> {
    let parameters = parameters(cluster, "postgres", "postgres")?;
    let session = Session::open(&parameters, Purpose::Install).await?;
    for (_, sql) in PROBLEMS {
        session.apply(sql).await?;
    }
    let shop = Session::open(&parameters.with_database("shop"), Purpose::Install).await?;
    for (_, sql) in PROBLEMS_OF_THE_SHOP {
        shop.apply(sql).await?;
    }
    let number = session.ask("SELECT pg_catalog.current_setting('server_version_num')").await?;
    let number =
        number.into_iter().flatten().next().and_then(|text| text.parse().ok()).unwrap_or_default();
    let options = Options { databases: vec!["shop".to_owned()], ..Options::default() };
    let checks = sources::catalog(common)?.checks()?;
    let script = install::script(&checks, &options, ServerVersion::from_num(number))?;
    let done = apply::apply(&parameters, &script, false).await?;
    // The archiver tries on its own time.
    let patience = Instant::now() + Duration::from_secs(10);
    while Instant::now() < patience
        && !session.holds("(SELECT failed_count > 0 FROM pg_catalog.pg_stat_archiver)").await?
    {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(done.changes.len())
}

/// Runs all checks, as the monitor.
fn check(cluster: &Cluster, common: &Common) -> anyhow::Result<Report> {
    let checks: Vec<_> = sources::catalog(common)?.checks()?.into_iter().map(Rc::new).collect();
    let keywords = keywords(cluster, "posemo", "posemo");
    let target = Target { name: "demo".to_owned(), keywords, ..Target::default() };
    let job = Job::new(&Settings::default(), &target, &checks, &Environment::silent())?;
    conduct(&[job], limits(Duration::from_secs(30), 1), true)
}

fn keywords(cluster: &Cluster, user: &str, database: &str) -> Vec<(String, String)> {
    let socket = cluster.socket().display().to_string();
    let port = cluster.port().to_string();
    let given = [("host", socket.as_str()), ("port", &port), ("user", user), ("dbname", database)];
    given.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec()
}

fn parameters(cluster: &Cluster, user: &str, database: &str) -> anyhow::Result<Parameters> {
    Ok(Parameters::resolve(&keywords(cluster, user, database), &[], &Environment::silent())?)
}
