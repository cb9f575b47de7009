//! Replaces the macros of Nagios, such as `$HOSTADDRESS$`.

use std::collections::BTreeMap;

use crate::migrate::found::LONGEST_COMMAND;

/// The values of the macros of each host, by the name of the host.
pub(crate) type HostMacros = BTreeMap<String, BTreeMap<String, String>>;

/// The values of macros, by their names without dollar signs.
#[derive(Debug, Clone)]
pub(crate) struct MacroValues<'h> {
    pub(crate) own: BTreeMap<String, String>,
    /// Those of all hosts, for `$HOSTADDRESS:NAME$`.
    pub(crate) hosts: &'h HostMacros,
}

impl MacroValues<'_> {
    /// The text with the values of its macros. Values are not searched for macros again.
    pub(crate) fn replaced(&self, text: &str) -> Result<String, String> {
        let mut result = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            result.push_str(before);
            let Some((name, tail)) = after.split_once('$') else {
                result.push('$');
                rest = after;
                continue;
            };
            if name.is_empty() {
                result.push('$');
                rest = tail;
            } else if is_macro(name) {
                result.push_str(&self.value(name)?);
                rest = tail;
            } else if let Some((of_host, host)) = name.split_once(':').filter(|(of, host)| {
                of.starts_with(['H', '_']) && is_macro(of) && self.hosts.contains_key(*host)
            }) {
                let value = self.hosts[host].get(of_host).ok_or_else(|| without_value(name))?;
                result.push_str(value);
                rest = tail;
            } else {
                // A dollar sign of a shell or of a regular expression.
                result.push('$');
                rest = after;
            }
            if result.len() > LONGEST_COMMAND {
                return Err(format!("the command has more than {LONGEST_COMMAND} bytes"));
            }
        }
        result.push_str(rest);
        if result.len() > LONGEST_COMMAND {
            return Err(format!("the command has more than {LONGEST_COMMAND} bytes"));
        }
        Ok(result)
    }

    fn value(&self, name: &str) -> Result<String, String> {
        if let Some(value) = self.own.get(name) {
            return Ok(value.clone());
        }
        // An argument that a service does not give is empty. A resource may be in a file that was not named: often it is
        // the folder of the plugins, and sometimes a password.
        if let Some(number) = name.strip_prefix("ARG")
            && number.parse::<u8>().is_ok()
        {
            return Ok(String::new());
        }
        if name.starts_with("USER") {
            return Ok(format!("${name}$"));
        }
        Err(without_value(name))
    }
}

fn is_macro(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn without_value(name: &str) -> String {
    if name.starts_with('_') {
        format!("the macro ${name}$ has no value in the files; name the file that sets it")
    } else {
        format!("the macro ${name}$ has a value only while Nagios runs; write the value")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn macros_have_their_values() {
        let values =
            [("HOSTADDRESS", "10.0.0.1"), ("ARG1", "$HOSTADDRESS$"), ("_HOSTPORT", "5433")];
        let values = values.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let hosts = [("db2", "_HOSTPORT", "5434"), ("db.3", "HOSTADDRESS", "10.0.0.3")];
        let hosts = hosts.map(|(host, name, value)| {
            (host.to_owned(), BTreeMap::from([(name.to_owned(), value.to_owned())]))
        });
        let hosts = HostMacros::from(hosts);
        let values = MacroValues { own: values.into(), hosts: &hosts };
        for (text, expected) in [
            ("-H $HOSTADDRESS$ -p $_HOSTPORT$", Ok("-H 10.0.0.1 -p 5433")),
            ("$ARG1$|$ARG2$|", Ok("$HOSTADDRESS$||")),
            ("$USER1$/x 5$$ $ a", Ok("$USER1$/x 5$ $ a")),
            ("--exclude='^a$' -w $ARG9$1", Ok("--exclude='^a$' -w 1")),
            ("$_HOSTNONE$", Err("name the file")),
            ("$TIMET$", Err("only while Nagios runs")),
            ("$_HOSTPORT:db2$ $HOSTADDRESS:db.3$", Ok("5434 10.0.0.3")),
            ("$HOSTADDRESS:db2$", Err("$HOSTADDRESS:db2$")),
            ("'^a:db2$' $ARG1$", Ok("'^a:db2$' $HOSTADDRESS$")),
        ] {
            match (values.replaced(text), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected),
                (Err(found), Err(expected)) => assert!(found.contains(expected), "{found}"),
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
        let own = [("A".to_owned(), "x".repeat(LONGEST_COMMAND))].into();
        let long = MacroValues { own, hosts: &hosts };
        assert!(long.replaced("$A$$A$").is_err());
    }
}
