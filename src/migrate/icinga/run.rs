//! Runs the functions of Icinga's configuration.

use super::definitions::{PlacedStatement, Statement};
use super::evaluate::{DEEPEST, IcingaScope};
use super::statements::body_of_function;
use super::syntax::Expression;
use super::value::{IcingaFunction, IcingaValue};
use super::world::NamedValues;

/// The most turns of a loop with `while`.
const MOST_TURNS: usize = 10_000;

/// How many expressions a block counts as.
const DEPTH_OF_BLOCK: usize = 10;

fn too_deep() -> IcingaValue {
    IcingaValue::Unknown("too many calls within each other".to_owned())
}

impl IcingaScope<'_> {
    /// The methods of lists that call a function for each item.
    pub(super) fn with_function(
        &self,
        list: &[IcingaValue],
        name: &str,
        function: &IcingaFunction,
    ) -> Option<IcingaValue> {
        let results = || list.iter().map(|one| self.run(function, vec![one.clone()]));
        let truths =
            || -> Result<Vec<bool>, String> { results().map(|result| result.truth()).collect() };
        let truth = |truths: Result<bool, String>| {
            truths.map_or_else(IcingaValue::Unknown, IcingaValue::Bool)
        };
        Some(match name {
            "map" => IcingaValue::List(results().collect()),
            "filter" => match truths() {
                Ok(truths) => {
                    let kept = list.iter().zip(truths).filter(|(_, truth)| *truth);
                    IcingaValue::List(kept.map(|(one, _)| one.clone()).collect())
                }
                Err(what) => IcingaValue::Unknown(what),
            },
            "any" => truth(truths().map(|all| all.contains(&true))),
            "all" => truth(truths().map(|all| !all.contains(&false))),
            _ => return None,
        })
    }

    /// What a function returns.
    pub(super) fn run(&self, function: &IcingaFunction, values: Vec<IcingaValue>) -> IcingaValue {
        // Reading it is work, too.
        let left = &self.world.left;
        left.set(left.get().saturating_sub(function.body.len()));
        if self.world.depth.get() + DEPTH_OF_BLOCK > DEEPEST {
            return too_deep();
        }
        let body = match body_of_function(&function.body) {
            Ok(body) => body,
            Err((_, what)) => return IcingaValue::Unknown(format!("a function ({what})")),
        };
        let mut local = self.local.clone();
        local.extend(function.captured.clone());
        local.extend(function.parameters.iter().cloned().zip(values));
        match self.block(&body, &mut local) {
            Ok(value) | Err(value) => value,
        }
    }

    /// Runs a block, which counts as several expressions within each other.
    fn block(
        &self,
        statements: &[PlacedStatement],
        local: &mut NamedValues,
    ) -> Result<IcingaValue, IcingaValue> {
        let depth = &self.world.depth;
        if depth.get() + DEPTH_OF_BLOCK > DEEPEST {
            return Err(too_deep());
        }
        depth.set(depth.get() + DEPTH_OF_BLOCK);
        let result = self.run_statements(statements, local);
        depth.set(depth.get() - DEPTH_OF_BLOCK);
        result
    }

    /// The value of the last statement. The error is the value with which a statement ended the function.
    fn run_statements(
        &self,
        statements: &[PlacedStatement],
        local: &mut NamedValues,
    ) -> Result<IcingaValue, IcingaValue> {
        let mut last = IcingaValue::Null;
        for (_, statement) in statements {
            let scope = IcingaScope { local, ..*self };
            let truth = |condition: &Expression| {
                scope.value(condition).truth().map_err(IcingaValue::Unknown)
            };
            last = match statement {
                Statement::Do(value) => match scope.added(value) {
                    Some((path, adds, new)) => {
                        IcingaValue::set_in(local, &path, adds, new);
                        IcingaValue::Null
                    }
                    None => scope.value(value),
                },
                Statement::Return(value) => return Err(scope.value(value)),
                Statement::Local(name, value) => {
                    let value = scope.value(value);
                    local.insert(name.clone(), value);
                    IcingaValue::Null
                }
                Statement::Set { path, adds, value } => {
                    let Some(keys) = scope.keys(path) else {
                        return Err(IcingaValue::Unknown("a key".to_owned()));
                    };
                    let value = scope.value(value);
                    IcingaValue::set_in(local, &keys, *adds, value);
                    IcingaValue::Null
                }
                Statement::If(condition, then, otherwise) => {
                    let chosen = if truth(condition)? { then } else { otherwise };
                    self.block(chosen, local)?
                }
                Statement::For(header, inner) => {
                    for turn in scope.turns(header).map_err(IcingaValue::Unknown)? {
                        local.extend(turn);
                        self.block(inner, local)?;
                    }
                    IcingaValue::Null
                }
                Statement::While(condition, inner) => {
                    let mut turns = 0;
                    while (IcingaScope { local, ..*self })
                        .value(condition)
                        .truth()
                        .map_err(IcingaValue::Unknown)?
                    {
                        turns += 1;
                        if turns > MOST_TURNS {
                            return Err(IcingaValue::Unknown("a loop without an end".to_owned()));
                        }
                        self.block(inner, local)?;
                    }
                    IcingaValue::Null
                }
                Statement::Other(what) => return Err(IcingaValue::Unknown((*what).to_owned())),
                Statement::Import(_) | Statement::Assign(_) | Statement::Ignore(_) => {
                    return Err(IcingaValue::Unknown("a statement of an object".to_owned()));
                }
            };
        }
        Ok(last)
    }

    /// The path of a list or dictionary and what is added, for `LIST.add(VALUE)` and `MAP.set(KEY, VALUE)`.
    fn added(&self, call: &Expression) -> Option<(Vec<String>, bool, IcingaValue)> {
        let Expression::Call(function, arguments) = call else { return None };
        let Expression::Index(of, method) = &**function else { return None };
        let method = self.value(method).text()?;
        let mut path = Vec::new();
        let mut target = &**of;
        while let Expression::Index(outer, key) = target {
            path.insert(0, self.value(key).text()?);
            target = outer;
        }
        let Expression::Name(name) = target else { return None };
        path.insert(0, name.clone());
        match (method.as_str(), arguments.as_slice()) {
            ("add", [value]) => Some((path, true, IcingaValue::List(vec![self.value(value)]))),
            ("set", [key, value]) => {
                path.push(self.value(key).text()?);
                Some((path, false, self.value(value)))
            }
            _ => None,
        }
    }
}
