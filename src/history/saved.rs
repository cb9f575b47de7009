//! What is saved of a target, so that it survives a restart.

use serde::{Deserialize, Serialize};

use crate::finding::report::{CheckReport, CheckReports, TargetReport};
use crate::report::{CheckObject, ReportError, TargetObject};
use crate::schedule::confirm::FindingMemory;
use crate::schedule::rates::{RateMemory, SavedRates};

/// The latest results of a target, and which of its findings count.
#[derive(Debug, Serialize, Deserialize)]
pub struct SavedTarget {
    memory: FindingMemory,
    outage: Option<String>,
    report: TargetObject<Vec<CheckObject>>,
    known: Vec<CheckObject>,
    #[serde(default)]
    rates: SavedRates,
}

/// The parts of a saved target.
#[derive(Debug, Clone, PartialEq)]
pub struct RestoredTarget {
    /// Which findings count.
    pub memory: FindingMemory,
    /// Why the server was not reached in the latest sweep.
    pub outage: Option<String>,
    /// The report, as it counts.
    pub report: TargetReport,
    /// The latest results of each check.
    pub known: CheckReports,
    /// How fast counters grow.
    pub rates: RateMemory,
}

impl From<&RestoredTarget> for SavedTarget {
    fn from(target: &RestoredTarget) -> SavedTarget {
        let RestoredTarget { memory, outage, report, known, rates } = target;
        let objects = |checks: &CheckReports| {
            checks.iter().map(|check| CheckObject::new(&report.target, check)).collect::<Vec<_>>()
        };
        SavedTarget {
            memory: memory.clone(),
            outage: outage.clone(),
            report: TargetObject::new(report, objects(&report.checks)),
            known: objects(known),
            rates: rates.into(),
        }
    }
}

impl TryFrom<SavedTarget> for RestoredTarget {
    type Error = ReportError;

    fn try_from(saved: SavedTarget) -> Result<RestoredTarget, ReportError> {
        let SavedTarget { memory, outage, report, known, rates } = saved;
        let known = known.into_iter().map(CheckReport::try_from).collect::<Result<_, _>>()?;
        Ok(RestoredTarget {
            memory,
            outage,
            report: report.try_into()?,
            known,
            rates: rates.into(),
        })
    }
}
