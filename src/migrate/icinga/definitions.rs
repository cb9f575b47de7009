//! What files of Icinga's configuration contain.

use super::syntax::{Expression, SyntaxError};

/// A statement in the body of an object.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Statement {
    /// `import "NAME"`.
    Import(Expression),
    /// `PATH = VALUE`, or `PATH += VALUE`.
    Set { path: Vec<Expression>, adds: bool, value: Expression },
    /// `assign where CONDITION`.
    Assign(Expression),
    /// `ignore where CONDITION`.
    Ignore(Expression),
    /// `if (CONDITION) { … } else { … }`.
    If(Expression, Vec<PlacedStatement>, Vec<PlacedStatement>),
    /// `for (NAMES in LIST) { … }`.
    For(LoopHeader, Vec<PlacedStatement>),
    /// `var NAME = VALUE`.
    Local(String, Expression),
    /// `while (CONDITION) { … }`.
    While(Expression, Vec<PlacedStatement>),
    /// `return VALUE`.
    Return(Expression),
    /// A value, such as that of a function, or a call.
    Do(Expression),
    /// A statement that only Icinga can run.
    Other(&'static str),
}

/// The names of a loop, and what it is over.
pub(super) type LoopHeader = (Vec<String>, Expression);

/// A statement and its line.
pub(super) type PlacedStatement = (usize, Statement);

/// What a definition is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DefinitionKind {
    Object,
    Template,
    Apply,
}

/// An object, a template or an apply rule.
#[derive(Debug, Clone)]
pub(super) struct IcingaDefinition {
    pub(super) kind: DefinitionKind,
    /// Its type, such as `Service`.
    pub(super) of: String,
    /// Its name; absent for a rule that takes it from a loop.
    pub(super) name: Option<Expression>,
    pub(super) line: usize,
    /// The loop of an apply rule.
    pub(super) each: Option<LoopHeader>,
    /// The loops around the definition, the outer one first.
    pub(super) around: Vec<LoopHeader>,
    pub(super) body: Vec<PlacedStatement>,
}

/// What a file contains.
#[derive(Debug, Default)]
pub(super) struct IcingaFile {
    pub(super) definitions: Vec<IcingaDefinition>,
    pub(super) constants: Vec<(String, Expression)>,
    /// Lines that cannot be read.
    pub(super) unclear: Vec<SyntaxError>,
}

impl IcingaFile {
    /// Adds what is in a loop or a condition.
    pub(super) fn add(&mut self, mut inner: IcingaFile, header: &LoopHeader) {
        self.unclear.append(&mut inner.unclear);
        self.constants.append(&mut inner.constants);
        for mut definition in inner.definitions {
            definition.around.insert(0, header.clone());
            self.definitions.push(definition);
        }
    }
}
