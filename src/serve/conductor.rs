//! The conductor: starts the sweeps that are due, takes their results in, and carries orders out.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

use super::delivery::Deliveries;
use super::error::StartError;
use super::fleet::Fleet;
use super::held::HeldSilences;
use super::notify::{Notifier, watchdog};
use super::open_files;
use super::options::{Load, ServeOptions};
use super::swept::Swept;
use super::waiting::WaitingOrder;
use super::watched::Watched;
use crate::board::order::Order;
use crate::board::{Board, ReloadBoard};
use crate::finding::report::{Report, TargetReport};
use crate::history::act_kind::ActKind;
use crate::history::change::changes;
use crate::history::collector::MeasuredValues;
use crate::history::marks::POSEMO;
use crate::history::recorder::Recorder;
use crate::run::Limits;
use crate::run::lanes::Lanes;
use crate::run::runner::Runner;
use crate::schedule::agenda::Agenda;
use crate::settings::history::HistorySettings;
use crate::settings::serve::listen::ListenAddress;
use crate::web::WebState;

/// The conductor wakes at least this often, so that it can be seen to be alive.
const TICK: Duration = Duration::from_secs(1);

/// Sweeps may end within this time after a signal to stop.
const GRACE: Duration = Duration::from_secs(10);

/// If the clock moves by this much more or less than time passes, it was set.
const JUMP: Duration = Duration::from_secs(30);

/// Runs the checks.
pub(super) struct Conductor {
    pub(super) fleet: Fleet,
    pub(super) agenda: Agenda,
    pub(super) board: Arc<Board>,
    pub(super) runner: Rc<Runner>,
    pub(super) waiting: Vec<WaitingOrder>,
    /// One sweep of a server at a time.
    pub(super) servers: HashMap<String, Rc<Semaphore>>,
    sweeps: JoinSet<EndedSweep>,
    running: HashMap<Id, RunningSweep>,
    /// Runs of servers that are not in the settings.
    pub(super) probes: JoinSet<()>,
    pub(super) silences: HeldSilences,
    pub(super) deliveries: Deliveries,
    pub(super) recorder: Option<Recorder>,
    /// Wakes the conductor when the node has news.
    news: Arc<Notify>,
    /// The targets that the node gives back when their sweep has ended.
    pub(super) leaving: BTreeSet<String>,
    web: Arc<WebState>,
    /// Where the HTTP server listens.
    address: ListenAddress,
    load: Rc<Load>,
    probe_only: bool,
    /// The number of reloads. A sweep that began before a reload has no turn.
    generation: u64,
    notifier: Notifier,
    missed: u64,
    /// The maintenance windows that are open, and their ends.
    pub(super) windows: BTreeMap<String, Timestamp>,
}

struct RunningSweep {
    generation: u64,
    tenure: u64,
    target: String,
    checks: Vec<String>,
}

/// What a sweep found, and when it began: after it had waited for the server.
struct EndedSweep {
    started: Timestamp,
    took: Duration,
    report: TargetReport,
}

impl Conductor {
    /// A conductor for these settings.
    pub(super) fn new(
        options: &ServeOptions,
        fleet: Fleet,
        history: &HistorySettings,
        board: Arc<Board>,
        (web, address): (Arc<WebState>, ListenAddress),
    ) -> Result<Conductor, StartError> {
        if fleet.targets.is_empty() && !options.probe_only {
            return Err(StartError::NoTargets);
        }
        let serve = &fleet.settings;
        let limits = Limits::within(serve.timeout, serve.jobs);
        let lanes = Lanes::new(serve.connecting, serve.jobs);
        let runner = Runner::new(limits, options.program.clone())
            .keeping(open_files::sessions())
            .within(lanes);
        let mut conductor = Conductor {
            agenda: Agenda::default(),
            fleet,
            board,
            runner: Rc::new(runner),
            waiting: Vec::new(),
            servers: HashMap::new(),
            sweeps: JoinSet::new(),
            running: HashMap::new(),
            probes: JoinSet::new(),
            silences: HeldSilences::default(),
            deliveries: Deliveries::default(),
            recorder: None,
            news: Arc::default(),
            leaving: BTreeSet::new(),
            web,
            address,
            load: Rc::clone(&options.load),
            probe_only: options.probe_only,
            generation: 0,
            notifier: Notifier::of_process(),
            missed: 0,
            windows: BTreeMap::new(),
        };
        if !options.probe_only {
            let node = (&conductor.address, &conductor.news);
            let silences = &mut conductor.silences;
            conductor.recorder = conductor.fleet.open_history(history, silences, node)?;
        }
        let agenda = conductor.fleet.agenda(Timestamp::now(), None);
        let before = conductor.fleet.checks_of_history();
        conductor.begin(agenda)?;
        conductor.rules_act(ActKind::Start, POSEMO, &before);
        Ok(conductor)
    }

    /// The number of targets.
    pub(super) fn targets(&self) -> usize {
        self.fleet.targets.len()
    }

    /// Begins with a new fleet: its agenda, its places on the board and its receivers.
    fn begin(&mut self, agenda: Agenda) -> Result<(), StartError> {
        let now = Timestamp::now();
        self.agenda = agenda;
        self.begin_as_node();
        let silences = &self.silences;
        let boards = self.fleet.targets.iter_mut().map(|watched| {
            let mut board = watched.board();
            board.quieten(silences.all().iter(), now);
            board
        });
        self.board.set_targets(boards.collect());
        self.board.set_silences(silences.all().to_vec());
        let receivers = if self.probe_only { Vec::new() } else { self.fleet.receivers.clone() };
        self.deliveries.replace(receivers, &self.board)?;
        self.announce_targets();
        self.board.set_reload(ReloadBoard { read: Some(now), error: None });
        self.board.awake(now, self.missed);
        Ok(())
    }

    /// Runs until a signal to stop.
    pub(super) async fn run(
        &mut self,
        mut orders: mpsc::Receiver<Order>,
    ) -> Result<(), StartError> {
        let on = |kind| signal(kind).map_err(StartError::Start);
        let mut stop = (on(SignalKind::terminate())?, on(SignalKind::interrupt())?);
        let mut hangup = on(SignalKind::hangup())?;
        let (mut fed, mut ticked) = (Instant::now(), Instant::now());
        let feed = watchdog();
        let mut clock = (Instant::now(), Timestamp::now());
        self.notifier.send("READY=1");
        loop {
            let now = Timestamp::now();
            self.follow_clock(&mut clock, now);
            // Without a schedule, only what was requested runs: it is due since ever.
            let due = if self.probe_only { Timestamp::MIN } else { now };
            while let Some((target, _, checks)) = self.agenda.start(due) {
                self.start(target, &checks);
            }
            // However many results and orders arrive.
            if ticked.elapsed() >= TICK {
                self.tick();
                ticked = Instant::now();
            }
            if feed.is_some_and(|interval| fed.elapsed() >= interval.min(TICK)) {
                self.notifier.send("WATCHDOG=1");
                fed = Instant::now();
            }
            let until = self.agenda.next().map_or(TICK, |next| {
                Duration::try_from(next.duration_since(now)).unwrap_or_default().min(TICK)
            });
            let until = if self.probe_only { TICK } else { until };
            tokio::select! {
                Some(done) = self.sweeps.join_next_with_id() => self.finish(done),
                Some(_) = self.probes.join_next() => self.forget_servers(),
                Some(order) = orders.recv() => self.order(order),
                () = self.news.notified() => self.take_news(),
                _ = hangup.recv() => { let _ = self.reload("signal"); }
                () = stopped(&mut stop) => break,
                () = tokio::time::sleep(until) => {}
            }
        }
        self.end(&mut stop).await;
        Ok(())
    }

    fn tick(&mut self) {
        self.waiting.retain(|waiting| !waiting.is_given_up());
        let targets = 0..self.fleet.targets.len();
        let missed = targets.map(|target| self.agenda.turns(target).missed()).sum::<u64>();
        let now = Timestamp::now();
        self.board.awake(now, self.missed + missed);
        self.take_news();
        self.turn_silences(now);
        self.windows_act();
        if let Some(recorder) = &self.recorder {
            self.board.set_history(recorder.state());
        }
    }

    /// Plans again after the clock was set.
    fn follow_clock(&mut self, clock: &mut (Instant, Timestamp), now: Timestamp) {
        let passed = clock.0.elapsed();
        let expected = clock.1.checked_add(passed).unwrap_or(now);
        if now.duration_since(expected).unsigned_abs() > JUMP {
            tracing::warn!("the clock was set from {expected} to {now}");
            self.agenda.replan(now);
            // How long a counter took to grow is not known.
            self.fleet.targets.iter_mut().for_each(Watched::forget_rates);
        }
        *clock = (Instant::now(), now);
    }

    /// Starts a sweep.
    fn start(&mut self, target: usize, checks: &[usize]) {
        let watched = &self.fleet.targets[target];
        let tenure = watched.tenure();
        let mut job = watched.job.with_checks(checks);
        job.slow = watched.is_slow();
        let names = job.planned().map(|planned| planned.check.name.clone()).collect();
        let server = self.server(&job);
        let runner = Rc::clone(&self.runner);
        let generation = self.generation;
        let running = RunningSweep { generation, tenure, target: job.name.clone(), checks: names };
        let task = self.sweeps.spawn_local(async move {
            let _one = server.acquire().await;
            let (started, began) = (Timestamp::now(), Instant::now());
            let report = Box::pin(runner.sweep(&job)).await;
            EndedSweep { started, took: began.elapsed(), report }
        });
        self.running.insert(task.id(), running);
    }

    /// Takes the result of a sweep in.
    fn finish(&mut self, done: Result<(Id, EndedSweep), JoinError>) {
        let (id, result) = match done {
            Ok((id, result)) => (id, Some(result)),
            Err(error) => (error.id(), None),
        };
        let Some(running) = self.running.remove(&id) else { return };
        let RunningSweep { generation, tenure, target, checks } = running;
        let now = Timestamp::now();
        let EndedSweep { started, took, report } = result.unwrap_or_else(|| {
            let error = Some("internal error; please report it".to_owned());
            let report = TargetReport { target: target.clone(), error, ..TargetReport::default() };
            EndedSweep { started: now, took: Duration::ZERO, report }
        });
        // The target may have been removed by a reload.
        let Some(position) = self.fleet.position(&target) else { return };
        let watched = &mut self.fleet.targets[position];
        // Another node may have watched it since.
        if watched.tenure() != tenure {
            return;
        }
        let positions = checks.iter().filter_map(|check| watched.position(check)).collect();
        if let Some(recorder) = &self.recorder {
            recorder.measure(MeasuredValues::new(&target, now, &report.checks));
        }
        let swept = Swept { checks: positions, started, took, report };
        let ended = watched.count_runs(&swept);
        let before = TargetReport { checks: watched.known(), ..watched.report().clone() };
        let taken = watched.take_in(swept, now);
        if let Some(recorder) = &self.recorder {
            recorder.record(changes(&before, watched.report(), started));
            if let Some(day) = ended {
                recorder.save_runs(&target, day);
            }
            if taken.save || watched.is_unsaved(now) {
                self.save(position, now);
            }
        }
        if generation == self.generation {
            self.agenda.finish(position, now, &taken.outcome);
        }
        let turns = self.agenda.turns(position);
        let watched = &mut self.fleet.targets[position];
        let mut shown = watched.shown(turns.due(), turns.missed());
        shown.quieten(self.silences.all().iter(), now);
        if taken.deliver {
            let targets = vec![shown.report.clone()];
            self.deliveries.push(&Report { started, duration: took, targets });
        }
        self.board.set(shown);
        if taken.changed {
            self.deliveries.changed();
        }
        self.answer(&target, &checks);
    }

    /// Reads the settings again. After a mistake, the old ones remain in force.
    pub(super) fn reload(&mut self, by: &str) -> Result<(), String> {
        self.notifier.reloading();
        let watched = self.fleet.watched_checks();
        let loaded = (self.load)().and_then(Fleet::new);
        let loaded = loaded.and_then(|fleet| {
            let empty = fleet.targets.is_empty() && !self.probe_only;
            if empty {
                return Err(StartError::NoTargets.to_string());
            }
            // The address remains that of the start, and must not lose its logins.
            fleet.settings.may_listen(&self.address).map(|()| fleet)
        });
        let result = loaded.and_then(|mut fleet| {
            let missed = (0..self.targets()).map(|target| self.agenda.turns(target).missed());
            self.missed += missed.sum::<u64>();
            let agenda = fleet.agenda(Timestamp::now(), Some((&self.fleet, &self.agenda)));
            std::mem::swap(&mut self.fleet, &mut fleet);
            self.fleet.remember(fleet);
            self.generation += 1;
            self.forget_servers();
            self.web.set_rules(self.fleet.rules());
            self.begin(agenda).map_err(|error| error.to_string())?;
            self.ask_again();
            Ok(())
        });
        match &result {
            Ok(()) => {
                tracing::info!(by, "settings read again: {} targets", self.targets());
                self.rules_act(ActKind::Reload, by, &watched);
            }
            Err(error) => {
                tracing::error!(by, "the settings remain as they were: {error}");
                let read = self.board.reload().read;
                self.board.set_reload(ReloadBoard { read, error: Some(error.clone()) });
                self.act(ActKind::Reload, by, &format!("failed: {error}"));
            }
        }
        self.notifier.send("READY=1");
        result
    }

    /// Lets sweeps end, and passes their results on.
    async fn end(&mut self, stop: &mut (Signal, Signal)) {
        self.notifier.send("STOPPING=1");
        let ending = async {
            while let Some(done) = self.sweeps.join_next_with_id().await {
                self.finish(done);
            }
            self.deliveries.changed();
            tokio::time::sleep(TICK).await;
            self.deliveries.stop();
            while self.deliveries.waiting() > 0 {
                tokio::time::sleep(TICK / 10).await;
            }
        };
        tokio::select! {
            () = ending => {}
            () = tokio::time::sleep(GRACE) => tracing::warn!("not everything ended within 10 s"),
            () = stopped(stop) => tracing::warn!("stopped at once by a second signal"),
        }
        (0..self.targets()).for_each(|position| self.save(position, Timestamp::now()));
        self.act(ActKind::Stop, POSEMO, "");
        if self.recorder.as_mut().is_some_and(|recorder| !recorder.stop()) {
            tracing::error!("the history was not written completely");
        }
    }
}

async fn stopped((terminate, interrupt): &mut (Signal, Signal)) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
