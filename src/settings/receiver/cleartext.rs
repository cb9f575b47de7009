//! Finds URLs over which a secret would be sent in clear text to another machine.
//!
//! It does not resolve names: `localhost` is the only name of this machine.

use std::net::IpAddr;

/// The first URL without TLS whose host is not this machine.
pub fn exposed(urls: &[String]) -> Option<&str> {
    let is_exposed =
        |url: &&String| url.strip_prefix("http://").is_some_and(|rest| !is_local(host(rest)));
    urls.iter().find(is_exposed).map(String::as_str)
}

/// Whether a text begins as a URL of HTTP does.
pub fn is_url(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

/// The host of a URL without its scheme. The port and the brackets of an address are removed.
fn host(rest: &str) -> &str {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if let Some((address, _)) = authority.strip_prefix('[').and_then(|text| text.split_once(']')) {
        return address;
    }
    authority.split(':').next().unwrap_or_default()
}

fn is_local(host: &str) -> bool {
    let is_loopback = |address: IpAddr| address.to_canonical().is_loopback();
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(is_loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_without_tls_is_exposed_unless_it_is_local() {
        for (url, expected) in [
            ("https://am.example", false),
            ("http://localhost:9093", false),
            ("http://LOCALHOST/am", false),
            ("http://127.0.0.1", false),
            ("http://127.9.9.9:1/x", false),
            ("http://[::1]:9093", false),
            ("http://[::ffff:127.0.0.1]", false),
            ("http://am.example", true),
            ("http://localhost.example", true),
            ("http://127.0.0.1.example", true),
            ("http://10.0.0.1:9093/localhost", true),
            ("http://[::2]", true),
            ("http://", true),
            ("http://am?localhost", true),
        ] {
            let urls = ["https://a".to_owned(), url.to_owned()];
            assert_eq!(exposed(&urls), expected.then_some(url), "{url}");
        }
    }
}
