//! The script judge: calls `check_context` of a check's script with the rows, and returns its findings.
//!
//! The limits here stop mistakes; the sandbox stops attacks.

use starlark::environment::{FrozenModule, Module};
use starlark::eval::{BeforeStmtFunc, Evaluator};
use starlark::singleton_heap_name;
use starlark::syntax::{AstModule, Dialect, DialectTypes};
use starlark::values::{FrozenHeapName, Value};

pub use crate::evaluate::answer::{MOST_FINDINGS, MOST_TEXT};
use crate::evaluate::builtins::{self, Printed};
pub use crate::evaluate::error::{ScriptError, ScriptFailure};
use crate::evaluate::rules::{self, NoRecursion};
use crate::evaluate::{answer, convert, guard};
use crate::finding::Finding;
use crate::rows::ScriptInput;

/// The function that every script defines.
const ENTRY: &str = "check_context";

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
        Ok(findings) => Ok(ScriptJudgement { findings, printed }),
        Err(error) => Err(ScriptFailure { error, printed }),
    }
}

/// Parses a script without running it, so that mistakes in the source are reported before a server is queried.
pub fn read(check: &str, source: &str) -> Result<(), ScriptError> {
    let module = parsed(check, source)?;
    if rules::binds(&module, ENTRY) { Ok(()) } else { Err(missing(check)) }
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
) -> Result<Vec<Finding>, ScriptError> {
    let module = parsed(check, source)?;
    let watch = NoRecursion::new(&module);
    let arguments = convert::arguments(check, docs, builtins::context())?;
    let wrap = |error: starlark::Error| ScriptError::from_starlark(check, &error);
    let script = load(module, printed).map_err(wrap)?;
    call(check, &script, &arguments, watch, printed)
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

fn call(
    check: &str,
    script: &FrozenModule,
    arguments: &FrozenModule,
    watch: NoRecursion,
    printed: &Printed,
) -> Result<Vec<Finding>, ScriptError> {
    let wrap = |error: starlark::Error| ScriptError::from_starlark(check, &error);
    let entry = script.get(ENTRY).map_err(|_| missing(check))?;
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
        answer::findings(check, answer)
    })
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
