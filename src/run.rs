//! The conductor: targets × checks → one report.
//!
//! It is the only place that holds a session and a judge at once, and the only one that reads the clock.
//! An error is a finding here: whatever goes wrong with one check or target ends no other.

use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use tokio::time::Instant;

use crate::catalog::check::Check;
use crate::database::parameters::{Environment, Parameters};
use crate::finding::report::{Report, TargetReport};
use crate::settings::Settings;
use crate::settings::error::SettingsError;
use crate::settings::orders::Orders;
use crate::settings::target::Target;
use judge::Judge;

mod ask;
mod bench;
mod judge;
mod sweep;
mod trouble;

/// posemo's schema, where nobody says otherwise.
pub const SCHEMA: &str = "posemo";

/// How long things may take, and how many are done at once.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// From the first packet to being let in.
    pub connect: Duration,
    /// One statement, on the server.
    pub statement: Duration,
    /// Everything about one target.
    pub sweep: Duration,
    /// Targets at a time.
    pub jobs: usize,
}

/// What is to be done with one target.
#[derive(Debug)]
pub struct Job {
    /// What the target is called in the report.
    pub name: String,
    /// How it is reached, or why that is not known.
    pub parameters: Result<Parameters, String>,
    /// posemo's schema there.
    pub schema: String,
    /// The checks, with the orders in force.
    pub checks: Vec<(Rc<Check>, Orders)>,
}

impl Job {
    /// Looks up how a target is reached and what holds for the checks there; those that are not enabled
    /// are left out.
    pub fn new(
        settings: &Settings,
        target: &Target,
        checks: &[Rc<Check>],
        environment: &Environment,
    ) -> Result<Job, SettingsError> {
        let parameters = Parameters::resolve(
            &target.keywords,
            &[("user", "posemo"), ("dbname", "posemo")],
            environment,
        );
        let mut ordered = Vec::with_capacity(checks.len());
        for check in checks {
            let orders = settings.orders(check, target)?;
            if orders.enabled {
                ordered.push((Rc::clone(check), orders));
            }
        }
        Ok(Job {
            name: target.name.clone(),
            parameters: parameters.map_err(|error| error.to_string()),
            schema: target.schema.clone().unwrap_or_else(|| SCHEMA.to_owned()),
            checks: ordered,
        })
    }
}

/// Runs all jobs, and says after each how many are done. `program` is this program, to be started again
/// as the worker that judges scripts.
pub async fn run(
    jobs: &[Job],
    limits: Limits,
    program: &Path,
    mut done: impl FnMut(usize),
) -> Report {
    let (started, began) = (jiff::Timestamp::now(), Instant::now());
    let scripted = |job: &Job| job.checks.iter().any(|(check, _)| check.script.is_some());
    let judge = Judge::new();
    let mut reports: Vec<Option<TargetReport>> = jobs.iter().map(|_| None).collect();
    let sweeps = jobs.iter().enumerate().map(|(index, job)| {
        let judge = &judge;
        async move { (index, sweep::sweep(job, limits, judge).await) }
    });
    let mut finished = stream::iter(sweeps).buffer_unordered(limits.jobs.max(1));
    let mut count = 0;
    let sweeping = async {
        while let Some((index, report)) = finished.next().await {
            reports[index] = Some(report);
            count += 1;
            done(count);
        }
    };
    // The first packets go out, and while the servers work on them the worker is started.
    let starting = async {
        if jobs.iter().any(scripted) {
            judge.start(program).await;
        }
    };
    tokio::join!(sweeping, starting);
    drop(finished);
    judge.dismiss();
    Report { started, duration: began.elapsed(), targets: reports.into_iter().flatten().collect() }
}
