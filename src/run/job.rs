//! A job: a target, and its checks with their settings.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::SCHEMA;
use crate::catalog::check::{Check, Scope};
use crate::catalog::databases::DatabaseList;
use crate::catalog::function::{Argument, Measurement};
use crate::database::parameters::{Environment, Parameters, ParametersError};
use crate::finding::State;
use crate::finding::report::{Outage, TargetReport};
use crate::settings::Settings;
use crate::settings::effective::EffectiveCheck;
use crate::settings::error::SettingsError;
use crate::settings::suppression::Suppression;
use crate::settings::target::Target;

/// The settings of a check that other jobs are compared with: each server can have its own.
const MOST_KNOWN: usize = 16;

/// The checks of one target.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent property of the call")]
pub struct Job {
    /// The target's name in the report.
    pub name: String,
    /// The connection parameters.
    pub parameters: Result<Parameters, Rc<ParametersError>>,
    /// The name of posemo's schema.
    pub schema: String,
    /// Whether checks run on a standby that repeats their answers from its primary.
    pub replicated_checks: bool,
    /// The databases to monitor; absent for all in which checks are installed or should be.
    pub databases: Option<DatabaseList>,
    /// The checks, in the order of the report.
    pub checks: Vec<PlannedCheck>,
    /// The checks that judge a document.
    pub documents: Vec<DocumentCheck>,
    /// The name of the profile of the checks.
    pub profile: Option<String>,
    /// The suppressions of the settings that are for the target.
    pub suppressions: Vec<Rc<Suppression>>,
    /// The state for a server that does not answer, from the settings of the target.
    pub unanswered: Option<State>,
    /// Whether its target was slow before, so that it shares places with other slow targets.
    pub slow: bool,
    /// Whether its sessions may stay open for the next sweep.
    pub keeps_sessions: bool,
    /// Whether the sweep queries when the server started: its counters then belong to this start.
    pub queries_start: bool,
    /// Whether it is a call of one check as a plugin. The state of the check is then that of the target.
    pub plugin: bool,
    /// Whether the report includes posemo's own report on the databases. A selection of checks reports only these.
    pub reports_databases: bool,
    /// The only databases in which checks run, named by the user; empty for those of the settings.
    pub only: Vec<String>,
    /// The names of the checks that are not due, and do not run.
    pub left_out: Vec<String>,
    /// Whether one of these runs in each database. The report on the databases is then as complete as with them.
    pub lists_databases: bool,
}

/// A check with its settings for a target.
#[derive(Debug, Clone)]
pub struct PlannedCheck {
    /// The check.
    pub check: Rc<Check>,
    /// The effective thresholds and arguments. Targets with the same ones can share them.
    pub effective: Rc<EffectiveCheck>,
}

/// A check that judges a document, with its settings for a target.
#[derive(Debug, Clone)]
pub struct DocumentCheck {
    /// The check and its settings.
    pub planned: PlannedCheck,
    /// Where the document comes from.
    pub input: DocumentInput,
    /// The age at which a file is too old.
    pub longest_age: Duration,
}

/// Why a plugin call cannot run a check.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The call names a document, and the check has a query.
    #[error("{check} judges no document but the answer of a server; leave --docs out")]
    NoDocument {
        /// The check.
        check: String,
    },
    /// The check has a document, and neither the call nor the settings name a file.
    #[error(
        "{check} judges the document {document}: name its file with --docs FILE, or in posemo.toml: \
         [targets.NAME.documents] {document} = \"/path/of/{document}.json\"; posemo explain {check} prints the command that \
         writes it"
    )]
    Missing {
        /// The check.
        check: String,
        /// The document.
        document: String,
    },
    /// The checks of the call have different documents.
    #[error("--docs is for checks with the same document; call the others on their own")]
    SeveralDocuments,
}

/// Where a document comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DocumentInput {
    /// A file.
    File(PathBuf),
    /// Standard input, which has no age.
    StandardInput,
}

impl Job {
    /// Resolves the connection parameters of a target and the settings of each check. Disabled checks are left out.
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
        let mut planned = Vec::new();
        let mut documents = Vec::new();
        for check in checks {
            let effective = settings.effective(check, target)?;
            if !effective.enabled {
                continue;
            }
            let one = PlannedCheck { check: Rc::clone(check), effective: Rc::new(effective) };
            match &check.document {
                None => planned.push(one),
                Some(_) => documents.extend(DocumentCheck::of_target(one, target)),
            }
        }
        planned.shrink_to_fit();
        Ok(Job {
            name: target.name.clone(),
            parameters: parameters.map_err(Rc::new),
            schema: target.schema.clone().unwrap_or_else(|| SCHEMA.to_owned()),
            replicated_checks: target.replicated_checks.unwrap_or(false),
            databases: target.databases.clone(),
            checks: planned,
            documents,
            profile: target.profile.as_ref().map(|profile| profile.name.clone()),
            suppressions: settings.suppressions(target),
            unanswered: target.no_answer,
            slow: false,
            keeps_sessions: true,
            queries_start: false,
            plugin: false,
            reports_databases: true,
            only: Vec::new(),
            left_out: Vec::new(),
            lists_databases: false,
        })
    }

    /// Lets its checks share their settings with those of other jobs, which are in `known` by the name of the check.
    pub fn share_settings(&mut self, known: &mut HashMap<String, Vec<Rc<EffectiveCheck>>>) {
        let documents = self.documents.iter_mut().map(|one| &mut one.planned);
        for planned in self.checks.iter_mut().chain(documents) {
            let same = known.entry(planned.check.name.clone()).or_default();
            match same.iter().find(|other| **other == planned.effective) {
                Some(other) => planned.effective = Rc::clone(other),
                None if same.len() < MOST_KNOWN => same.push(Rc::clone(&planned.effective)),
                None => {}
            }
        }
    }

    /// All its checks: those of the server, then those of documents.
    pub fn planned(&self) -> impl Iterator<Item = &PlannedCheck> {
        self.checks.iter().chain(self.documents.iter().map(|one| &one.planned))
    }

    /// The names of [`Job::planned`].
    pub fn names(&self) -> Vec<&str> {
        self.planned().map(|planned| planned.check.name.as_str()).collect()
    }

    /// Whether the check at this position of [`Job::planned`] judges a document. It needs no server.
    pub fn is_document(&self, position: usize) -> bool {
        position >= self.checks.len()
    }

    /// The document of a check, and the age at which it is too old.
    pub fn document(&self, check: &str) -> Option<(&DocumentInput, Duration)> {
        let one = self.documents.iter().find(|one| one.planned.check.name == check)?;
        Some((&one.input, one.longest_age))
    }

    /// The same job with only some of its checks, given by their position in [`Job::planned`].
    #[must_use]
    pub fn with_checks(&self, positions: &[usize]) -> Job {
        let (mut checks, mut documents) = (Vec::new(), Vec::new());
        for position in positions {
            match position.checked_sub(self.checks.len()) {
                None => checks.push(self.checks[*position].clone()),
                Some(document) => documents.extend(self.documents.get(document).cloned()),
            }
        }
        Job { checks, documents, ..self.without_checks() }
    }

    /// The same job with only the checks that are due, given as for [`Job::with_checks`].
    pub(super) fn due(&self, positions: &[usize]) -> Job {
        let mut due = self.with_checks(positions);
        let names = due.names();
        let left_out = self.names().into_iter().filter(|name| !names.contains(name));
        due.left_out = left_out.map(str::to_owned).collect();
        due.lists_databases = self.reports_databases && self.has_per_database_checks();
        due
    }

    /// The same job without its checks.
    fn without_checks(&self) -> Job {
        Job {
            name: self.name.clone(),
            parameters: self.parameters.clone(),
            schema: self.schema.clone(),
            databases: self.databases.clone(),
            checks: Vec::new(),
            documents: Vec::new(),
            profile: self.profile.clone(),
            suppressions: self.suppressions.clone(),
            only: self.only.clone(),
            left_out: self.left_out.clone(),
            ..*self
        }
    }

    /// The state of the target for an outage of the server. In a plugin call it is the worst of its checks.
    pub(super) fn no_answer(&self, outage: Outage) -> State {
        let states = self.checks.iter().filter(|_| self.plugin);
        let states = states.map(|planned| self.check_state(&planned.check, outage));
        let worst = states.min_by_key(|state| state.rank());
        worst.or(self.unanswered).unwrap_or(State::Critical)
    }

    /// The state of a check for an outage of the server.
    pub(super) fn check_state(&self, check: &Check, outage: Outage) -> State {
        self.unanswered.unwrap_or_else(|| check.state_for(outage))
    }

    /// Limits the job to these databases: only checks that run in each database remain.
    pub fn limit_to(&mut self, databases: &[String]) {
        self.only = databases.to_vec();
        self.checks.retain(|planned| planned.check.has_query_of(Scope::Database));
        self.documents.clear();
        self.reports_databases = false;
    }

    /// Whether per-database checks run in a database.
    pub(super) fn monitors(&self, database: &str) -> bool {
        if self.only.is_empty() {
            self.databases.as_ref().is_none_or(|list| list.contains(database))
        } else {
            self.only.iter().any(|name| name == database)
        }
    }

    /// Whether a check runs in each database, or would if it were due.
    pub(super) fn has_per_database_checks(&self) -> bool {
        self.lists_databases
            || self.checks.iter().any(|planned| planned.check.has_query_of(Scope::Database))
    }

    /// Whether the databases without checks matter: for posemo's own report, or as a check names its databases by a pattern.
    pub(super) fn needs_new_databases(&self) -> bool {
        let by_pattern = |planned: &PlannedCheck| {
            planned.check.has_query_of(Scope::Database)
                && planned.effective.databases.has_patterns()
        };
        self.reports_databases || self.checks.iter().any(by_pattern)
    }

    /// The function of a plugin call that needs nothing of the server but this function.
    pub(super) fn only_function(&self) -> Option<&str> {
        let ([planned], true) = (self.checks.as_slice(), self.plugin) else { return None };
        let check = &planned.check;
        let ([query], None, false) =
            (&*check.queries, check.role, check.replicated || check.writes)
        else {
            return None;
        };
        let is_probed = |argument: &Argument| argument.measured == Some(Measurement::QueryTime);
        let suits =
            query.scope == Scope::Cluster && !query.signature.arguments.iter().any(is_probed);
        suits.then_some(&*query.signature.function)
    }

    /// Whether a check has a script, which needs the worker.
    pub(super) fn needs_worker(&self) -> bool {
        let documents = self.documents.iter().map(|one| &one.planned);
        self.checks.iter().chain(documents).any(|planned| planned.check.script.is_some())
    }

    /// Adds a check of a plugin call. A check with a document judges the file that the call names, or that of the settings.
    pub fn add(
        &mut self,
        planned: PlannedCheck,
        target: &Target,
        given: Option<&Path>,
        is_named: bool,
    ) -> Result<(), PlanError> {
        let name = planned.check.name.clone();
        let Some(document) = planned.check.document.clone() else {
            if given.is_some() {
                return Err(PlanError::NoDocument { check: name });
            }
            self.checks.push(planned);
            return Ok(());
        };
        let added = match given {
            Some(path) => {
                let input = if path.as_os_str() == "-" {
                    DocumentInput::StandardInput
                } else {
                    DocumentInput::File(path.to_owned())
                };
                Some(DocumentCheck { planned, input, longest_age: document.age })
            }
            None => DocumentCheck::of_target(planned, target),
        };
        if added.is_none() && is_named {
            return Err(PlanError::Missing { check: name, document: document.name });
        }
        let same = |other: &DocumentCheck| {
            other.planned.check.document.as_ref().is_some_and(|one| one.name == document.name)
        };
        if given.is_some() && !self.documents.iter().all(same) {
            return Err(PlanError::SeveralDocuments);
        }
        self.documents.extend(added);
        Ok(())
    }

    /// Adds the references of each check to its findings, which share the list.
    pub(super) fn add_references(&self, report: &mut TargetReport) {
        let documents = self.documents.iter().map(|one| &one.planned);
        let planned: Vec<&PlannedCheck> = self.checks.iter().chain(documents).collect();
        for check in &mut report.checks {
            let of_check = planned.iter().find(|planned| planned.check.name == check.check);
            let Some(PlannedCheck { check: of_check, .. }) = of_check else { continue };
            for finding in &mut check.findings {
                finding.references = Arc::clone(&of_check.references);
            }
        }
    }

    /// Whether it has no check at all.
    pub fn is_empty(&self) -> bool {
        self.checks.is_empty() && self.documents.is_empty()
    }
}

impl DocumentCheck {
    /// The check with the file that the settings name; `None` without one.
    pub fn of_target(planned: PlannedCheck, target: &Target) -> Option<DocumentCheck> {
        let document = planned.check.document.as_ref()?;
        let file = target.documents.iter().find(|file| file.name == document.name)?;
        let longest_age = file.age.unwrap_or(document.age);
        let input = DocumentInput::File(file.path.clone());
        Some(DocumentCheck { planned, input, longest_age })
    }
}
