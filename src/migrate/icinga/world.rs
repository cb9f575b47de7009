//! What all expressions of Icinga's configuration can use.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use indexmap::IndexMap;

use super::value::IcingaValue;

/// The most values that all expressions together make.
const MOST_VALUES: usize = 20_000_000;

/// Names and their values.
pub(super) type NamedValues = IndexMap<String, IcingaValue>;

/// What all expressions can use.
#[derive(Debug)]
pub(super) struct IcingaWorld {
    /// Constants and global variables.
    pub(super) constants: NamedValues,
    /// The hosts by their names.
    pub(super) hosts: RefCell<BTreeMap<String, Rc<IcingaValue>>>,
    /// The services by the names of their hosts and their own.
    pub(super) services: RefCell<BTreeMap<(String, String), Rc<IcingaValue>>>,
    /// The number of values that may still be made.
    pub(super) left: Cell<usize>,
    /// The number of expressions within each other.
    pub(super) depth: Cell<usize>,
}

impl IcingaWorld {
    pub(super) fn new() -> IcingaWorld {
        IcingaWorld {
            constants: NamedValues::new(),
            hosts: RefCell::default(),
            services: RefCell::default(),
            left: Cell::new(MOST_VALUES),
            depth: Cell::new(0),
        }
    }
}

/// Finds the value of `macro("$NAME$")` in a function.
pub(super) trait FunctionMacros: fmt::Debug {
    /// The value. The error is what is not known.
    fn value_of(&self, text: &str) -> Result<IcingaValue, String>;
}
