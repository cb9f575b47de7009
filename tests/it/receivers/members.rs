//! A cluster of real Alertmanagers, asked what they know.
//!
//! It expects nothing.

use std::path::Path;

use posemo::deliver::http::Client;
use posemo::settings::receiver::HttpSettings;
use serde_json::Value;

use super::place::Place;
use crate::ports::free_ports;
use crate::waiting::patience;

/// The members, and how they are reached.
pub(super) struct Members {
    places: Vec<Place>,
    pub(super) urls: Vec<String>,
    http: HttpSettings,
}

/// How a cluster is made.
#[derive(Default)]
pub(super) struct Made<'a> {
    /// Who is told: a place that takes Alertmanager's webhook calls.
    pub(super) webhook: Option<&'a str>,
    /// A file for `--web.config.file`, which makes it HTTPS.
    pub(super) web: Option<&'a Path>,
    /// How we show who we are, then.
    pub(super) http: HttpSettings,
}

impl Members {
    /// Starts two that know each other.
    pub(super) fn start(made: &Made<'_>) -> Members {
        let [first, second, one, other] = free_ports();
        let mut places = Vec::new();
        for (port, own, friend) in [(first, one, other), (second, other, one)] {
            let mut arguments = vec![
                "--config.file=am.yml".to_owned(),
                "--storage.path=data".to_owned(),
                format!("--web.listen-address=127.0.0.1:{port}"),
                format!("--cluster.listen-address=127.0.0.1:{own}"),
                format!("--cluster.advertise-address=127.0.0.1:{own}"),
                format!("--cluster.peer=127.0.0.1:{friend}"),
                "--cluster.settle-timeout=1ms".to_owned(),
                "--cluster.gossip-interval=50ms".to_owned(),
                "--cluster.peer-timeout=300ms".to_owned(),
            ];
            arguments.extend(made.web.map(|file| format!("--web.config.file={}", file.display())));
            let mut place = Place::new();
            place.write("am.yml", &configuration(made.webhook));
            let program = "prometheus-alertmanager";
            place.start_program(program, program, &arguments);
            places.push(place);
        }
        let scheme = if made.web.is_some() { "https" } else { "http" };
        let urls = [first, second].map(|port| format!("{scheme}://127.0.0.1:{port}"));
        let members = Members { places, urls: urls.to_vec(), http: made.http.clone() };
        for number in 0..2 {
            members
                .until(number, "being ready", |members| members.ask(number, "/-/ready").map(drop));
        }
        members
    }

    /// What a member answers, if it does.
    fn ask(&self, number: usize, path: &str) -> Option<String> {
        let client = Client::new(&self.http, patience()).unwrap();
        let answer = client.ask("GET", &format!("{}{path}", self.urls[number])).ok()?;
        (answer.status == 200).then_some(answer.body)
    }

    /// The alerts that a member has firing, each with its labels, annotations and times.
    pub(super) fn alerts(&self, number: usize) -> Vec<Value> {
        let body = self.ask(number, "/api/v2/alerts").expect("the member answers");
        serde_json::from_str(&body).unwrap()
    }

    /// `alertname/severity` of what is firing, sorted.
    pub(super) fn names(&self, number: usize) -> Vec<String> {
        let label =
            |alert: &Value, name: &str| alert["labels"][name].as_str().unwrap_or("").to_owned();
        let names = self.alerts(number);
        let names = names
            .iter()
            .map(|alert| format!("{}/{}", label(alert, "alertname"), label(alert, "severity")));
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    /// Waits until something is true of a member.
    pub(super) fn until<T>(
        &self,
        number: usize,
        what: &str,
        look: impl Fn(&Members) -> Option<T>,
    ) -> T {
        self.places[number].wait_for(what, || look(self))
    }

    /// Ends the last member.
    pub(super) fn lose_one(&mut self) {
        self.places.pop();
    }
}

/// Each alert is told of alone, and soon; where nobody is told, all are one group.
fn configuration(webhook: Option<&str>) -> String {
    let (told, group) = match webhook {
        Some(url) => (format!("{{name: told, webhook_configs: [{{url: '{url}'}}]}}"), "['...']"),
        None => ("{name: told}".to_owned(), "[job]"),
    };
    format!(
        "route: {{receiver: told, group_by: {group}, group_wait: 100ms, group_interval: 300ms, repeat_interval: 1h}}\nreceivers: [{told}]\n"
    )
}
