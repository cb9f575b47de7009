//! Judges the rows that a limit cut off: what they can contain, as the function returns the worst rows first.

use crate::catalog::check::{Check, ExpectedRows};
use crate::catalog::function::{Column, ColumnRole, ColumnType, FunctionSignature, WorstEnd};
use crate::catalog::thresholds::{Levels, ObjectName, ObjectRule, Thresholds};
use crate::evaluate::check_row::{CheckRow, number};
use crate::finding::metric::Unit;
use crate::finding::range::Range;
use crate::finding::{Finding, State};
use crate::rows::SqlValue;

/// What can be done about rows that are not judged.
const REMEDY: &str = "To judge more rows, set row_limit for this check in posemo.toml.";

/// The rows that were cut off, described by those that were judged.
pub(super) struct CutOffRows<'a> {
    pub(super) check: &'a Check,
    pub(super) signature: &'a FunctionSignature,
    pub(super) thresholds: &'a Thresholds,
    /// The database of the rows; absent for rows about the whole server.
    pub(super) database: Option<&'a str>,
    pub(super) judged: &'a [Vec<SqlValue>],
}

/// The values that a metric can have in the rows that were cut off, both ends included.
type Interval = (f64, f64);

impl CutOffRows<'_> {
    /// The findings: none if no row that was cut off can violate a threshold. The state is that of the judged row to which
    /// the others are compared, or Unknown if the others can be worse.
    pub(super) fn findings(&self) -> Vec<Finding> {
        if self.check.script.is_some() {
            let unseen = "the others were not judged".to_owned();
            return if self.check.worst_first { vec![] } else { vec![self.unknown(&unseen)] };
        }
        let mut findings = Vec::new();
        if self.check.expected == ExpectedRows::None {
            let mut finding =
                self.finding(self.check.severity.state(), "each of the others is a problem, too");
            finding.severity = self.check.severity;
            findings.push(finding);
        }
        let metrics = self.signature.columns.iter().enumerate();
        let metrics = metrics.filter(|(_, column)| column.role == ColumnRole::Metric);
        findings.extend(metrics.filter_map(|(index, column)| self.of_metric(index, column)));
        findings
    }

    fn of_metric(&self, index: usize, column: &Column) -> Option<Finding> {
        let interval = self.interval(index, column)?;
        let name = column.name.replace('_', " ");
        if column.sql_type == ColumnType::Boolean {
            let state = self.check.severity.state();
            return Some(if column.worst.is_some() {
                self.finding(state, &format!("the others may not be {name}, either"))
            } else {
                self.unknown(&format!("the others may not be {name}"))
            });
        }
        let of_all = self.thresholds.for_object(&column.name, ObjectName::default());
        if let Some(possible) = worst_within(&of_all, interval) {
            let nearest = match column.worst {
                Some(WorstEnd::Highest) => Some(interval.1),
                Some(WorstEnd::Lowest) => Some(interval.0),
                None => None,
            };
            let known = nearest.filter(|value| value.is_finite());
            let known = known.and_then(|value| worst_within(&of_all, (value, value)));
            return Some(match known.filter(|known| known.rank() <= possible.rank()) {
                Some(state) => self
                    .finding(state, &format!("{name} of the others may violate a threshold, too")),
                None => self.unknown(&format!("{name} of the others may violate a threshold")),
            });
        }
        self.object_with_own_thresholds(column, interval)
    }

    /// A finding for an object with its own thresholds that is not among the judged rows, and whose value may violate them.
    fn object_with_own_thresholds(&self, column: &Column, interval: Interval) -> Option<Finding> {
        let mut rules = self.thresholds.objects.iter().filter(|rule| rule.is_in(self.database));
        let rule = rules.find(|rule| {
            let levels = self.levels_of(rule, &column.name);
            let judged = rule.objects.exact().is_some_and(|name| self.has(&name));
            levels.is_some_and(|levels| worst_within(&levels, interval).is_some()) && !judged
        })?;
        let (object, name) = (rule.objects.to_string(), column.name.replace('_', " "));
        let problem =
            format!("{object}, whose {name} has its own threshold, may be one of the others");
        Some(self.unknown(&problem).about(Some(object)))
    }

    /// The ranges of a column for the objects of a rule; `None` if the rule sets none, or these objects are not reported.
    fn levels_of(&self, rule: &ObjectRule, column: &str) -> Option<Levels> {
        let own = rule.levels.get(column).filter(|_| rule.enabled != Some(false))?;
        let name = rule.objects.exact();
        let object = ObjectName { database: self.database, name: name.as_deref() };
        let mut levels = self.thresholds.for_object(column, object);
        levels.override_with(own);
        Some(levels)
    }

    /// The possible values of a metric; `None` if it has no value in the rows that were cut off.
    ///
    /// The rows contain the worst values of each ordered metric: as many as the rows, divided by the number of these
    /// metrics.
    fn interval(&self, index: usize, column: &Column) -> Option<Interval> {
        const ANY: Interval = (f64::NEG_INFINITY, f64::INFINITY);
        let Some(worst) = column.worst else { return Some(ANY) };
        let columns = self.signature.columns.iter().enumerate();
        let ordered = columns.filter(|(_, column)| column.worst.is_some());
        let used =
            ordered.filter(|(index, column)| !self.ranked(*index, column).is_empty()).count();
        let mut values = self.ranked(index, column);
        let known = self.judged.len() / used.max(1);
        if values.len() < known {
            return None;
        }
        values.sort_by(f64::total_cmp);
        if worst == WorstEnd::Highest {
            values.reverse();
        }
        let last = known.checked_sub(1).and_then(|last| values.get(last)).copied();
        let Some(last) = last.filter(|last| !last.is_nan()) else { return Some(ANY) };
        let signed = column.unit == Unit::None || values.iter().any(|value| *value < 0.0);
        Some(match worst {
            WorstEnd::Highest if signed => (f64::NEG_INFINITY, last),
            WorstEnd::Highest => (0.0, last),
            WorstEnd::Lowest => (last, f64::INFINITY),
        })
    }

    /// The values by which the function ordered the rows: not NULL, and for a boolean not true.
    fn ranked(&self, index: usize, column: &Column) -> Vec<f64> {
        let values = self.judged.iter().filter_map(|row| number(row.get(index)?));
        values.filter(|value| column.sql_type != ColumnType::Boolean || *value == 0.0).collect()
    }

    fn has(&self, object: &str) -> bool {
        let (check, signature) = (self.check, self.signature);
        self.judged.iter().any(|values| {
            CheckRow { check, signature, values }.joined(ColumnRole::Object).as_deref()
                == Some(object)
        })
    }

    fn unknown(&self, problem: &str) -> Finding {
        self.finding(State::Unknown, problem)
    }

    fn finding(&self, state: State, problem: &str) -> Finding {
        let summary = format!("more than {} rows; {problem}", self.judged.len());
        Finding { description: Some(REMEDY.to_owned()), ..Finding::new(state, summary) }
    }
}

/// The worst state that a value in an interval can cause.
fn worst_within(levels: &Levels, (least, most): Interval) -> Option<State> {
    let alarms = |range: &Option<Range>| {
        range.as_ref().is_some_and(|range| range.alarms_between(least, most))
    };
    if alarms(&levels.critical) {
        Some(State::Critical)
    } else {
        alarms(&levels.warning).then_some(State::Warning)
    }
}
