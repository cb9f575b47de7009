//! Follows secrets and arguments through functions, aggregates and operators.
//!
//! Another file refuses functions that a check must not call.

use super::value::Flow;
use super::{BOOLEAN, FlowContext, FlowReader};
use crate::lint::mentions::MentionedFunction;
use crate::lint::node::{TreeNode, TreeValue};
use crate::lint::secrets::{self, Treatment};

impl FlowReader<'_> {
    /// A function call.
    pub(super) fn call(&mut self, node: &TreeNode<'_>, context: FlowContext<'_>) -> Flow {
        let given = self.each(node.list("args"), context);
        let Some(function) = self.function_of(node, "funcid") else {
            return Flow::all(&given);
        };
        if function.object.name == "current_setting" {
            return self.setting(node, &given);
        }
        let flow = self.result(&function, &given, node.number("funcresulttype"));
        let flow = self.with_own_secrets(&function, flow);
        if node.is("funcretset") && !lists_values(&function, node) {
            flow.generated()
        } else {
            flow
        }
    }

    /// An aggregate or a window function.
    pub(super) fn aggregate(&mut self, node: &TreeNode<'_>, context: FlowContext<'_>) -> Flow {
        let (function, result) = match node.kind {
            "AGGREF" => ("aggfnoid", "aggtype"),
            _ => ("winfnoid", "wintype"),
        };
        let given =
            [self.each(node.list("aggdirectargs"), context), self.each(node.list("args"), context)]
                .concat();
        for label in ["aggfilter", "aggorder", "aggdistinct"] {
            if let Some(value) = node.get(label) {
                self.value(value, context);
            }
        }
        let flow = match self.function_of(node, function) {
            Some(function) => self.result(&function, &given, node.number(result)),
            None => Flow::all(&given),
        };
        // Window functions such as row_number() generate values.
        if node.kind == "WINDOWFUNC" { flow.generated() } else { flow }
    }

    /// An operator. Comparisons return a boolean, `NULLIF` returns its first operand.
    pub(super) fn operator(&mut self, node: &TreeNode<'_>, context: FlowContext<'_>) -> Flow {
        let given = self.each(node.list("args"), context);
        let flow = Flow::all(&given);
        let operator = self.objects.operators.get(&node.number("opno"));
        let name = operator.map_or("?", |operator| operator.name.as_str());
        let by = format!("operator {name}");
        self.refuse_guesses(&flow, &by);
        self.refuse_generated(&given, &by);
        let safe = operator.is_some_and(|operator| {
            operator.is_built_in() && secrets::is_safe_operator(&operator.name)
        });
        if !safe {
            self.refuse_errors(&flow, &by);
        }
        match node.kind {
            "NULLIFEXPR" => given.into_iter().next().unwrap_or_default(),
            "OPEXPR" if node.number("opresulttype") != BOOLEAN => {
                Flow { fields: Vec::new(), ..flow }
            }
            _ => Flow::default(),
        }
    }

    /// The sources of a function's result.
    fn result(&mut self, function: &MentionedFunction, given: &[Flow], result: u32) -> Flow {
        let flow = Flow { fields: Vec::new(), ..Flow::all(given) };
        let by = format!("{}()", function.object.full_name());
        let treatment = if function.object.is_built_in() {
            secrets::treatment(&function.object.name)
        } else {
            Treatment::Leak
        };
        if treatment == Treatment::Count {
            return Flow::default();
        }
        self.refuse_guesses(&flow, &by);
        if treatment == Treatment::Leak {
            self.refuse_errors(&flow, &by);
        }
        if result != BOOLEAN {
            return flow;
        }
        self.refuse_generated(given, &by);
        Flow::default()
    }

    /// Adds the secrets that a function reads from the server.
    fn with_own_secrets(&self, function: &MentionedFunction, flow: Flow) -> Flow {
        let name = &function.object.name;
        let Some(columns) = secrets::columns(name, self.owner) else { return flow };
        let returned = function.columns.as_deref().unwrap_or_default();
        if columns.is_empty() || returned.is_empty() {
            return flow.or(&Flow::secret(&format!("{name}()")));
        }
        let fields = returned.iter().map(|column| {
            if columns.contains(&column.as_str()) {
                Flow::secret(&format!("{name}().{column}"))
            } else {
                flow.clone()
            }
        });
        Flow::row(fields.collect())
    }

    /// `current_setting`: the name of the setting must be a constant.
    fn setting(&mut self, node: &TreeNode<'_>, given: &[Flow]) -> Flow {
        let flow = Flow::all(given);
        self.refuse_errors(&flow, "current_setting()");
        if let Some(argument) = &flow.argument {
            self.refusals.add(
                "setting_by_caller",
                "current_setting()",
                format!(
                    "uses the argument {argument} as a name, so the caller could read every setting that the check's owner role can read"
                ),
                "write the name as a constant",
            );
        }
        match node.list("args").first().and_then(TreeValue::node).and_then(constant_text) {
            Some(name) if secrets::is_secret_setting(&name) => {
                Flow::secret(&format!("the setting {name}"))
            }
            Some(_) => Flow::default(),
            None => flow.or(&Flow::secret("a setting whose name is not a constant")),
        }
    }

    fn function_of(&self, node: &TreeNode<'_>, label: &str) -> Option<MentionedFunction> {
        self.objects.functions.get(&node.number(label)).cloned()
    }
}

/// Whether the query itself contains the values that a function returns.
fn lists_values(function: &MentionedFunction, node: &TreeNode<'_>) -> bool {
    let given = node.list("args").first().and_then(TreeValue::node).map_or("", |node| node.kind);
    function.object.name == "unnest" && matches!(given, "ARRAY" | "ARRAYEXPR" | "CONST")
}

/// A constant text: four bytes of length, then the text.
fn constant_text(node: &TreeNode<'_>) -> Option<String> {
    match (node.kind, node.get("constvalue")) {
        ("CONST", Some(TreeValue::Bytes(bytes))) => {
            Some(String::from_utf8_lossy(bytes.get(4..)?).into_owned())
        }
        _ => None,
    }
}
