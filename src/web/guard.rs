//! Refuses requests under a foreign name, orders from the pages of other sites, and what a user may not do.
//!
//! A browser sends requests of any page to a loopback address. The name in `Host` shows that the user did not ask for
//! this server (DNS rebinding), and `Origin` or `Sec-Fetch-Site` that another page sent an order.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use super::WebState;
use super::access::{AccessControl, Caller, NoLogin, Peer};
use super::answer::refused;
use super::login_file::AccessRole;

/// Passes a request on, or refuses it.
pub(super) async fn guard(
    State(state): State<Arc<WebState>>,
    mut request: Request,
    next: Next,
) -> Response {
    let rules = state.rules();
    let hosts = &rules.settings.hosts;
    let host = host(&request);
    if !host.as_deref().is_some_and(|host| is_own(host, hosts)) {
        return refused(
            StatusCode::MISDIRECTED_REQUEST,
            "this server does not answer to the name in the header Host; add it to hosts in [serve]",
        );
    }
    let is_order = !matches!(*request.method(), Method::GET | Method::HEAD);
    if is_order && is_foreign(request.headers(), host.as_deref().unwrap_or_default()) {
        return refused(StatusCode::FORBIDDEN, "orders from pages of other sites are refused");
    }
    let peer = request.extensions().get().copied().unwrap_or(Peer(None));
    let is_open = !is_order && OPEN.contains(&request.uri().path());
    let caller = if is_open {
        Ok(Caller(None))
    } else {
        caller(&rules.access, request.headers(), peer, is_order).await
    };
    match caller {
        Ok(caller) => request.extensions_mut().insert(caller),
        Err(response) => {
            if response.status() == StatusCode::TOO_MANY_REQUESTS {
                state.record_wrong_logins(peer.0);
            }
            return response;
        }
    };
    next.run(request).await
}

/// The paths that need no login: a service manager or a load balancer asks them.
const OPEN: [&str; 2] = ["/-/healthy", "/-/ready"];

/// The user of a request, who may send it.
async fn caller(
    access: &AccessControl,
    headers: &HeaderMap,
    peer: Peer,
    is_order: bool,
) -> Result<Caller, Response> {
    if !access.is_needed() {
        return Ok(Caller(None));
    }
    let login = match access.login(headers, peer).await {
        Ok(login) => login,
        Err(NoLogin::TooMany) => {
            let message = "too many wrong passwords; wait a minute";
            return Err(refused(StatusCode::TOO_MANY_REQUESTS, message));
        }
        Err(NoLogin::Refused) => {
            let message = "a login is required: a user and a password, or a token";
            let mut response = refused(StatusCode::UNAUTHORIZED, message);
            if let Some(challenge) = access.challenge() {
                response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            }
            return Err(response);
        }
    };
    if is_order && login.role < AccessRole::Operator {
        let message = format!("user {} is a viewer; orders need an operator", login.name);
        return Err(refused(StatusCode::FORBIDDEN, &message));
    }
    Ok(Caller(Some(login)))
}

/// The host of a request, with its port.
fn host(request: &Request) -> Option<String> {
    let header = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host =
        header.map(str::to_owned).or_else(|| request.uri().authority().map(ToString::to_string));
    host.map(|host| host.to_ascii_lowercase())
}

/// Whether a host, with or without a port, is a loopback address or one of these names.
fn is_own(host: &str, hosts: &[String]) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name == "localhost"
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        || hosts.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether the page of another site sent the request. Only browsers send these headers.
fn is_foreign(headers: &HeaderMap, host: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    // No page can set this header, and a form can have the origin "null".
    if let Some(site) = text("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    text("origin").is_some_and(|origin| {
        let name = origin.split_once("://").map_or(origin, |(_, name)| name);
        !name.eq_ignore_ascii_case(host)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_names_are_answered() {
        let hosts = ["posemo.example".to_owned()];
        for host in [
            "localhost",
            "localhost:9847",
            "127.0.0.1:9847",
            "127.8.0.1",
            "[::1]:9847",
            "posemo.example",
            "posemo.example:443",
            "posemo.example.",
        ] {
            assert!(is_own(host, &hosts), "{host}");
        }
        for host in
            ["", "evil.example", "posemo.example.evil", "10.0.0.1", "localhost.evil", "::1x"]
        {
            assert!(!is_own(host, &hosts), "{host}");
        }
    }

    #[test]
    fn an_order_from_another_page_is_foreign() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, value.parse().expect("it is a value"));
            }
            headers
        };
        for (pairs, foreign) in [
            (&[][..], false),
            (&[("origin", "http://localhost:1")], false),
            (&[("origin", "https://localhost:1"), ("sec-fetch-site", "same-origin")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("origin", "null"), ("sec-fetch-site", "same-origin")], false),
            (&[("sec-fetch-site", "cross-site")], true),
            (&[("sec-fetch-site", "same-site")], true),
            (&[("origin", "http://evil.example")], true),
            (&[("origin", "http://localhost:2")], true),
            (&[("origin", "null")], true),
        ] {
            assert_eq!(is_foreign(&headers(pairs), "localhost:1"), foreign, "{pairs:?}");
        }
    }
}
