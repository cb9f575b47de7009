//! Lists the effective keywords of a connection with the source of each. It never returns a password.

use std::collections::BTreeSet;

use super::keywords::{KeywordValues, variable_of};
use super::{Environment, Parameters, ParametersError, fill_from_service, given_values};

/// A keyword of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedKeyword {
    /// The name that libpq gives it.
    pub name: &'static str,
    /// Its value; absent for a password.
    pub value: Option<String>,
    /// What sets it.
    pub source: KeywordSource,
}

/// What sets a keyword.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeywordSource {
    /// A keyword that was given.
    Given,
    /// The service file.
    Service(String),
    /// An environment variable.
    Environment(&'static str),
    /// The default.
    Default,
}

/// The effective keywords of a connection. The arguments are those of [`Parameters::resolve`].
pub fn list(
    given: &[(String, String)],
    defaults: &[(&str, &str)],
    environment: &Environment,
) -> Result<Vec<ListedKeyword>, ParametersError> {
    let parameters = Parameters::resolve(given, defaults, environment)?;
    let mut values = given_values(given)?;
    let names = |values: &KeywordValues| values.names().collect::<BTreeSet<&'static str>>();
    let from_given = names(&values);
    fill_from_service(&mut values, environment)?;
    let from_service = names(&values);
    let service = values.get("service").map(str::to_owned);
    let service = service.or_else(|| environment.get("PGSERVICE")).unwrap_or_default();
    values.set_defaults_from(environment);
    let mut listed: Vec<ListedKeyword> = Vec::new();
    for name in values.names() {
        let Some(value) = values.get(name) else { continue };
        let source = if from_given.contains(name) {
            KeywordSource::Given
        } else if from_service.contains(name) {
            KeywordSource::Service(service.clone())
        } else {
            KeywordSource::Environment(variable_of(name))
        };
        let value = (name != "password").then(|| value.to_owned());
        listed.push(ListedKeyword { name, value, source });
    }
    let hosts = parameters.hosts();
    let joined = |part: fn(&super::hosts::ServerHost) -> String| {
        hosts.iter().map(part).collect::<Vec<_>>().join(",")
    };
    for (name, value) in [
        ("host", joined(|host| host.label.clone())),
        ("port", joined(|host| host.port.to_string())),
        ("user", parameters.user().to_owned()),
        ("dbname", parameters.database().to_owned()),
    ] {
        if !listed.iter().any(|keyword| keyword.name == name) {
            let source = KeywordSource::Default;
            listed.push(ListedKeyword { name, value: Some(value), source });
        }
    }
    listed.sort_by_key(|keyword| {
        let first = ["host", "hostaddr", "port", "user", "dbname"];
        first.iter().position(|name| *name == keyword.name).unwrap_or(first.len())
    });
    Ok(listed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_keyword_has_its_source_and_a_password_has_no_value() {
        let environment = Environment {
            variable: Box::new(|name| match name {
                "PGPASSWORD" => Some("secret".to_owned()),
                "PGUSER" => Some("other".to_owned()),
                "PGSSLMODE" => Some("require".to_owned()),
                _ => None,
            }),
            ..Environment::silent()
        };
        let given = [("host", "db1"), ("user", "watcher"), ("dbname", "port=5433")];
        let given = given.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let listed = list(&given, &[("dbname", "posemo")], &environment).unwrap();
        let short: Vec<(&str, Option<&str>, &KeywordSource)> =
            listed.iter().map(|one| (one.name, one.value.as_deref(), &one.source)).collect();
        assert_eq!(
            short,
            [
                ("host", Some("db1"), &KeywordSource::Given),
                ("port", Some("5433"), &KeywordSource::Given),
                ("user", Some("watcher"), &KeywordSource::Given),
                ("dbname", Some("posemo"), &KeywordSource::Default),
                ("password", None, &KeywordSource::Environment("PGPASSWORD")),
                ("sslmode", Some("require"), &KeywordSource::Environment("PGSSLMODE")),
            ]
        );
        let listed = list(&given[..2], &[], &environment).unwrap();
        let password = listed.iter().find(|one| one.name == "password").unwrap();
        let from = KeywordSource::Environment("PGPASSWORD");
        assert_eq!((&password.value, &password.source), (&None, &from));
    }
}
