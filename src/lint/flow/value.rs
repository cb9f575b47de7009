//! What a value of a query is computed from: secrets, arguments, and the rows of tables.

use std::rc::Rc;

/// The sources of a value.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Flow {
    /// The first secret in it.
    pub(super) secret: Option<Rc<str>>,
    /// The first argument of the check in it.
    pub(super) argument: Option<Rc<str>>,
    /// What can choose between different values.
    pub(super) source: Source,
    /// True for a column or a constant itself, or one of several; false for a value computed from it.
    pub(super) whole: bool,
    /// The columns of a row.
    pub(super) fields: Vec<Flow>,
}

/// What can choose between different values of an expression.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Source {
    /// Nothing: the query contains the only value.
    Constant,
    /// One row of one item in `FROM`, or one call of a function that reads secrets. Each has its own number.
    Row(u32),
    /// Several rows, an argument, the time, the session.
    #[default]
    Other,
}

impl Source {
    fn and(self, other: Source) -> Source {
        match (self, other) {
            (Source::Constant, source) | (source, Source::Constant) => source,
            (one, two) if one == two => one,
            _ => Source::Other,
        }
    }
}

impl Flow {
    pub(super) fn constant() -> Flow {
        Flow { source: Source::Constant, whole: true, ..Flow::default() }
    }

    /// A column of a row.
    pub(super) fn column(row: u32) -> Flow {
        Flow { source: Source::Row(row), whole: true, ..Flow::default() }
    }

    /// A secret column of a row.
    pub(super) fn secret(name: &str, row: u32) -> Flow {
        Flow { secret: Some(name.into()), ..Flow::column(row) }
    }

    /// A secret that no expression may compare.
    pub(super) fn unknown(name: &str) -> Flow {
        Flow { secret: Some(name.into()), ..Flow::default() }
    }

    pub(super) fn argument(name: &str) -> Flow {
        Flow { argument: Some(name.into()), ..Flow::default() }
    }

    /// A row.
    pub(super) fn row(fields: Vec<Flow>) -> Flow {
        Flow { fields: Vec::new(), ..Flow::all(&fields) }.with(fields)
    }

    fn with(mut self, fields: Vec<Flow>) -> Flow {
        self.fields = fields;
        self
    }

    /// One value computed from all. A constant if there are none.
    pub(super) fn all<'f>(flows: impl IntoIterator<Item = &'f Flow>) -> Flow {
        flows.into_iter().fold(Flow::constant(), Flow::or)
    }

    /// One of two values: for rows with the same number of columns, column by column.
    pub(super) fn or(self, other: &Flow) -> Flow {
        let fields = match (self.fields.len(), other.fields.len()) {
            (_, 0) if other.is_clean() => self.fields,
            (0, _) if self.is_clean() => other.fields.clone(),
            (own, others) if own == others => {
                self.fields.into_iter().zip(&other.fields).map(|(one, two)| one.or(two)).collect()
            }
            _ => Vec::new(),
        };
        Flow {
            secret: self.secret.or_else(|| other.secret.clone()),
            argument: self.argument.or_else(|| other.argument.clone()),
            source: self.source.and(other.source),
            whole: self.whole && other.whole,
            fields,
        }
    }

    /// A value computed from this one, in a way that does not depend on anything else.
    pub(super) fn computed(self) -> Flow {
        Flow { whole: false, fields: Vec::new(), ..self }
    }

    /// A value that several rows or an argument choose.
    pub(super) fn chosen(self) -> Flow {
        let fields = self.fields.into_iter().map(Flow::chosen).collect();
        Flow { source: Source::Other, whole: false, fields, ..self }
    }

    /// The value as another part of the query reads it. There a condition or an outer join can replace a constant by NULL,
    /// and so choose between several.
    pub(super) fn read(self) -> Flow {
        if self.source == Source::Constant { self.chosen() } else { self }
    }

    fn is_clean(&self) -> bool {
        self.secret.is_none() && self.argument.is_none()
    }

    /// A column of a row. For a value without known columns, the whole value.
    pub(super) fn field(&self, number: u32) -> Flow {
        let index = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        let found = index.and_then(|index| self.fields.get(index)).cloned();
        found.unwrap_or_else(|| Flow { fields: Vec::new(), ..self.clone() })
    }

    /// The numbers of the rows, replaced.
    fn renumbered(&self, number: &mut impl FnMut(u32) -> u32) -> Flow {
        let source = match self.source {
            Source::Row(row) => Source::Row(number(row)),
            other => other,
        };
        let fields = self.fields.iter().map(|field| field.renumbered(number)).collect();
        Flow { source, fields, ..self.clone() }
    }
}

/// The columns of a `WITH` query at one of its references: each reference reads other rows. `fresh` returns a number
/// that no other row has.
pub(super) fn renumbered(columns: &[Flow], mut fresh: impl FnMut() -> u32) -> Vec<Flow> {
    let mut known = std::collections::BTreeMap::new();
    let mut number = |row: u32| *known.entry(row).or_insert_with(&mut fresh);
    columns.iter().map(|column| column.renumbered(&mut number)).collect()
}
