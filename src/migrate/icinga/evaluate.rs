//! Evaluates expressions of Icinga's configuration.

use std::rc::Rc;

use super::builtins::{builtin, equal, method, of_math};
use super::definitions::LoopHeader;
use super::syntax::Expression;
use super::value::{IcingaFunction, IcingaValue};
use super::world::{FunctionMacros, IcingaWorld, NamedValues};

/// The most bytes of a value.
const LONGEST: usize = 64 * 1024;

/// The most expressions within each other, with those of called functions.
pub(super) const DEEPEST: usize = 200;

/// The names that an expression can use.
#[derive(Debug, Clone, Copy)]
pub(super) struct IcingaScope<'a> {
    pub(super) world: &'a IcingaWorld,
    /// The names of a loop and other local names.
    pub(super) local: &'a NamedValues,
    /// The object that is defined.
    pub(super) this: &'a IcingaValue,
    /// The macros of a command, in its functions.
    pub(super) macros: Option<&'a dyn FunctionMacros>,
}

impl IcingaScope<'_> {
    /// The value of an expression. A value that only Icinga knows is unknown, and does not fail.
    pub(super) fn value(&self, expression: &Expression) -> IcingaValue {
        let too_large = || IcingaValue::Unknown("a value that is too large".to_owned());
        let (left, depth) = (&self.world.left, &self.world.depth);
        if left.get() == 0 {
            return IcingaValue::Unknown(
                "more values than are evaluated; name fewer files".to_owned(),
            );
        }
        if depth.get() >= DEEPEST {
            return IcingaValue::Unknown("too many calls within each other".to_owned());
        }
        depth.set(depth.get() + 1);
        let value = self.any(expression);
        depth.set(depth.get() - 1);
        let size = value
            .size()
            .filter(|_| !matches!(&value, IcingaValue::Text(text) if text.len() > LONGEST));
        left.set(left.get().saturating_sub(size.unwrap_or(LONGEST)));
        if size.is_some() { value } else { too_large() }
    }

    fn any(&self, expression: &Expression) -> IcingaValue {
        match expression {
            Expression::Value(value) => value.clone(),
            Expression::Name(name) => self.name(name),
            Expression::List(items) => {
                IcingaValue::List(items.iter().map(|item| self.value(item)).collect())
            }
            Expression::Map(entries) => {
                let mut map = IcingaValue::Map(NamedValues::new());
                for (path, adds, value) in entries {
                    let keys: Option<Vec<String>> =
                        path.iter().map(|key| self.value(key).text()).collect();
                    let Some(keys) = keys else {
                        return IcingaValue::Unknown("a key of a dictionary".to_owned());
                    };
                    map.set(&keys, *adds, self.value(value));
                }
                map
            }
            Expression::If(condition, then, otherwise) => match self.value(condition).truth() {
                Ok(true) => self.value(then),
                Ok(false) => self.value(otherwise),
                Err(what) => IcingaValue::Unknown(what),
            },
            Expression::Index(of, index) if is_global(of) => {
                let key = self.value(index).text().unwrap_or_default();
                self.world.constants.get(&key).cloned().unwrap_or_default()
            }
            Expression::Index(..) if self.part(expression).is_some() => {
                self.part(expression).cloned().unwrap_or_default()
            }
            Expression::Index(of, index) => {
                let index = self.value(index);
                match (self.value(of), index) {
                    (IcingaValue::List(list), IcingaValue::Number(number)) =>
                    {
                        #[expect(
                            clippy::cast_possible_truncation,
                            clippy::cast_sign_loss,
                            reason = "an index that is not a whole number finds nothing useful"
                        )]
                        list.get(number as usize).cloned().unwrap_or_default()
                    }
                    (of, index) => index.text().map_or(IcingaValue::Null, |key| of.get(&key)),
                }
            }
            Expression::Function(parameters, captured, body) => {
                let captured =
                    captured.iter().filter_map(|name| Some((name.clone(), self.known(name)?)));
                IcingaValue::Function(IcingaFunction {
                    parameters: Rc::clone(parameters),
                    body: Rc::clone(body),
                    captured: captured.collect(),
                })
            }
            Expression::Call(function, arguments) => self.call(function, arguments),
            Expression::Not(inner) => match self.value(inner).truth() {
                Ok(truth) => IcingaValue::Bool(!truth),
                Err(what) => IcingaValue::Unknown(what),
            },
            Expression::Minus(inner) => match self.value(inner) {
                IcingaValue::Number(number) => IcingaValue::Number(-number),
                _ => {
                    IcingaValue::Unknown("a sign before something that is not a number".to_owned())
                }
            },
            Expression::Binary(sign, left, right) => self.binary(sign, left, right),
        }
    }

    /// A part of a value, such as `host.vars.role`, without a copy of the whole. `None` for other expressions.
    fn part(&self, expression: &Expression) -> Option<&IcingaValue> {
        const NULL: &IcingaValue = &IcingaValue::Null;
        match expression {
            Expression::Name(name) => self.local.get(name),
            Expression::Index(of, key) => {
                let Expression::Value(IcingaValue::Text(key)) = &**key else { return None };
                match self.part(of)? {
                    IcingaValue::Map(map) => Some(map.get(key).unwrap_or(NULL)),
                    other @ IcingaValue::Unknown(_) => Some(other),
                    _ => Some(NULL),
                }
            }
            _ => None,
        }
    }

    fn name(&self, name: &str) -> IcingaValue {
        self.known(name).unwrap_or_else(|| IcingaValue::Unknown(format!("the name {name}")))
    }

    fn known(&self, name: &str) -> Option<IcingaValue> {
        if let Some(value) = self.local.get(name) {
            return Some(value.clone());
        }
        if name == "this" {
            return Some(self.this.clone());
        }
        if let IcingaValue::Map(map) = self.this
            && let Some(value) = map.get(name)
        {
            return Some(value.clone());
        }
        self.world.constants.get(name).cloned()
    }

    fn binary(&self, sign: &str, left: &Expression, right: &Expression) -> IcingaValue {
        let left = self.value(left);
        let truth = |result: Result<bool, String>| match result {
            Ok(truth) => IcingaValue::Bool(truth),
            Err(what) => IcingaValue::Unknown(what),
        };
        match (sign, left.truth()) {
            ("&&", Ok(false)) => return IcingaValue::Bool(false),
            ("||", Ok(true)) => return left,
            ("&&" | "||", Ok(_)) => return self.value(right),
            ("&&" | "||", Err(what)) => {
                // The other side can decide alone.
                return match (sign, self.value(right).truth()) {
                    ("&&", Ok(false)) => IcingaValue::Bool(false),
                    ("||", Ok(true)) => IcingaValue::Bool(true),
                    _ => IcingaValue::Unknown(what),
                };
            }
            _ => {}
        }
        let right = self.value(right);
        for side in [&left, &right] {
            match side {
                IcingaValue::Unknown(what) => return IcingaValue::Unknown(what.clone()),
                IcingaValue::Function(_) => {
                    return IcingaValue::Unknown("a function".to_owned());
                }
                _ => {}
            }
        }
        match sign {
            "+" => left.plus(right),
            "==" => truth(Ok(equal(&left, &right))),
            "!=" => truth(Ok(!equal(&left, &right))),
            "in" | "!in" => {
                let found = match &right {
                    IcingaValue::List(list) => list.iter().any(|one| equal(one, &left)),
                    _ => false,
                };
                truth(Ok(found == (sign == "in")))
            }
            _ => match (left.or_zero(), right.or_zero()) {
                (IcingaValue::Text(one), IcingaValue::Text(two))
                    if matches!(sign, "<" | ">" | "<=" | ">=") =>
                {
                    truth(Ok(match sign {
                        "<" => one < two,
                        ">" => one > two,
                        "<=" => one <= two,
                        _ => one >= two,
                    }))
                }
                (IcingaValue::Number(one), IcingaValue::Number(two)) => match sign {
                    "-" => IcingaValue::Number(one - two),
                    "*" => IcingaValue::Number(one * two),
                    "/" => IcingaValue::Number(one / two),
                    "%" => IcingaValue::Number(one % two),
                    "<" => truth(Ok(one < two)),
                    ">" => truth(Ok(one > two)),
                    "<=" => truth(Ok(one <= two)),
                    _ => truth(Ok(one >= two)),
                },
                _ => {
                    IcingaValue::Unknown(format!("\"{sign}\" between values that are not numbers"))
                }
            },
        }
    }

    fn call(&self, function: &Expression, arguments: &[Expression]) -> IcingaValue {
        let unknown = |name: &str| IcingaValue::Unknown(format!("the function {name}"));
        let values =
            || -> Vec<IcingaValue> { arguments.iter().map(|one| self.value(one)).collect() };
        match function {
            Expression::Name(name) => match self.known(name) {
                Some(IcingaValue::Function(function)) => self.run(&function, values()),
                _ => self.named(name, arguments),
            },
            Expression::Index(of, name) => {
                let name = self.value(name).text().unwrap_or_default();
                if is_global(of) {
                    if name == "contains" {
                        let key = values().first().and_then(IcingaValue::text);
                        let known = key.is_some_and(|key| self.world.constants.contains_key(&key));
                        return IcingaValue::Bool(known);
                    }
                    return match self.world.constants.get(&name) {
                        Some(IcingaValue::Function(function)) => self.run(function, values()),
                        _ => self.named(&name, arguments),
                    };
                }
                if **of == Expression::Name("Math".to_owned()) {
                    return of_math(&name, &values()).unwrap_or_else(|| unknown(&name));
                }
                let of = self.value(of);
                if let IcingaValue::Function(function) = of.get(&name) {
                    return self.run(&function, values());
                }
                let values = values();
                let with_function = match (&of, values.as_slice()) {
                    (IcingaValue::List(list), [IcingaValue::Function(function)]) => {
                        self.with_function(list, &name, function)
                    }
                    _ => None,
                };
                let result = with_function.or_else(|| method(&of, &name, &values));
                result.unwrap_or_else(|| unknown(&name))
            }
            other => match self.value(other) {
                IcingaValue::Function(function) => self.run(&function, values()),
                _ => unknown("in brackets"),
            },
        }
    }

    /// A function of Icinga. Those that find objects know the ones of the files.
    fn named(&self, name: &str, arguments: &[Expression]) -> IcingaValue {
        let values: Vec<IcingaValue> = match (name, arguments) {
            // The first is the name of a type.
            ("get_object" | "get_objects", [Expression::Name(of), rest @ ..]) => {
                let of = IcingaValue::Text(of.clone());
                [of].into_iter().chain(rest.iter().map(|one| self.value(one))).collect()
            }
            _ => arguments.iter().map(|one| self.value(one)).collect(),
        };
        let text = |at: usize| values.get(at).and_then(IcingaValue::text);
        let host = |name: String| {
            let found = self.world.hosts.borrow().get(&name).map(|host| (**host).clone());
            let missing = || format!("the host \"{name}\" (in none of the files)");
            found.unwrap_or_else(|| IcingaValue::Unknown(missing()))
        };
        match (name, text(0), text(1)) {
            ("macro", Some(text), _) => match self.macros {
                Some(macros) => macros.value_of(&text).unwrap_or_else(IcingaValue::Unknown),
                None => IcingaValue::Unknown("the function macro".to_owned()),
            },
            ("get_host", Some(name), _) => host(name),
            ("get_object", Some(of), Some(name)) if of == "Host" => host(name),
            ("get_objects", Some(of), _) if of == "Host" => {
                let hosts = self.world.hosts.borrow();
                IcingaValue::List(hosts.values().map(|host| (**host).clone()).collect())
            }
            ("get_service", _, Some(name)) => {
                let of = match &values[0] {
                    IcingaValue::Map(_) => values[0].get("name").text().unwrap_or_default(),
                    other => other.text().unwrap_or_default(),
                };
                let found = self.world.services.borrow().get(&(of.clone(), name.clone())).cloned();
                found.map_or_else(
                    || {
                        IcingaValue::Unknown(format!(
                            "the service \"{of}!{name}\" (in none of the files)"
                        ))
                    },
                    |service| (*service).clone(),
                )
            }
            _ => builtin(name, &values),
        }
    }

    /// The keys of a path.
    pub(super) fn keys(&self, path: &[Expression]) -> Option<Vec<String>> {
        path.iter().map(|key| self.value(key).text()).collect()
    }

    /// The names and values of each turn of a loop. The error is what is not known.
    pub(super) fn turns(
        &self,
        (names, over): &LoopHeader,
    ) -> Result<Vec<Vec<(String, IcingaValue)>>, String> {
        let turn = |values: Vec<IcingaValue>| names.iter().cloned().zip(values).collect();
        Ok(match self.value(over) {
            IcingaValue::Map(map) => map
                .into_iter()
                .map(|(key, value)| turn(vec![IcingaValue::Text(key), value]))
                .collect(),
            IcingaValue::List(list) => list.into_iter().map(|value| turn(vec![value])).collect(),
            IcingaValue::Unknown(what) => return Err(what),
            IcingaValue::Function(_) => return Err("a function".to_owned()),
            _ => Vec::new(),
        })
    }
}

/// Whether an expression is the name of all constants.
fn is_global(expression: &Expression) -> bool {
    matches!(expression, Expression::Name(name) if name == "globals")
}
