//! Follows secrets and arguments through functions, aggregates and operators.
//!
//! Whether a function may be called at all is none of its business.

use super::{BOOLEAN, Flow, Node, Place, Reader, Treatment, Value, secrets};
use crate::lint::names::Function;

impl Reader<'_> {
    /// A call of a function.
    pub(super) fn call(&mut self, node: &Node<'_>, place: Place<'_>) -> Flow {
        let given = self.each(node.list("args"), place);
        let Some(function) = self.function_of(node, "funcid") else {
            return Flow::all(&given);
        };
        if function.object.name == "current_setting" {
            return self.setting(node, &given);
        }
        let flow = self.given(&function, &given, node.number("funcresulttype"));
        let flow = self.source(&function, flow);
        if node.is("funcretset") && !is_written_out(&function, node) {
            flow.generated()
        } else {
            flow
        }
    }

    /// An aggregate, or a function over a window.
    pub(super) fn aggregate(&mut self, node: &Node<'_>, place: Place<'_>) -> Flow {
        let (function, result) = match node.kind {
            "AGGREF" => ("aggfnoid", "aggtype"),
            _ => ("winfnoid", "wintype"),
        };
        let given =
            [self.each(node.list("aggdirectargs"), place), self.each(node.list("args"), place)]
                .concat();
        for label in ["aggfilter", "aggorder", "aggdistinct"] {
            if let Some(value) = node.get(label) {
                self.value(value, place);
            }
        }
        let flow = match self.function_of(node, function) {
            Some(function) => self.given(&function, &given, node.number(result)),
            None => Flow::all(&given),
        };
        // Rows can be counted through, as with row_number().
        if node.kind == "WINDOWFUNC" { flow.generated() } else { flow }
    }

    /// An operator. Comparing says yes or no; `NULLIF` gives back what it was given first.
    pub(super) fn operator(&mut self, node: &Node<'_>, place: Place<'_>) -> Flow {
        let given = self.each(node.list("args"), place);
        let flow = Flow::all(&given);
        let operator = self.names.operators.get(&node.number("opno"));
        let name = operator.map_or("?", |operator| operator.name.as_str());
        let by = format!("operator {name}");
        self.meet(&flow, &by);
        self.spelled(&given, &by);
        let safe = operator.is_some_and(|operator| {
            operator.is_of_the_server() && secrets::is_safe_operator(&operator.name)
        });
        if !safe {
            self.told(&flow, &by);
        }
        match node.kind {
            "NULLIFEXPR" => given.into_iter().next().unwrap_or_default(),
            "OPEXPR" if node.number("opresulttype") != BOOLEAN => {
                Flow { fields: Vec::new(), ..flow }
            }
            _ => Flow::default(),
        }
    }

    /// What a function makes of what it is given.
    fn given(&mut self, function: &Function, given: &[Flow], result: u32) -> Flow {
        let flow = Flow { fields: Vec::new(), ..Flow::all(given) };
        let by = format!("{}()", function.object.full_name());
        let treatment = if function.object.is_of_the_server() {
            secrets::treatment(&function.object.name)
        } else {
            Treatment::Tell
        };
        if treatment == Treatment::Count {
            return Flow::default();
        }
        self.meet(&flow, &by);
        if treatment == Treatment::Tell {
            self.told(&flow, &by);
        }
        if result != BOOLEAN {
            return flow;
        }
        self.spelled(given, &by);
        Flow::default()
    }

    /// Adds the secrets that a function brings of its own.
    fn source(&self, function: &Function, flow: Flow) -> Flow {
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

    /// `current_setting`: which setting it reads must stand in the query.
    fn setting(&mut self, node: &Node<'_>, given: &[Flow]) -> Flow {
        let flow = Flow::all(given);
        self.told(&flow, "current_setting()");
        if let Some(argument) = &flow.argument {
            self.complaints.add(
                "setting_by_caller",
                "current_setting()",
                format!(
                    "takes the name from the argument {argument}, so that the caller could read every setting that the check's owner sees"
                ),
                "write the name as a constant",
            );
        }
        match node.list("args").first().and_then(Value::node).and_then(text_of) {
            Some(name) if secrets::is_secret_setting(&name) => {
                Flow::secret(&format!("the setting {name}"))
            }
            Some(_) => Flow::default(),
            None => flow.or(&Flow::secret("a setting whose name is no constant")),
        }
    }

    fn function_of(&self, node: &Node<'_>, label: &str) -> Option<Function> {
        self.names.functions.get(&node.number(label)).cloned()
    }
}

/// Whether what a function goes through stands in the query, one by one.
fn is_written_out(function: &Function, node: &Node<'_>) -> bool {
    let given = node.list("args").first().and_then(Value::node).map_or("", |node| node.kind);
    function.object.name == "unnest" && matches!(given, "ARRAY" | "ARRAYEXPR" | "CONST")
}

/// A constant text: four bytes of length, then the text.
fn text_of(node: &Node<'_>) -> Option<String> {
    match (node.kind, node.get("constvalue")) {
        ("CONST", Some(Value::Bytes(bytes))) => {
            Some(String::from_utf8_lossy(bytes.get(4..)?).into_owned())
        }
        _ => None,
    }
}
