//! The names that an expression can see: the tables of its query, and those of the queries around it.
//!
//! It only keeps what was found out about them.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::Flow;

/// The columns of a table, a subquery, a function.
#[derive(Debug, Clone)]
pub(super) enum Columns {
    /// Each as it is.
    Each(Vec<Flow>),
    /// All alike.
    All(Flow),
}

impl Columns {
    /// A column by number. Numbers beyond the last are columns that a clause added, made of the others.
    pub(super) fn get(&self, number: u32) -> Flow {
        match self {
            Columns::All(flow) => flow.clone(),
            Columns::Each(flows) => {
                let index = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
                let found = index.and_then(|index| flows.get(index)).cloned();
                found.unwrap_or_else(|| Flow::all(flows))
            }
        }
    }

    /// The whole row.
    pub(super) fn row(&self) -> Flow {
        match self {
            Columns::All(flow) => flow.clone(),
            Columns::Each(flows) => Flow::row(flows.clone()),
        }
    }
}

/// One level of nesting.
pub(super) struct Scope<'s> {
    outer: Option<&'s Scope<'s>>,
    tables: RefCell<Vec<Columns>>,
    ctes: RefCell<BTreeMap<String, Vec<Flow>>>,
}

impl<'s> Scope<'s> {
    pub(super) fn within(outer: Option<&'s Scope<'s>>) -> Scope<'s> {
        Scope { outer, tables: RefCell::default(), ctes: RefCell::default() }
    }

    pub(super) fn is_outermost(&self) -> bool {
        self.outer.is_none()
    }

    /// The next table, in the order in which variables number them.
    pub(super) fn push(&self, columns: Columns) {
        self.tables.borrow_mut().push(columns);
    }

    /// A table by number, so many levels up.
    pub(super) fn table(&self, levels: u32, number: u32) -> Option<Columns> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.level(levels)?.tables.borrow().get(index).cloned()
    }

    /// What is known so far of the columns of a `WITH` query.
    pub(super) fn cte(&self, levels: u32, name: &str) -> Option<Vec<Flow>> {
        self.level(levels)?.ctes.borrow().get(name).cloned()
    }

    /// Says what the columns of a `WITH` query are made of; true if that is news.
    pub(super) fn learn(&self, name: &str, flows: &[Flow]) -> bool {
        let mut ctes = self.ctes.borrow_mut();
        let known = ctes.get(name).cloned().unwrap_or_default();
        let length = known.len().max(flows.len());
        let column = |from: &[Flow], index: usize| from.get(index).cloned().unwrap_or_default();
        let both: Vec<Flow> =
            (0..length).map(|index| column(&known, index).or(&column(flows, index))).collect();
        let news = both.iter().any(|flow| *flow != Flow::default()) && both != known;
        ctes.insert(name.to_owned(), both);
        news
    }

    fn level(&self, levels: u32) -> Option<&Scope<'s>> {
        let mut scope = self;
        for _ in 0..levels {
            scope = scope.outer?;
        }
        Some(scope)
    }
}
