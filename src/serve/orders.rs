//! Carries out orders: runs now, probes, reloads.

use std::rc::Rc;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::Semaphore;

use super::conductor::Conductor;
use super::fleet::address;
use super::probe;
use super::waiting::WaitingOrder;
use crate::board::order::{Order, OrderError};
use crate::history::act_kind::ActKind;
use crate::run::job::Job;
use crate::text::suggestion::suggestion;

/// The number of characters of an order in the history.
const LONGEST: usize = 500;

/// The number of runs of other servers at a time.
const PROBES: usize = 200;

impl Conductor {
    /// Carries out an order, or lets it wait.
    pub(super) fn order(&mut self, order: Order) {
        match order {
            Order::Run { target, checks, by, only_old, answer } => {
                if let Some(by) = by {
                    self.run_act(&by, &target, &checks);
                }
                match self.wanted(&target, &checks, only_old) {
                    Ok((position, wanted)) => {
                        if wanted.is_empty() {
                            let shown = self.board.target(&target);
                            let _ = answer.send(shown.ok_or_else(|| self.no_target(&target)));
                            return;
                        }
                        let names = self.fleet.targets[position].job.names();
                        let checks = wanted.iter().map(|check| names[*check].to_owned()).collect();
                        self.agenda.request(position, wanted);
                        self.waiting.push(WaitingOrder { target, checks, answer });
                    }
                    Err(error) => drop(answer.send(Err(error))),
                }
            }
            Order::Probe { name, address, checks, within, answer } => {
                if self.probes.len() >= PROBES {
                    let _ = answer.send(Err(OrderError::Busy));
                    return;
                }
                match probe::job(&self.fleet, &name, address, &checks) {
                    Ok(job) => {
                        let (runner, server) = (Rc::clone(&self.runner), self.server(&job));
                        self.probes.spawn_local(async move {
                            let sweep = async {
                                let _one = server.acquire().await;
                                Box::pin(runner.sweep(&job)).await
                            };
                            if let Ok(report) = tokio::time::timeout(within, sweep).await {
                                let _ = answer.send(Ok(report));
                            }
                        });
                    }
                    Err(error) => drop(answer.send(Err(error))),
                }
            }
            Order::Silence { scope, lasts, by, why, answer } => {
                drop(answer.send(self.add_silence(scope, lasts, by, why)));
            }
            Order::EndSilence { id, by, answer } => {
                drop(answer.send(self.end_silence(&id, &by)));
            }
            Order::Explain { check, target, answer } => {
                let wanted = target.as_deref().map(|name| {
                    self.fleet.position(name).map(|_| name).ok_or_else(|| self.no_target(name))
                });
                let notes = wanted.transpose().and_then(|target| self.fleet.notes(&check, target));
                drop(answer.send(notes.map(Box::new)));
            }
            Order::Windows { answer } => {
                drop(answer.send(self.fleet.planned_windows(Timestamp::now())));
            }
            Order::WrongLogins { from } => self.logins_act(&from),
            Order::Reload { by, answer } => drop(answer.send(self.reload(&by))),
        }
    }

    /// The turn of a server: the sweep that has its only place runs.
    pub(super) fn server(&mut self, job: &Job) -> Rc<Semaphore> {
        let new = || Rc::new(Semaphore::new(1));
        Rc::clone(self.servers.entry(address(job)).or_insert_with(new))
    }

    /// Forgets the servers on which no sweep runs or waits.
    pub(super) fn forget_servers(&mut self) {
        self.servers.retain(|_, server| Rc::strong_count(server) > 1);
    }

    /// Records that a user ordered a run.
    fn run_act(&self, by: &str, target: &str, checks: &[String]) {
        let checks = if checks.is_empty() { "all checks".to_owned() } else { checks.join(", ") };
        let target: String = target.chars().take(LONGEST).collect();
        let checks: String = checks.chars().take(LONGEST).collect();
        let who = if by.is_empty() { "a client without a login" } else { by };
        tracing::info!("{who:?} ordered a run: {target:?}, {checks:?}");
        self.act(ActKind::Run, by, &format!("{target}: {checks}"));
    }

    /// The target of an order, and the checks that must run.
    fn wanted(
        &self,
        target: &str,
        checks: &[String],
        only_old: bool,
    ) -> Result<(usize, Vec<usize>), OrderError> {
        let position = self.fleet.position(target).ok_or_else(|| self.no_target(target))?;
        if let Some(error) = self.not_held(position) {
            return Err(error);
        }
        let watched = &self.fleet.targets[position];
        let names = watched.job.names();
        let mut wanted = Vec::new();
        for check in checks {
            wanted.push(watched.position(check).ok_or_else(|| {
                OrderError::NoSuchCheck(check.clone(), suggestion(check, names.iter().copied()))
            })?);
        }
        if checks.is_empty() {
            wanted = (0..names.len()).collect();
        }
        if only_old {
            wanted = watched.old(&wanted, Timestamp::now());
        }
        Ok((position, wanted))
    }

    fn no_target(&self, target: &str) -> OrderError {
        let names = self.fleet.targets.iter().map(|target| target.job.name.as_str());
        OrderError::NoSuchTarget(target.to_owned(), suggestion(target, names))
    }

    /// Requests what orders wait for, after a reload: the new agenda does not contain it.
    pub(super) fn ask_again(&mut self) {
        for mut waiting in std::mem::take(&mut self.waiting) {
            let Some(position) = self.fleet.position(&waiting.target) else {
                let _ = waiting.answer.send(Err(self.no_target(&waiting.target)));
                continue;
            };
            if let Some(error) = self.not_held(position) {
                let _ = waiting.answer.send(Err(error));
                continue;
            }
            let watched = &self.fleet.targets[position];
            waiting.checks.retain(|check| watched.position(check).is_some());
            let wanted: Vec<usize> =
                waiting.checks.iter().filter_map(|check| watched.position(check)).collect();
            self.agenda.request(position, wanted);
            // A check may be disabled now.
            match self.board.target(&waiting.target).filter(|_| waiting.checks.is_empty()) {
                Some(shown) => drop(waiting.answer.send(Ok(shown))),
                None => self.waiting.push(waiting),
            }
        }
    }

    /// Answers the orders that waited for these results.
    pub(super) fn answer(&mut self, target: &str, finished: &[String]) {
        let Some(shown) = self.board.target(target) else { return };
        for mut waiting in std::mem::take(&mut self.waiting) {
            if waiting.target == target {
                waiting.checks.retain(|check| !finished.contains(check));
            }
            if waiting.checks.is_empty() {
                let _ = waiting.answer.send(Ok(Arc::clone(&shown)));
            } else {
                self.waiting.push(waiting);
            }
        }
    }
}
