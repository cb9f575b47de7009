//! The tables that an expression can refer to: those of its query and of the queries around it.
//!
//! It stores their sources; other files compute them.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::value::{Flow, renumbered};

/// The columns of a table, a subquery or a function.
#[derive(Debug, Clone)]
pub(super) enum TableColumns {
    /// The sources of each column.
    Each(Vec<Flow>),
    /// The same sources for all columns.
    All(Flow),
}

impl TableColumns {
    /// A column by number. Higher numbers are columns that a clause added, computed from the others.
    pub(super) fn get(&self, number: u32) -> Flow {
        match self {
            TableColumns::All(flow) => flow.clone(),
            TableColumns::Each(flows) => {
                let index = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
                let found = index.and_then(|index| flows.get(index)).cloned();
                found.unwrap_or_else(|| Flow::all(flows))
            }
        }
    }

    /// The whole row.
    pub(super) fn row(&self) -> Flow {
        match self {
            TableColumns::All(flow) => flow.clone(),
            TableColumns::Each(flows) => Flow::row(flows.clone()),
        }
    }
}

/// One level of nested queries.
pub(super) struct QueryScope<'s> {
    outer: Option<&'s QueryScope<'s>>,
    tables: RefCell<Vec<TableColumns>>,
    ctes: RefCell<BTreeMap<String, Vec<Flow>>>,
}

impl<'s> QueryScope<'s> {
    pub(super) fn within(outer: Option<&'s QueryScope<'s>>) -> QueryScope<'s> {
        QueryScope { outer, tables: RefCell::default(), ctes: RefCell::default() }
    }

    pub(super) fn is_outermost(&self) -> bool {
        self.outer.is_none()
    }

    /// The next table, in the order in which variables number them.
    pub(super) fn push(&self, columns: TableColumns) {
        self.tables.borrow_mut().push(columns);
    }

    /// A table by number, `levels` queries further out.
    pub(super) fn table(&self, levels: u32, number: u32) -> Option<TableColumns> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.level(levels)?.tables.borrow().get(index).cloned()
    }

    /// The columns of a `WITH` query, as far as they are known.
    pub(super) fn cte(&self, levels: u32, name: &str) -> Option<Vec<Flow>> {
        self.level(levels)?.ctes.borrow().get(name).cloned()
    }

    /// Adds sources to the columns of a `WITH` query. Returns true if some are new.
    pub(super) fn learn(&self, name: &str, flows: &[Flow]) -> bool {
        let mut ctes = self.ctes.borrow_mut();
        let mut next = 0..;
        let flows = &renumbered(flows, || next.next().unwrap_or(u32::MAX));
        let known = ctes.get(name).cloned().unwrap_or_default();
        let length = known.len().max(flows.len());
        let column =
            |from: &[Flow], index: usize| from.get(index).cloned().unwrap_or_else(Flow::constant);
        let both: Vec<Flow> =
            (0..length).map(|index| column(&known, index).or(&column(flows, index))).collect();
        let news = both != known;
        ctes.insert(name.to_owned(), both);
        news
    }

    fn level(&self, levels: u32) -> Option<&QueryScope<'s>> {
        let mut scope = self;
        for _ in 0..levels {
            scope = scope.outer?;
        }
        Some(scope)
    }
}
