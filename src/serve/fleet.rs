//! The fleet: the targets of the settings, as they are watched.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::catalog::Catalog;
use crate::catalog::check::Check;
use crate::database::parameters::Environment;
use crate::database::server_tls::ServerTls;
use crate::history::recorder::{Recorder, Retention, open};
use crate::history::runs::{RunLog, day_of};
use crate::history::server::ServerHistory;
use crate::history::store::Store;
use crate::run::job::{Job, PlannedCheck};
use crate::schedule::agenda::Agenda;
use crate::schedule::confirm::ConfirmRule;
use crate::schedule::turns::Turns;
use crate::settings::Settings;
use crate::settings::history::{HistorySettings, HistoryStore};
use crate::settings::receiver::Receiver;
use crate::settings::serve::ServeSettings;
use crate::settings::serve::listen::ListenAddress;
use crate::web::access::AccessControl;
use crate::web::{ByteStream, Handshake, WebRules};

use super::error::StartError;
use super::held::HeldSilences;
use super::node_name::node_name;
use super::watched::{Watched, WatchedState};

/// Sessions of a target stay open if one of its checks runs at least this often.
const OFTEN: Duration = Duration::from_secs(60);

/// The targets, and the settings of the server.
pub(super) struct Fleet {
    pub(super) targets: Vec<Watched>,
    pub(super) settings: ServeSettings,
    pub(super) access: Arc<AccessControl>,
    pub(super) tls: Option<ServerTls>,
    pub(super) receivers: Vec<Receiver>,
    /// A target with the values of `[defaults]`, and its checks, for servers that are not in the settings.
    pub(super) defaults: Job,
    /// Its connection keywords.
    pub(super) default_keywords: Vec<(String, String)>,
    /// What the settings were read with, for pages.
    pub(super) catalog: Catalog,
    /// The settings, for pages.
    pub(super) all_settings: Settings,
    /// The targets of the history that are not in the settings.
    pub(super) gone: Vec<String>,
}

impl Fleet {
    /// The fleet of some settings. The error is the message for the user.
    pub(super) fn new((catalog, settings): (Catalog, Settings)) -> Result<Fleet, String> {
        let checks = catalog.checks().map_err(|error| error.to_string())?;
        let checks: Vec<Rc<Check>> = checks.into_iter().map(Rc::new).collect();
        let environment = Environment::of_process();
        let mut known = HashMap::new();
        let mut job = |target| {
            let job = Job::new(&settings, target, &checks, &environment);
            let mut job = job.map_err(|error| error.to_string())?;
            // Many targets have the same settings.
            job.share_settings(&mut known);
            Ok::<Job, String>(job)
        };
        let serve = settings.serve().clone();
        let outage = ConfirmRule { confirm: serve.outage_confirm, ..ConfirmRule::AT_ONCE };
        let mut targets = Vec::new();
        for target in settings.targets() {
            targets.push(Watched {
                job: job(target)?,
                groups: target.groups.clone(),
                windows: settings.maintenance(target),
                outage,
                outage_recheck: serve.outage_recheck,
                state: WatchedState::default(),
            });
        }
        for target in &mut targets {
            target.job.queries_start = target.measures_rates();
        }
        limit_sessions(&mut targets);
        let is_used = |receiver: &&Receiver| {
            serve.receivers.as_ref().is_none_or(|names| names.contains(&receiver.name))
        };
        let receivers = settings.receivers().iter().filter(is_used).cloned().collect();
        let defaults = job(settings.defaults())?;
        let access = AccessControl::read(&serve.access).map(Arc::new)?;
        let tls = serve.tls.as_ref();
        let tls = tls.map(|(certificate, key)| ServerTls::read(certificate, key)).transpose()?;
        let default_keywords = settings.defaults().keywords.clone();
        Ok(Fleet {
            targets,
            settings: serve,
            access,
            tls,
            receivers,
            defaults,
            default_keywords,
            catalog,
            all_settings: settings,
            gone: Vec::new(),
        })
    }

    /// Opens the history, takes over what it contains, and starts its thread. Without a file, nothing survives a restart.
    pub(super) fn open_history(
        &mut self,
        settings: &HistorySettings,
        silences: &mut HeldSilences,
        (address, news): (&ListenAddress, &Arc<Notify>),
    ) -> Result<Option<Recorder>, StartError> {
        let retention = Retention {
            changes: settings.changes,
            values: settings.values,
            hours: settings.hours,
            most: settings.most,
        };
        if let HistoryStore::Server(text) = &settings.store {
            let server = ServerHistory::of(text)
                .map_err(|error| StartError::Settings(format!("store in [history]: {error}")))?;
            let (node, news) = ((node_name(address), settings.lease), Arc::clone(news));
            let wake = Box::new(move || news.notify_one());
            let started = Recorder::start_node(&server, node, retention, wake);
            return started.map(Some).map_err(StartError::Start);
        }
        let path = match settings.path() {
            Ok(Some(path)) => path,
            Ok(None) => return Ok(None),
            Err(message) => {
                tracing::warn!("{message}");
                return Ok(None);
            }
        };
        let store = open(&path);
        let saved = store.as_ref().map_or_else(|_| Ok(BTreeMap::new()), Store::saved);
        match saved {
            Ok(mut saved) => {
                for target in &mut self.targets {
                    if let Some(saved) = saved.remove(&target.job.name) {
                        target.restore(saved);
                    }
                }
                self.gone = saved.into_keys().collect();
            }
            Err(error) => tracing::error!("{error}"),
        }
        let runs = store.as_ref().map(|store| store.runs(day_of(Timestamp::now())));
        match runs {
            Ok(Ok(mut runs)) => {
                for target in &mut self.targets {
                    if let Some(saved) = runs.remove(&target.job.name) {
                        target.state.runs = RunLog::restored(saved);
                    }
                }
            }
            Ok(Err(error)) => tracing::error!("{error}"),
            Err(_) => {}
        }
        match store.as_ref().map(Store::silences) {
            Ok(Ok(found)) => silences.restore(found, Timestamp::now()),
            Ok(Err(error)) => tracing::error!("{error}"),
            // The recorder reads them later.
            Err(_) => {}
        }
        if let Err(error) = &store {
            tracing::error!("{error}; the checks run, and changes wait");
        }
        Recorder::start(path, store, retention).map(Some).map_err(StartError::Start)
    }

    /// The turns of all targets. A check that has not changed since `before` keeps its turn.
    pub(super) fn agenda(&self, now: Timestamp, before: Option<(&Fleet, &Agenda)>) -> Agenda {
        let turns = self.targets.iter().map(|one| {
            let mut turns = Turns::new(&one.job.name, &one.intervals(), now);
            let Some((fleet, agenda)) = before else { return turns };
            let Some(old) = fleet.position(&one.job.name) else { return turns };
            let old_job = &fleet.targets[old].job;
            for (position, planned) in one.job.planned().enumerate() {
                let name = &planned.check.name;
                let is_same = |before: &PlannedCheck| {
                    before.check.name == *name
                        && before.effective == planned.effective
                        && old_job.document(name) == one.job.document(name)
                };
                let before = old_job.planned().position(is_same);
                if let Some(due) = before.and_then(|before| agenda.turns(old).next(before)) {
                    turns.keep(position, due);
                }
            }
            turns
        });
        Agenda::new(turns.collect())
    }

    /// What the HTTP server needs.
    pub(super) fn rules(&self) -> WebRules {
        let handshake = self.tls.clone().map(|tls| {
            let handshake: Arc<Handshake> = Arc::new(move |stream| {
                let tls = tls.clone();
                Box::pin(async move {
                    let stream: Box<dyn ByteStream> = Box::new(tls.accept(stream).await?);
                    Ok(stream)
                })
            });
            handshake
        });
        let (settings, access) = (self.settings.clone(), Arc::clone(&self.access));
        WebRules { settings, access, handshake }
    }

    /// The names of the targets.
    pub(super) fn names(&self) -> Vec<String> {
        self.targets.iter().map(|target| target.job.name.clone()).collect()
    }

    /// The position of a target.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.targets.iter().position(|target| target.job.name == name)
    }

    /// Takes over what is known about the targets that remain.
    pub(super) fn remember(&mut self, old: Fleet) {
        let mut states: HashMap<String, WatchedState> =
            old.targets.into_iter().map(|one| (one.job.name, one.state)).collect();
        for target in &mut self.targets {
            if let Some(state) = states.remove(&target.job.name) {
                target.state = state;
            }
        }
    }
}

/// The server of a job. Targets with the same one are swept one after the other.
pub(super) fn address(job: &Job) -> String {
    let Ok(parameters) = &job.parameters else { return String::new() };
    let hosts = parameters.hosts().iter().map(|host| format!("{}:{}", host.label, host.port));
    hosts.collect::<Vec<_>>().join(",")
}

/// Sessions stay open where that pays, and only if one target has the server for itself: the role has a limit.
fn limit_sessions(targets: &mut [Watched]) {
    let mut count = HashMap::<String, usize>::new();
    for target in &*targets {
        *count.entry(address(&target.job)).or_default() += 1;
    }
    for target in targets {
        let often = target.intervals().into_iter().any(|interval| interval <= OFTEN);
        target.job.keeps_sessions = often && count.get(&address(&target.job)) == Some(&1);
    }
}
