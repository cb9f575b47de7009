//! What a value of a query is computed from: secrets, arguments, generated values.

use std::rc::Rc;

/// The sources of a value.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Flow {
    /// The first secret in it.
    pub(super) secret: Option<Rc<str>>,
    /// The first argument of the check in it.
    pub(super) argument: Option<Rc<str>>,
    /// True for values of a set-returning function such as `generate_series`.
    pub(super) generated: bool,
    /// The columns of a row.
    pub(super) fields: Vec<Flow>,
}

impl Flow {
    pub(super) fn secret(name: &str) -> Flow {
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

    /// One value computed from all.
    pub(super) fn all<'f>(flows: impl IntoIterator<Item = &'f Flow>) -> Flow {
        flows.into_iter().fold(Flow::default(), Flow::or)
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
            generated: self.generated || other.generated,
            fields,
        }
    }

    /// The values that a set-returning function generates from this one.
    pub(super) fn generated(self) -> Flow {
        let fields = self.fields.into_iter().map(Flow::generated).collect();
        Flow { generated: true, fields, ..self }
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
}
