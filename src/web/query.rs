//! The parameters of a request: the part of its address after the question mark.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use axum::http::StatusCode;

use super::answer::Refusal;
use crate::text::suggestion::{nearest, suggestion};

/// The parameters of a request. Each was given at most once, except [`LISTS`].
#[derive(Debug)]
pub(super) struct QueryParameters(Vec<(String, String)>);

/// The parameters that are lists. Prometheus writes a list as a parameter that is given several times.
const LISTS: [&str; 1] = ["check"];

impl QueryParameters {
    /// Reads the parameters. Only these names are allowed, so that no misspelled parameter is without effect.
    pub(super) fn read(query: Option<&str>, names: &[&str]) -> Result<QueryParameters, Refusal> {
        QueryParameters::parse(query, names, true)
    }

    /// The same for a scrape, whose configuration may set parameters of other exporters: a name that is like none of these
    /// is ignored.
    pub(super) fn of_scrape(
        query: Option<&str>,
        names: &[&str],
    ) -> Result<QueryParameters, Refusal> {
        QueryParameters::parse(query, names, false)
    }

    fn parse(query: Option<&str>, names: &[&str], all_known: bool) -> Result<Self, Refusal> {
        let mut all: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            if !names.contains(&&*name) {
                if !all_known && nearest(&name, names.iter().copied()).is_none() {
                    continue;
                }
                let near = suggestion(&name, names.iter().copied());
                return Err(refusal(format!("unknown parameter {name:?}{near}")));
            }
            if !LISTS.contains(&&*name) && all.iter().any(|(known, _)| *known == name) {
                return Err(refusal(format!("the parameter {name} is given twice")));
            }
            all.push((name.into_owned(), value.into_owned()));
        }
        Ok(QueryParameters(all))
    }

    /// The value of a parameter. An empty value is as none.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(known, _)| known == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    /// The value of a parameter that must be given, as in this example.
    pub(super) fn required(&self, name: &str, example: &str) -> Result<String, Refusal> {
        let missing = || refusal(format!("the parameter {name} is missing: {example}"));
        self.get(name).map(str::to_owned).ok_or_else(missing)
    }

    /// The values of a parameter of [`LISTS`], each time separated by commas.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let given = self.0.iter().filter(|(known, value)| known == name && !value.is_empty());
        given.flat_map(|(_, value)| value.split(',')).map(str::to_owned).collect()
    }

    /// The number in a parameter, within a range.
    pub(super) fn number<T: FromStr + PartialOrd + Display>(
        &self,
        name: &str,
        range: RangeInclusive<T>,
    ) -> Result<Option<T>, Refusal> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = value.parse().ok().filter(|number| range.contains(number));
        let (least, most) = (range.start(), range.end());
        number.map(Some).ok_or_else(|| {
            refusal(format!("{name}={value:?} is not a whole number from {least} to {most}"))
        })
    }
}

fn refusal(message: String) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded() {
        let read = QueryParameters::read(
            Some("target=db%201&check=a,b&limit=7&check=&check=c"),
            &["target", "check", "limit"],
        );
        let read = read.expect("it is valid");
        assert_eq!(read.get("target"), Some("db 1"));
        assert_eq!(read.list("check"), ["a", "b", "c"]);
        assert_eq!(read.number("limit", 1..=10), Ok(Some(7)));
        assert_eq!(read.number::<u32>("after", 1..=10), Ok(None));
        assert!(read.list("none").is_empty());
        let scrape = |query| QueryParameters::of_scrape(Some(query), &["target", "check"]);
        let read = scrape("module=a&target=db1&module=b").expect("it is valid");
        assert_eq!(read.get("target"), Some("db1"));
        let message = "unknown parameter \"chek\"; did you mean \"check\"?";
        assert_eq!(scrape("chek=a").expect_err("a mistake"), refusal(message.to_owned()));
    }

    #[test]
    fn a_mistake_has_one_message() {
        for (query, expected) in [
            ("targt=a", "unknown parameter \"targt\"; did you mean \"target\"?"),
            ("limit=1&limit=2", "the parameter limit is given twice"),
            ("limit=x", "limit=\"x\" is not a whole number from 1 to 10"),
            ("limit=-1", "limit=\"-1\" is not a whole number from 1 to 10"),
            ("limit=11", "limit=\"11\" is not a whole number from 1 to 10"),
            ("target=", "the parameter target is missing: /x?target=NAME"),
        ] {
            let message = QueryParameters::read(Some(query), &["target", "limit"])
                .and_then(|read| {
                    read.number::<i64>("limit", 1..=10)?;
                    read.required("target", "/x?target=NAME")
                })
                .expect_err(query);
            assert_eq!(message, refusal(expected.to_owned()), "{query}");
        }
    }
}
