//! Determines whether a text is a URL by the rules of Percona's engine, which are those of Go's `url.ParseRequestURI`.
//!
//! Blanks in a path are accepted, as in Go.

/// Whether a text is valid as `read_more_url`: what Percona's engine accepts, but of the schemes only `http` and `https`. A
/// browser could run the text of another one, such as `javascript:`.
pub(super) fn is_link(text: &str) -> bool {
    let scheme = text.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    is_request_uri(text)
        && (text.starts_with(['/', '*']) || matches!(scheme.as_deref(), Some("http" | "https")))
}

/// Whether Go accepts a text as the URL of a request.
fn is_request_uri(text: &str) -> bool {
    if text.is_empty() || text.bytes().any(|byte| byte.is_ascii_control()) {
        return false;
    }
    if text == "*" {
        return true;
    }
    let Some((scheme, rest)) = scheme(text) else { return false };
    let rest = rest.split_once('?').map_or(rest, |(path, _)| path);
    if !rest.starts_with('/') {
        // `mailto:x`, of which the rest is not checked; without a scheme it is a relative path.
        return scheme;
    }
    match rest.strip_prefix("//").filter(|_| scheme) {
        None => escapes_are_sound(rest, |_| true),
        Some(rest) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            is_authority(authority) && escapes_are_sound(path, |_| true)
        }
    }
}

/// Whether the text has a scheme, and the rest; `None` if it begins with a colon.
fn scheme(text: &str) -> Option<(bool, &str)> {
    let in_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let end = text.find(|c| !in_scheme(c)).unwrap_or(text.len());
    match text[end..].strip_prefix(':') {
        Some(_) if end == 0 => None,
        Some(rest) if text.starts_with(|c: char| c.is_ascii_alphabetic()) => Some((true, rest)),
        _ => Some((false, text)),
    }
}

fn is_authority(authority: &str) -> bool {
    let Some((user, host)) = authority.rsplit_once('@') else { return is_host(authority) };
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c);
    user.chars().all(allowed) && escapes_are_sound(user, |_| true) && is_host(host)
}

fn is_host(host: &str) -> bool {
    let (name, port) = match (host.starts_with('['), host.rfind(']'), host.rfind(':')) {
        (true, None, _) => return false,
        (true, Some(end), _) => host.split_at(end + 1),
        (false, _, Some(colon)) => host.split_at(colon),
        (false, _, None) => (host, ""),
    };
    let is_port = port.is_empty()
        || port.strip_prefix(':').is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()));
    // The zone of an IPv6 address begins with `%25`, and allows more characters than a name.
    let (name, zone) = match name.find("%25").filter(|_| name.starts_with('[')) {
        Some(at) => name.split_at(at),
        None => (name, ""),
    };
    let in_name = |c: char| {
        !c.is_ascii() || c.is_ascii_alphanumeric() || "-_.~!$&'()*+,;=:[]<>\"%".contains(c)
    };
    is_port
        && name.chars().all(in_name)
        && escapes_are_sound(name, |byte| byte >= 0x80)
        && escapes_are_sound(zone, |byte| byte == b'%' || byte == b' ' || in_name(byte.into()))
}

/// Whether each percent sign is followed by two hexadecimal digits of an allowed byte.
fn escapes_are_sound(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    text.split('%').skip(1).all(|after| {
        let digits = after.get(..2).filter(|two| two.bytes().all(|b| b.is_ascii_hexdigit()));
        digits.and_then(|two| u8::from_str_radix(two, 16).ok()).is_some_and(&allowed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_accepted_and_refused_as_in_go() {
        let good = [
            "https://example.org/x?a=b&c=%zz#d",
            "http://u:p%20w@example.org:5432/a b",
            "http://[::1]:80/",
            "http://[fe80::1%25eth0]/",
            "http://example.org",
            "http://example.org:/",
            "https://",
            "http://b\u{fc}cher.example/\u{e9}",
            "http://%e2%82%ac/",
            "/docs/x",
            "//no/scheme",
            "/a b%20c",
            "/",
            "*",
            "mailto:user@example.org",
            "a:",
            "x+y-z.1:opaque %zz",
            "HTTP://EXAMPLE.ORG/",
            "file:///etc/motd",
            "http:///path",
        ];
        for text in good {
            assert!(is_request_uri(text), "{text}");
        }
        let bad = [
            "",
            "example.org",
            "example.org/x",
            "example.org:80x/y z".trim_start_matches("example.org"),
            ":80",
            "1http://example.org",
            "ht_tp://example.org",
            "http://a b/",
            "http://a/\n",
            "http://a\u{7f}/",
            "\thttp://a/",
            " http://a/",
            "http://a/%zz",
            "http://a/%2",
            "/%",
            "http://a%20b/",
            "http://a%/",
            "http://[::1",
            "http://[::1]x/",
            "http://a:80b/",
            "http://a:b:c/",
            "http://us er@host/",
            "http://a\\b/",
            "http://{a}/",
            "http://u%zz@a/",
            "?x",
            "#x",
        ];
        for text in bad {
            assert!(!is_request_uri(text), "{text}");
        }
    }

    #[test]
    fn only_links_of_the_web_and_paths_are_links() {
        for text in ["https://a/x:y", "HTTP://EXAMPLE.ORG/", "/docs/x", "/docs/x:y"] {
            assert!(is_link(text), "{text}");
        }
        for text in
            ["javascript:alert(1)", "data:text/html,x", "file:///etc/motd", "mailto:a@b", "a:"]
        {
            assert!(is_request_uri(text) && !is_link(text), "{text}");
        }
    }
}
