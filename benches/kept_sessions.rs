//! The time of repeated sweeps over sessions that stay open, against the first sweep, which connects.
//!
//! `cargo bench --bench kept_sessions -- HOST PORT`, with an installation on that server. `bin/bench` runs it.

use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

use posemo::catalog::Catalog;
use posemo::database::parameters::Environment;
use posemo::run::Limits;
use posemo::run::job::Job;
use posemo::run::runner::{Keep, Runner};
use posemo::settings::Settings;
use posemo::settings::target::Target;

const ROUNDS: usize = 15;

/// What `posemo serve` keeps for a target.
const KEEP: Keep = Keep { age: Duration::from_secs(3600), most: 4 };

#[expect(clippy::print_stdout, reason = "its result")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let (Some(host), Some(port), None) = (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err("arguments: HOST PORT".into());
    };
    let checks = Catalog::embedded().checks()?.into_iter();
    let checks = checks.filter(|check| check.document.is_none() && check.by_default);
    let checks: Vec<_> = checks.map(Rc::new).collect();
    let keywords = [("host", host), ("port", port)];
    let target = Target {
        name: "bench".to_owned(),
        keywords: keywords.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        ..Target::default()
    };
    let job = Job::new(&Settings::default(), &target, &checks, &Environment::silent())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let program = PathBuf::from(std::env::var("POSEMO").unwrap_or_else(|_| "posemo".to_owned()));
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let runner =
            Runner::new(Limits::within(Duration::from_secs(60), 1), program.clone()).keeping(KEEP);
        let sweep = || -> Result<f64, String> {
            let began = Instant::now();
            let report = runtime.block_on(runner.sweep(&job));
            report.error.map_or(Ok(began.elapsed().as_secs_f64() * 1e3), Err)
        };
        // The workers for scripts start in the first sweep too.
        times.push((sweep()?, sweep()?, sweep()?));
        runner.close();
    }
    times.sort_by(|one, other| (one.1 / one.0).total_cmp(&(other.1 / other.0)));
    let (first, second, third) = times[ROUNDS / 2];
    println!(
        "repeated sweep over kept sessions: {:.2} of the first ({ROUNDS} rounds; in that round {first:.0} ms, then {second:.0} ms and {third:.0} ms)",
        second / first
    );
    Ok(())
}
