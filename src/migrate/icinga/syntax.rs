//! Reads the expressions of Icinga's configuration.

use super::tokens::{Placed, Token};
use super::value::IcingaValue;

/// The deepest expression or block.
const DEEPEST: usize = 60;

/// The most operators, or parts after points, one after the other.
const LONGEST: usize = 200;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    Value(IcingaValue),
    Name(String),
    List(Vec<Expression>),
    /// Keys with their paths, whether they are added to, and values.
    Map(Vec<(Vec<Expression>, bool, Expression)>),
    Index(Box<Expression>, Box<Expression>),
    Call(Box<Expression>, Vec<Expression>),
    Not(Box<Expression>),
    Minus(Box<Expression>),
    Binary(&'static str, Box<Expression>, Box<Expression>),
    /// The condition, and the values with and without it.
    If(Box<Expression>, Box<Expression>, Box<Expression>),
}

/// What is wrong, and where.
pub(super) type SyntaxError = (usize, String);

/// Reads tokens.
#[derive(Debug)]
pub(super) struct SyntaxReader<'t> {
    tokens: &'t [Placed],
    at: usize,
    depth: usize,
}

impl<'t> SyntaxReader<'t> {
    pub(super) fn new(tokens: &'t [Placed]) -> SyntaxReader<'t> {
        SyntaxReader { tokens, at: 0, depth: 0 }
    }

    pub(super) fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    pub(super) fn line(&self) -> usize {
        let last = self.tokens.last();
        self.tokens.get(self.at).or(last).map_or(1, |(_, line)| *line)
    }

    pub(super) fn advance(&mut self) {
        self.at += 1;
    }

    pub(super) fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Token::Sign(found)) if *found == sign)
    }

    pub(super) fn is_name(&self, name: &str) -> bool {
        matches!(self.peek(), Some(Token::Name(found)) if found == name)
    }

    pub(super) fn take(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        self.at += usize::from(found);
        found
    }

    pub(super) fn take_name(&mut self, name: &str) -> bool {
        let found = self.is_name(name);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, sign: &str) -> Result<(), SyntaxError> {
        if self.take(sign) { Ok(()) } else { Err(self.error(&format!("\"{sign}\" is missing"))) }
    }

    pub(super) fn error(&self, message: &str) -> SyntaxError {
        (self.line(), message.to_owned())
    }

    pub(super) fn skip_ends(&mut self) {
        while self.peek() == Some(&Token::End) {
            self.at += 1;
        }
    }

    /// Enters a block or an expression in brackets.
    pub(super) fn enter(&mut self) -> Result<(), SyntaxError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.error("more than 60 brackets within each other"));
        }
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Skips up to the end of the line, or of a block that begins in it. Returns whether a definition was in it.
    pub(super) fn skip_statement(&mut self) -> bool {
        let mut depth = 0_usize;
        let mut defines = false;
        while let Some(token) = self.peek() {
            match token {
                Token::Sign("{" | "(" | "[") => depth += 1,
                Token::Sign("}" | ")" | "]") | Token::End if depth == 0 => break,
                Token::Sign("}" | ")" | "]") => depth -= 1,
                Token::Name(name) => defines |= name == "object" || name == "apply",
                _ => {}
            }
            self.at += 1;
        }
        defines
    }

    pub(super) fn expression(&mut self) -> Result<Expression, SyntaxError> {
        self.enter()?;
        let mut result = self.binary(0)?;
        if self.take("?") {
            self.skip_ends();
            let then = self.expression()?;
            self.skip_ends();
            self.expect(":")?;
            self.skip_ends();
            let otherwise = self.expression()?;
            result = Expression::If(Box::new(result), Box::new(then), Box::new(otherwise));
        }
        self.leave();
        Ok(result)
    }

    /// `if (CONDITION) { VALUE } else { VALUE }` in the place of a value.
    fn chosen(&mut self) -> Result<Expression, SyntaxError> {
        self.enter()?;
        self.expect("(")?;
        self.skip_ends();
        let condition = self.expression()?;
        self.skip_ends();
        self.expect(")")?;
        self.skip_ends();
        let then = self.braced()?;
        let mut otherwise = Expression::Value(IcingaValue::Null);
        if self.take_name("else") {
            self.skip_ends();
            otherwise = if self.take_name("if") { self.chosen()? } else { self.braced()? };
        }
        self.leave();
        Ok(Expression::If(Box::new(condition), Box::new(then), Box::new(otherwise)))
    }

    fn braced(&mut self) -> Result<Expression, SyntaxError> {
        self.expect("{")?;
        self.skip_ends();
        let value = self.expression()?;
        self.skip_ends();
        self.expect("}")?;
        Ok(value)
    }

    fn operator(&self) -> Option<(&'static str, u8)> {
        let sign = match self.peek()? {
            Token::Sign(sign) => *sign,
            Token::Name(name) if name == "in" => "in",
            _ => return None,
        };
        let strength = match sign {
            "||" => 1,
            "&&" => 2,
            "in" | "!in" => 4,
            "==" | "!=" => 3,
            "<" | ">" | "<=" | ">=" => 5,
            "+" | "-" => 6,
            "*" | "/" | "%" => 7,
            _ => return None,
        };
        Some((sign, strength))
    }

    fn binary(&mut self, least: u8) -> Result<Expression, SyntaxError> {
        let mut left = self.unary()?;
        let mut length = 0;
        while let Some((sign, strength)) = self.operator().filter(|(_, strength)| *strength > least)
        {
            self.at += 1;
            length += 1;
            if length > LONGEST {
                return Err(self.error("more than 200 operators in an expression"));
            }
            self.skip_ends();
            let right = self.binary(strength)?;
            left = Expression::Binary(sign, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expression, SyntaxError> {
        self.enter()?;
        let result = if self.take("!") {
            Ok(Expression::Not(Box::new(self.unary()?)))
        } else if self.take("-") {
            Ok(Expression::Minus(Box::new(self.unary()?)))
        } else {
            self.postfix()
        };
        self.leave();
        result
    }

    fn postfix(&mut self) -> Result<Expression, SyntaxError> {
        let mut found = self.primary()?;
        for _ in 0..LONGEST {
            if self.take(".") {
                let Some(Token::Name(name)) = self.peek() else {
                    return Err(self.error("after a point a name follows"));
                };
                self.at += 1;
                let name = Expression::Value(IcingaValue::Text(name.clone()));
                found = Expression::Index(Box::new(found), Box::new(name));
            } else if self.take("[") {
                let index = self.expression()?;
                self.expect("]")?;
                found = Expression::Index(Box::new(found), Box::new(index));
            } else if self.take("(") {
                found = Expression::Call(Box::new(found), self.list(")")?);
            } else {
                return Ok(found);
            }
        }
        Err(self.error("more than 200 parts of a name"))
    }

    fn primary(&mut self) -> Result<Expression, SyntaxError> {
        let Some(token) = self.peek() else { return Err(self.error("a value is missing")) };
        self.at += 1;
        let value = match token {
            Token::Text(text) => IcingaValue::Text(text.clone()),
            Token::Number(number) => IcingaValue::Number(*number),
            Token::Function(text) => IcingaValue::Function(text.clone()),
            Token::Name(name) => match name.as_str() {
                "true" => IcingaValue::Bool(true),
                "false" => IcingaValue::Bool(false),
                "null" => IcingaValue::Null,
                "function" => {
                    self.skip_function();
                    IcingaValue::Unknown("a function".to_owned())
                }
                "if" => return self.chosen(),
                _ => return Ok(Expression::Name(name.clone())),
            },
            Token::Sign("(") => {
                self.skip_ends();
                let inner = self.expression()?;
                self.skip_ends();
                self.expect(")")?;
                return Ok(inner);
            }
            Token::Sign("[") => return Ok(Expression::List(self.list("]")?)),
            Token::Sign("{") => return Ok(Expression::Map(self.map()?)),
            Token::Sign(_) | Token::End => {
                self.at -= 1;
                return Err(self.error("a value is missing"));
            }
        };
        Ok(Expression::Value(value))
    }

    fn skip_function(&mut self) {
        while self.peek().is_some() && !self.is("{") {
            self.at += 1;
        }
        if self.take("{") {
            let mut depth = 1_usize;
            while depth > 0 && self.peek().is_some() {
                depth = depth + usize::from(self.is("{")) - usize::from(self.is("}"));
                self.at += 1;
            }
        }
    }

    fn list(&mut self, end: &str) -> Result<Vec<Expression>, SyntaxError> {
        let mut items = Vec::new();
        loop {
            self.skip_ends();
            if self.take(end) {
                return Ok(items);
            }
            items.push(self.expression()?);
            self.skip_ends();
            if !self.take(",") && !self.is(end) {
                return Err(self.error(&format!("\"{end}\" is missing")));
            }
        }
    }

    fn map(&mut self) -> Result<Vec<(Vec<Expression>, bool, Expression)>, SyntaxError> {
        let mut entries = Vec::new();
        loop {
            while self.peek() == Some(&Token::End) || self.is(",") {
                self.at += 1;
            }
            if self.take("}") {
                return Ok(entries);
            }
            let Some(Token::Name(key) | Token::Text(key)) = self.peek() else {
                return Err(self.error("a key of the dictionary is missing"));
            };
            self.at += 1;
            let text = |text: &String| Expression::Value(IcingaValue::Text(text.clone()));
            let mut path = vec![text(key)];
            loop {
                if self.take(".") {
                    let Some(Token::Name(name)) = self.peek() else {
                        return Err(self.error("after a point a name follows"));
                    };
                    path.push(text(name));
                    self.at += 1;
                } else if self.take("[") {
                    path.push(self.expression()?);
                    self.expect("]")?;
                } else {
                    break;
                }
                if path.len() > DEEPEST {
                    return Err(self.error("more than 60 parts of a name"));
                }
            }
            let adds = self.is("+=");
            if !self.take("=") && !self.take("+=") {
                return Err(self.error("after a key of a dictionary \"=\" follows"));
            }
            self.skip_ends();
            entries.push((path, adds, self.expression()?));
        }
    }
}
