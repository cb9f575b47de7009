//! Follows secrets and arguments through functions, aggregates and operators.
//!
//! Another file refuses functions that a check must not call.

use super::value::{Flow, Source};
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
        let flow = self.result(node, &function, &given, node.number("funcresulttype"));
        let flow = self.with_own_secrets(&function, flow);
        if !node.is("funcretset") {
            return flow;
        }
        match given.as_slice() {
            // The elements of a secret array.
            [array]
                if function.object.name == "unnest" && array.secret.is_some() && array.whole =>
            {
                Flow { source: Source::Row(self.row()), ..flow }
            }
            // Rows of the server, with secrets in their columns.
            _ if !flow.fields.is_empty() => flow,
            _ => {
                self.refuse_row_counts(&flow, &format!("{}()", function.object.full_name()));
                flow.chosen()
            }
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
            Some(function) => self.result(node, &function, &given, node.number(result)),
            None => Flow::all(&given),
        };
        flow.chosen()
    }

    /// An operator. Comparisons return a boolean, `NULLIF` returns its first operand.
    pub(super) fn operator(&mut self, node: &TreeNode<'_>, context: FlowContext<'_>) -> Flow {
        let given = self.each(node.list("args"), context);
        let operator = self.objects.operators.get(&node.number("opno"));
        let name = operator.map_or("?", |operator| operator.name.as_str());
        let by = format!("operator {name}");
        let safe = operator.is_some_and(|operator| {
            operator.is_built_in() && secrets::is_safe_operator(&operator.name)
        });
        if !safe {
            self.refuse_errors(&Flow::all(&given), &by);
        }
        if node.kind == "OPEXPR" && node.number("opresulttype") != BOOLEAN {
            let flow = self.computed(&given, &by);
            return if safe { flow } else { flow.chosen() };
        }
        let equality = matches!(name, "=" | "<>");
        self.comparison(node, &given, &by, equality);
        match node.kind {
            // Its first operand or NULL.
            "NULLIFEXPR" => Flow::all(&given).computed(),
            _ => Flow::default(),
        }
    }

    /// The sources of a function's result.
    fn result(
        &mut self,
        node: &TreeNode<'_>,
        function: &MentionedFunction,
        given: &[Flow],
        result: u32,
    ) -> Flow {
        let by = format!("{}()", function.object.full_name());
        let treatment = if function.object.is_built_in() {
            secrets::treatment(&function.object.name)
        } else {
            Treatment::Leak
        };
        if treatment == Treatment::Count {
            // A value computed from a secret can be NULL or not, depending on the secret.
            for computed in given.iter().filter(|flow| !flow.whole) {
                self.comparison(node, std::slice::from_ref(computed), &by, false);
            }
            return Flow::default();
        }
        if treatment == Treatment::Leak {
            let flow = Flow::all(given).computed().chosen();
            self.refuse_errors(&flow, &by);
            return if result == BOOLEAN { Flow::default() } else { flow };
        }
        // pg_get_expr shows an expression with the names of the columns of its table.
        let given = match given {
            [tree, table] if treatment == Treatment::Show && table.source == tree.source => {
                std::slice::from_ref(tree)
            }
            given => given,
        };
        if result == BOOLEAN {
            self.comparison(node, given, &by, false);
            return Flow::default();
        }
        self.computed(given, &by)
    }

    /// Adds the secrets that a function reads from the server.
    fn with_own_secrets(&mut self, function: &MentionedFunction, flow: Flow) -> Flow {
        let name = &function.object.name;
        let Some(columns) = secrets::columns(name, self.owner, self.digests) else { return flow };
        let returned = function.columns.as_deref().unwrap_or_default();
        if columns.is_empty() || returned.is_empty() {
            let own = Flow::secret(&format!("{name}()"), self.row());
            return Flow { argument: flow.argument, ..own };
        }
        let row = self.row();
        let fields = returned.iter().map(|column| {
            if columns.contains(&column.as_str()) {
                Flow::secret(&format!("{name}().{column}"), row)
            } else {
                flow.clone().chosen()
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
                Flow::secret(&format!("the setting {name}"), self.row())
            }
            Some(_) => Flow::default(),
            None => flow.or(&Flow::unknown("a setting whose name is not a constant")),
        }
    }

    fn function_of(&self, node: &TreeNode<'_>, label: &str) -> Option<MentionedFunction> {
        self.objects.functions.get(&node.number(label)).cloned()
    }
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
