//! A cluster of real Alertmanagers, and the alerts that its members have.

use std::path::Path;

use posemo::deliver::http::HttpClient;
use posemo::settings::receiver::HttpSettings;
use serde_json::Value;

use crate::ports::free_ports;
use crate::receivers::work_directory::WorkDirectory;
use crate::waiting::patience;

/// The running members, and how they are reached.
pub(super) struct AlertmanagerCluster {
    directories: Vec<WorkDirectory>,
    pub(in crate::receivers) urls: Vec<String>,
    http: HttpSettings,
}

/// How a cluster is started.
#[derive(Default)]
pub(super) struct ClusterOptions<'a> {
    /// The URL of a server that receives Alertmanager's webhook calls.
    pub(super) webhook: Option<&'a str>,
    /// The file for `--web.config.file`, with which the members use HTTPS.
    pub(super) web: Option<&'a Path>,
    /// The address on which the members answer; 127.0.0.1 by default.
    pub(super) address: Option<&'a str>,
    /// How the test authenticates.
    pub(super) http: HttpSettings,
}

impl AlertmanagerCluster {
    /// Starts two members.
    pub(super) fn start(options: &ClusterOptions<'_>) -> AlertmanagerCluster {
        let [first, second, one, other] = free_ports();
        let mut directories = Vec::new();
        let address = options.address.unwrap_or("127.0.0.1");
        for (port, own, peer) in [(first, one, other), (second, other, one)] {
            let mut arguments = vec![
                "--config.file=am.yml".to_owned(),
                "--storage.path=data".to_owned(),
                format!("--web.listen-address={address}:{port}"),
                format!("--cluster.listen-address=127.0.0.1:{own}"),
                format!("--cluster.advertise-address=127.0.0.1:{own}"),
                format!("--cluster.peer=127.0.0.1:{peer}"),
                "--cluster.settle-timeout=1ms".to_owned(),
                "--cluster.gossip-interval=50ms".to_owned(),
                "--cluster.peer-timeout=300ms".to_owned(),
            ];
            arguments
                .extend(options.web.map(|file| format!("--web.config.file={}", file.display())));
            let mut directory = WorkDirectory::new();
            directory.write("am.yml", &configuration(options.webhook));
            let program = "prometheus-alertmanager";
            directory.start_program(program, program, &arguments);
            directories.push(directory);
        }
        let scheme = if options.web.is_some() { "https" } else { "http" };
        let urls = [first, second].map(|port| format!("{scheme}://{address}:{port}"));
        let members =
            AlertmanagerCluster { directories, urls: urls.to_vec(), http: options.http.clone() };
        for number in 0..2 {
            members.wait_until(number, "the member is ready", |members| {
                members.get(number, "/-/ready").map(drop)
            });
        }
        members
    }

    /// The body of a successful answer of a member.
    fn get(&self, number: usize, path: &str) -> Option<String> {
        let client = HttpClient::new(&self.http, patience()).unwrap();
        let answer = client.request("GET", &format!("{}{path}", self.urls[number])).ok()?;
        (answer.status == 200).then_some(answer.body)
    }

    /// The alerts that are firing on a member.
    pub(super) fn alerts(&self, number: usize) -> Vec<Value> {
        let body = self.get(number, "/api/v2/alerts").expect("the member answers");
        serde_json::from_str(&body).unwrap()
    }

    /// `alertname/severity` of each firing alert, sorted.
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

    /// Waits until a condition is true for a member.
    pub(super) fn wait_until<T>(
        &self,
        number: usize,
        what: &str,
        condition: impl Fn(&AlertmanagerCluster) -> Option<T>,
    ) -> T {
        self.directories[number].wait_for(what, || condition(self))
    }

    /// Stops the last member.
    pub(super) fn stop_one(&mut self) {
        self.directories.pop();
    }
}

/// With a webhook, Alertmanager sends each alert separately and at once.
fn configuration(webhook: Option<&str>) -> String {
    let (receiver, group) = match webhook {
        Some(url) => (format!("{{name: webhook, webhook_configs: [{{url: '{url}'}}]}}"), "['...']"),
        None => ("{name: webhook}".to_owned(), "[job]"),
    };
    format!(
        "route: {{receiver: webhook, group_by: {group}, group_wait: 100ms, group_interval: 300ms, repeat_interval: 1h}}\nreceivers: [{receiver}]\n"
    )
}
