//! What a check of another plugin is in posemo: the rows of the tables.
//!
//! A check of another plugin is an action of `check_postgres` or a service of `check_pgactivity`.

/// A check of another plugin.
#[derive(Debug)]
pub struct ForeignCheck {
    /// Its name.
    pub name: &'static str,
    /// What answers it.
    pub answer: Counterpart,
    /// Where posemo's answer differs, and why. Empty if it does not.
    pub differs: &'static str,
}

/// What answers a check of another plugin.
#[derive(Debug)]
pub enum Counterpart {
    /// Checks of posemo.
    Checks(Mapping),
    /// Nothing, for this reason.
    Nothing(&'static str),
}

/// The checks that answer, and what the options mean for them.
#[derive(Debug)]
pub struct Mapping {
    /// posemo's checks.
    pub checks: &'static [&'static str],
    /// Arguments: the check, the name and the value.
    pub arguments: &'static [(&'static str, &'static str, &'static str)],
    /// What `-w` and `-c` can set.
    pub levels: &'static [ForeignLevel],
    /// Ranges that are always in force: the check, the metric, whether it is critical, and the range.
    pub fixed: &'static [(&'static str, &'static str, bool, &'static str)],
    /// The form of `-w` and `-c`.
    pub form: LevelForm,
    /// The levels of the other plugin if neither is given.
    pub defaults: Option<(&'static str, &'static str)>,
    /// Whether -w without -c keeps the default of -c.
    pub keeps_critical: bool,
    /// Whether the other plugin needs a level.
    pub required: bool,
    /// Metrics whose own ranges are dropped if levels are in force: the same quantity with another range.
    pub silenced: &'static [(&'static str, &'static str)],
    /// What the filters of the other plugin name.
    pub objects: ForeignObjects,
    /// Options without a meaning for other checks, that this one accepts and does not need.
    pub accepts: &'static [&'static str],
    /// Whether it asks the standby of several hosts.
    pub standby: bool,
}

/// One quantity that a level can set.
#[derive(Debug)]
pub struct ForeignLevel {
    /// Its label in `label=value`, or its place in a list; empty for a value without a label.
    pub label: &'static str,
    /// The kind of its number.
    pub kind: Kind,
    /// posemo's check and metric.
    pub metric: (&'static str, &'static str),
    /// The only object of the check that it judges; `None` for all.
    pub object: Option<&'static str>,
    /// When it alarms.
    pub compare: Compare,
    /// posemo's number for 1 of the other plugin.
    pub factor: f64,
}

/// The kind of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A number without a unit.
    Count,
    /// A share.
    Percent,
    /// A number of free places, written as `-5`.
    Free,
    /// Bytes.
    Size,
    /// Seconds.
    Time,
}

/// When a value alarms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// At the level and above.
    AtLeast,
    /// Above the level.
    Above,
    /// At the level and below.
    AtMost,
    /// Below the level.
    Below,
    /// If it is another number.
    Not,
}

/// The form of a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LevelForm {
    /// One value.
    Single,
    /// `label=value,label=value`, or one value.
    Labels,
    /// Values in an order; the labels are `1`, `2`.
    Places,
    /// A size, a share, or both: `10 GB and 20%`. A share is of the wasted space in the relation, or of the relation to
    /// its smallest size.
    Bloat {
        /// Whether the share is of the relation to its smallest size.
        of_smallest: bool,
    },
    /// `total=9:waiting=1:exclusive=5`.
    Locks,
    /// A time. A signed number and `5 for 10 minutes` count sessions of all roles, and are refused.
    TimeOrCount,
    /// A number of bytes without a unit, a time, or both with `and`.
    DelayAnd,
    /// A version of PostgreSQL.
    Version,
    /// An argument of the check, which must have this value: one of `-w` and `-c`.
    Argument(&'static str),
    /// Levels are read and have no meaning, as in the other plugin.
    Ignored,
    /// No level is possible, for this reason.
    Refused(&'static str),
}

/// What the filters of another plugin name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignObjects {
    /// Filters are refused for this reason.
    Refused(&'static str),
    /// Databases, which are the objects of posemo's check.
    Databases,
    /// Databases of sessions; the object is `DATABASE.ROLE`.
    Sessions,
    /// Names of relations in databases.
    Relations,
    /// Relations of which only the schemas have the same names, for this reason.
    Schemas(&'static str),
    /// Names of extensions in databases.
    Extensions,
    /// Other objects, by their whole name.
    Names,
}

impl Mapping {
    /// The mapping to these checks, without levels.
    pub(super) const fn to(checks: &'static [&'static str]) -> Mapping {
        Mapping {
            checks,
            arguments: &[],
            levels: &[],
            fixed: &[],
            form: LevelForm::Single,
            defaults: None,
            keeps_critical: false,
            required: false,
            silenced: &[],
            objects: ForeignObjects::Refused("it judges the whole server"),
            accepts: &[],
            standby: false,
        }
    }

    /// Whether `check_postgres` compares with -c before -w, and does not compare the two.
    pub(super) fn accepts_each_order(&self) -> bool {
        use LevelForm::{Bloat, DelayAnd, Locks, TimeOrCount};
        matches!(self.form, Bloat { .. } | DelayAnd | Locks | TimeOrCount)
            || (!self.keeps_critical && self.levels.iter().any(|one| one.kind == Kind::Percent))
    }

    pub(super) const fn levels(self, levels: &'static [ForeignLevel]) -> Mapping {
        Mapping { levels, ..self }
    }

    pub(super) const fn fixed(
        self,
        fixed: &'static [(&'static str, &'static str, bool, &'static str)],
    ) -> Mapping {
        Mapping { fixed, ..self }
    }

    pub(super) const fn form(self, form: LevelForm) -> Mapping {
        Mapping { form, ..self }
    }

    pub(super) const fn defaults(self, warning: &'static str, critical: &'static str) -> Mapping {
        Mapping { defaults: Some((warning, critical)), ..self }
    }

    pub(super) const fn keeps_critical(self) -> Mapping {
        Mapping { keeps_critical: true, ..self }
    }

    pub(super) const fn required(self) -> Mapping {
        Mapping { required: true, ..self }
    }

    pub(super) const fn silenced(
        self,
        silenced: &'static [(&'static str, &'static str)],
    ) -> Mapping {
        Mapping { silenced, ..self }
    }

    pub(super) const fn objects(self, objects: ForeignObjects) -> Mapping {
        Mapping { objects, ..self }
    }

    pub(super) const fn arguments(
        self,
        arguments: &'static [(&'static str, &'static str, &'static str)],
    ) -> Mapping {
        Mapping { arguments, ..self }
    }

    pub(super) const fn accepts(self, accepts: &'static [&'static str]) -> Mapping {
        Mapping { accepts, ..self }
    }

    pub(super) const fn standby(self) -> Mapping {
        Mapping { standby: true, ..self }
    }
}

/// A check that checks of posemo answer.
pub(super) const fn mapped(name: &'static str, mapping: Mapping) -> ForeignCheck {
    ForeignCheck { name, answer: Counterpart::Checks(mapping), differs: "" }
}

/// A check that nothing answers.
pub(super) const fn refused(name: &'static str, reason: &'static str) -> ForeignCheck {
    ForeignCheck { name, answer: Counterpart::Nothing(reason), differs: "" }
}

impl ForeignCheck {
    pub(super) const fn differs(self, differs: &'static str) -> ForeignCheck {
        ForeignCheck { differs, ..self }
    }
}

/// A level without a label.
pub(super) const fn level(
    kind: Kind,
    check: &'static str,
    metric: &'static str,
    compare: Compare,
) -> ForeignLevel {
    ForeignLevel { label: "", kind, metric: (check, metric), object: None, compare, factor: 1.0 }
}

impl ForeignLevel {
    pub(super) const fn label(self, label: &'static str) -> ForeignLevel {
        ForeignLevel { label, ..self }
    }

    pub(super) const fn of_object(self, object: &'static str) -> ForeignLevel {
        ForeignLevel { object: Some(object), ..self }
    }

    pub(super) const fn factor(self, factor: f64) -> ForeignLevel {
        ForeignLevel { factor, ..self }
    }
}
