//! The job of a server that is not in the settings: the values of `[defaults]`, at an address that was checked.

use std::net::SocketAddr;
use std::rc::Rc;

use super::fleet::Fleet;
use crate::board::order::OrderError;
use crate::database::parameters::{Environment, Parameters};
use crate::run::job::Job;
use crate::text::suggestion::suggestion;

/// A job for the address. The name of the host remains for the certificate.
pub(super) fn job(
    fleet: &Fleet,
    name: &str,
    address: SocketAddr,
    checks: &[String],
) -> Result<Job, OrderError> {
    let mut job = fleet.defaults.clone();
    let host = name.rsplit_once(':').map_or(name, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let mut keywords = fleet.default_keywords.clone();
    keywords.extend([
        ("host".to_owned(), host.to_owned()),
        ("hostaddr".to_owned(), address.ip().to_string()),
        ("port".to_owned(), address.port().to_string()),
    ]);
    job.parameters = Parameters::resolve(
        &keywords,
        &[("user", "posemo"), ("dbname", "posemo")],
        &Environment::of_process(),
    )
    .map_err(Rc::new);
    name.clone_into(&mut job.name);
    job.keeps_sessions = false;
    if !checks.is_empty() {
        let names = || fleet.defaults.planned().map(|planned| planned.check.name.as_str());
        let mut positions = Vec::new();
        for check in checks {
            positions.push(names().position(|known| known == check).ok_or_else(|| {
                OrderError::NoSuchCheck(check.clone(), suggestion(check, names()))
            })?);
        }
        job = job.with_checks(&positions);
    }
    Ok(job)
}
