//! A line of a file of another program.

use std::fmt;
use std::rc::Rc;

use crate::text::mistake::Mistake;

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DefinitionPlace {
    /// The file, as messages name it.
    pub file: Rc<str>,
    /// The line, from 1.
    pub line: usize,
}

impl DefinitionPlace {
    /// What is wrong at this line. `what` is the object, such as a service.
    pub(super) fn mistake(&self, what: &str, message: impl Into<String>) -> Mistake {
        Mistake {
            file: self.file.to_string(),
            line: self.line,
            key: what.to_owned(),
            message: message.into(),
        }
    }
}

impl fmt::Display for DefinitionPlace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.file, self.line)
    }
}
