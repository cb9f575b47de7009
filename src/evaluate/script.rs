//! The script judge: calls `check_context` of a check's script with the rows, and returns its findings.
//!
//! The limits here stop mistakes; the sandbox stops attacks.

use starlark::environment::{FrozenModule, Module};
use starlark::eval::{BeforeStmtFunc, Evaluator};
use starlark::singleton_heap_name;
use starlark::syntax::{AstModule, Dialect, DialectTypes};
use starlark::values::{FrozenHeapName, Value};

use crate::catalog::check::Check;
pub use crate::evaluate::answer::{MOST_FINDINGS, MOST_TEXT};
use crate::evaluate::builtins::{self, Printed};
pub use crate::evaluate::error::{ScriptError, ScriptFailure};
use crate::evaluate::rules::{self, NoRecursion};
use crate::evaluate::{answer, answer_rows, convert, guard};
use crate::finding::Finding;
use crate::rows::{QueryRows, Rows, ScriptInput};

/// The function that every script defines.
const ENTRY: &str = "check_context";

/// The function that makes rows of a document.
const ROWS: &str = "rows";

/// The maximum number of loop turns and calls: a thousand for each of ten thousand rows, in less than a second.
const TICKS: u64 = 20_000_000;

/// The maximum memory for the values of a script, without the documents.
const HEAP_BYTES: usize = 64 * 1024 * 1024;

/// The maximum number of nested calls. Recursion is refused, so a script needs as many functions to reach it.
const FRAMES: usize = 100;

/// The result of a script.
#[derive(Debug, Clone, PartialEq)]
pub struct ScriptJudgement {
    /// The findings that it returned, in its order.
    pub findings: Vec<Finding>,
    /// The lines that it printed, each with its position.
    pub printed: Vec<String>,
    /// The rows that its function `rows` made of a document; absent where it made none.
    pub rows: Option<Rows>,
}

/// Runs `check_context(docs, context)` of a check's script.
///
/// The parser and the interpreter are recursive; the calling thread needs a stack of some megabytes.
pub fn judge(
    check: &str,
    source: &str,
    docs: &ScriptInput,
) -> Result<ScriptJudgement, ScriptFailure> {
    let printed = Printed::default();
    let found = findings(check, source, docs, &printed);
    let printed = printed.into_inner();
    match found {
        Ok((findings, rows)) => Ok(ScriptJudgement { findings, printed, rows }),
        Err(error) => Err(ScriptFailure { error, printed }),
    }
}

/// Parses the script of a check, if it has one, without running it, so that mistakes in the source are reported before a
/// server is queried.
pub fn read_of(check: &Check) -> Result<(), ScriptError> {
    match (&check.script, &check.document) {
        (None, _) => Ok(()),
        (Some(source), None) => read(&check.name, source),
        (Some(source), Some(_)) => read_for_document(&check.name, source),
    }
}

/// Parses a script without running it.
pub fn read(check: &str, source: &str) -> Result<(), ScriptError> {
    let module = parsed(check, source)?;
    if rules::binds(&module, ENTRY) { Ok(()) } else { Err(missing(check)) }
}

/// Parses the script of a check with a document, which defines `rows`, `check_context` or both.
fn read_for_document(check: &str, source: &str) -> Result<(), ScriptError> {
    let module = parsed(check, source)?;
    let is_complete = [ENTRY, ROWS].into_iter().any(|name| rules::binds(&module, name));
    if is_complete { Ok(()) } else { Err(missing(check)) }
}

/// Builds the values that all scripts share, so that the first script does not wait for it.
pub fn prepare() {
    std::sync::LazyLock::force(&builtins::GLOBALS);
    let _ = builtins::context();
}

fn findings(
    check: &str,
    source: &str,
    docs: &ScriptInput,
    printed: &Printed,
) -> Result<(Vec<Finding>, Option<Rows>), ScriptError> {
    let module = parsed(check, source)?;
    let now = match docs {
        ScriptInput::Document { rows: true, now, .. } => Some(*now),
        _ => None,
    };
    let now = now.filter(|_| rules::binds(&module, ROWS));
    let for_rows = now.map(|now| (now, NoRecursion::new(&module)));
    let makes_rows = for_rows.is_some();
    let judges = !makes_rows || rules::binds(&module, ENTRY);
    let watch = NoRecursion::new(&module);
    let wrap = |error: starlark::Error| ScriptError::from_starlark(check, &error);
    let script = load(module, printed).map_err(wrap)?;
    let mut rows = None;
    if let Some((now, watch)) = for_rows {
        let arguments = convert::arguments(check, docs, builtins::context(), Some(now))?;
        let script = LoadedScript { check, script: &script, printed };
        let made = script.call(ROWS, &arguments, watch, answer_rows::rows);
        rows = Some(made.map_err(ScriptError::about_document)?);
    }
    if !judges {
        return Ok((Vec::new(), rows));
    }
    let made = rows.clone().map(|rows| ScriptInput::List(vec![QueryRows::Rows(rows)]));
    let docs = made.as_ref().unwrap_or(docs);
    let arguments = convert::arguments(check, docs, builtins::context(), None)?;
    let script = LoadedScript { check, script: &script, printed };
    let read = |answer: Value<'_>| answer::findings(check, answer);
    Ok((script.call(ENTRY, &arguments, watch, read)?, rows))
}

fn parsed(check: &str, source: &str) -> Result<AstModule, ScriptError> {
    guard::check(check, source)?;
    let wrap = |error: starlark::Error| ScriptError::from_starlark(check, &error);
    let file = format!("{check}/evaluate.star");
    let module = AstModule::parse(&file, source.to_owned(), &dialect()).map_err(wrap)?;
    rules::globals_bound_once(&module).map_err(wrap)?;
    Ok(module)
}

/// The language of Percona's scripts, with additions that do not change the meaning of such a script.
fn dialect() -> Dialect {
    Dialect {
        enable_load: false,
        enable_load_reexport: false,
        enable_keyword_only_arguments: true,
        enable_positional_only_arguments: true,
        enable_types: DialectTypes::Enable,
        enable_f_strings: true,
        enable_top_level_stmt: false,
        ..Dialect::Standard
    }
}

/// Runs the top level, and freezes the values that it defines.
fn load(module: AstModule, printed: &Printed) -> starlark::Result<FrozenModule> {
    let watch = NoRecursion::new(&module);
    Module::with_temp_heap(|scope| {
        {
            let mut evaluator = Evaluator::new(&scope);
            limit(&mut evaluator, watch, printed)?;
            evaluator.eval_module(module, &builtins::GLOBALS)?;
        }
        let name = FrozenHeapName::Singleton(singleton_heap_name!());
        scope.freeze_named(name).map_err(starlark::Error::new_other)
    })
}

/// A script whose top level was run.
struct LoadedScript<'s> {
    check: &'s str,
    script: &'s FrozenModule,
    printed: &'s Printed,
}

impl LoadedScript<'_> {
    /// Calls a function with the two arguments, and reads its answer.
    fn call<T>(
        &self,
        function: &str,
        arguments: &FrozenModule,
        watch: NoRecursion,
        read: impl for<'v> FnOnce(Value<'v>) -> Result<T, ScriptError>,
    ) -> Result<T, ScriptError> {
        let LoadedScript { check, script, printed } = *self;
        let wrap = |error: starlark::Error| ScriptError::from_starlark(check, &error);
        let entry = script.get(function).map_err(|_| missing(check))?;
        if entry.value().get_type() != "function" {
            return Err(missing(check));
        }
        let argument = |name| arguments.get(name).expect("the module defines this name");
        Module::with_temp_heap(|scope| {
            let mut evaluator = Evaluator::new(&scope);
            limit(&mut evaluator, watch, printed).map_err(wrap)?;
            let heap = scope.heap();
            let entry = heap.access_owned_frozen_value(&entry);
            let positional: [Value<'_>; 2] = [convert::DOCS, convert::CONTEXT]
                .map(|name| heap.access_owned_frozen_value(&argument(name)));
            let answer = evaluator.eval_function(entry, &positional, &[]).map_err(wrap)?;
            read(answer)
        })
    }
}

fn missing(check: &str) -> ScriptError {
    ScriptError::Source {
        check: check.to_owned(),
        line: 1,
        reason: format!("the script does not define a function {ENTRY}(docs, context); add it"),
    }
}

fn limit<'a, 'e: 'a>(
    evaluator: &mut Evaluator<'_, 'a, 'e>,
    watch: NoRecursion,
    printed: &'a Printed,
) -> starlark::Result<()> {
    evaluator.extra = Some(printed);
    evaluator.set_max_tick_count(TICKS)?;
    evaluator.set_max_heap_size(HEAP_BYTES)?;
    evaluator.set_max_callstack_size(FRAMES)?;
    // This hook is made for debuggers; the crate has no other one that runs before a call.
    evaluator.before_stmt_for_dap(BeforeStmtFunc::from_dyn(Box::new(watch)));
    Ok(())
}
