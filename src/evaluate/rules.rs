//! Two rules of Percona's engine that the crate does not have: no recursion, and no second assignment to a global.
//!
//! It does not prove that a script ends; it stops a function that calls itself.

use starlark::codemap::{FileSpanRef, Span};
use starlark::eval::{BeforeStmtFuncDyn, Evaluator};
use starlark::syntax::AstModule;
use starlark::syntax::ast::{AstExpr, AstStmt, ExprP, StmtP};

/// A rule that a script breaks.
#[derive(Debug, thiserror::Error)]
enum Forbidden {
    #[error("the function `{0}` called itself, directly or through others; use a loop")]
    Recursion(String),
    #[error("cannot reassign the global `{name}`, which line {line} defined; use another name")]
    Reassigned { name: String, line: usize },
}

/// Returns an error if a global is assigned a second time.
pub(super) fn globals_bound_once(module: &AstModule) -> starlark::Result<()> {
    let mut bound = Vec::<(&str, Span)>::new();
    let mut again = None;
    bindings(module, |name, span| match bound.iter().find(|(known, _)| *known == name) {
        Some(&(name, first)) => again = again.or(Some((name, first, span))),
        None => bound.push((name, span)),
    });
    let Some((name, first, span)) = again else { return Ok(()) };
    let line = module.file_span(first).resolve_span().begin.line + 1;
    let mut error =
        starlark::Error::new_value(Forbidden::Reassigned { name: name.to_owned(), line });
    error.set_span(span, &module.file_span(span).file);
    Err(error)
}

/// Whether the top level defines a name.
pub(super) fn binds(module: &AstModule, wanted: &str) -> bool {
    let mut found = false;
    bindings(module, |name, _| found |= name == wanted);
    found
}

/// Calls `bind` for each name that the top level defines, in order.
fn bindings<'m>(module: &'m AstModule, mut bind: impl FnMut(&'m str, Span)) {
    for statement in top_level(module.statement()) {
        match &statement.node {
            StmtP::Def(def) => bind(&def.name.node.ident, def.name.span),
            StmtP::Assign(assign) => {
                assign.lhs.visit_lvalue(|name| bind(&name.node.ident, name.span));
            }
            StmtP::AssignModify(target, _, _) => {
                target.visit_lvalue(|name| bind(&name.node.ident, name.span));
            }
            _ => {}
        }
    }
}

/// Checks before each statement that the function does not call itself.
pub(super) struct NoRecursion {
    /// The function that each byte of the source belongs to.
    owners: Owners,
    /// The running functions, each with the depth of its frame.
    frames: Vec<(usize, usize)>,
}

impl NoRecursion {
    /// The rule for the functions of a module.
    pub(super) fn new(module: &AstModule) -> NoRecursion {
        let statement = module.statement();
        let mut owners = Owners { bytes: Vec::new(), names: vec!["<module>".to_owned()] };
        owners.definitions(statement);
        // Lambdas after definitions, because a lambda may be inside of a definition and not the other way round.
        statement.visit_expr(|expression| owners.lambdas(expression));
        NoRecursion { owners, frames: Vec::new() }
    }
}

impl<'e> BeforeStmtFuncDyn<'e> for NoRecursion {
    fn call<'v>(
        &mut self,
        statement: FileSpanRef<'_>,
        _continued: bool,
        eval: &mut Evaluator<'v, '_, 'e>,
    ) -> starlark::Result<()> {
        let depth = eval.call_stack_count();
        // The implicit return at the end of a body has an empty span, one byte after the body.
        let behind = u32::from(statement.span.begin() == statement.span.end());
        let at = usize::try_from(statement.span.begin().get().saturating_sub(behind))
            .unwrap_or(usize::MAX);
        let owner = self.owners.bytes.get(at).map_or(0, |&owner| usize::from(owner));
        while self
            .frames
            .last()
            .is_some_and(|&(below, function)| below > depth || below == depth && function != owner)
        {
            self.frames.pop();
        }
        if self.frames.last().is_some_and(|&(same, _)| same == depth) || owner == 0 {
            return Ok(());
        }
        if self.frames.iter().any(|&(_, function)| function == owner) {
            return Err(starlark::Error::new_value(Forbidden::Recursion(
                self.owners.names[owner].clone(),
            )));
        }
        self.frames.push((depth, owner));
        Ok(())
    }
}

/// The function that each byte of a source belongs to; the inner one if functions nest.
struct Owners {
    /// For each byte, the position in `names`; 0 is the module itself.
    bytes: Vec<u16>,
    names: Vec<String>,
}

impl Owners {
    fn definitions(&mut self, statement: &AstStmt) {
        if let StmtP::Def(def) = &statement.node {
            self.assign(&def.name.node.ident, def.body.span);
        }
        statement.visit_stmt(|inner| self.definitions(inner));
    }

    fn lambdas(&mut self, expression: &AstExpr) {
        if let ExprP::Lambda(_) = &expression.node {
            // The crate's statement for a lambda begins at the lambda, not at its body.
            self.assign("lambda", expression.span);
        }
        expression.visit_expr(|inner| self.lambdas(inner));
    }

    fn assign(&mut self, name: &str, body: Span) {
        // A source of 64 KiB has fewer functions.
        let owner = u16::try_from(self.names.len()).unwrap_or(u16::MAX);
        self.names.push(name.to_owned());
        let [begin, end] =
            [body.begin(), body.end()].map(|at| usize::try_from(at.get()).unwrap_or(0));
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        self.bytes[begin..end].fill(owner);
    }
}

/// The statements of a module; the parser may return nested lists of them.
fn top_level(statement: &AstStmt) -> Vec<&AstStmt> {
    match &statement.node {
        StmtP::Statements(list) => list.iter().flat_map(top_level).collect(),
        _ => vec![statement],
    }
}
