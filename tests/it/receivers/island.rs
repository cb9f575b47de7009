//! A node in another network than this machine. Its links lose all packets on demand, as a broken switch or a firewall does.
//!
//! Connections stay open and are never answered. That differs from a server that stops, which ends its connections, and from a
//! link without carrier, which the kernel reports at once.

use std::process::{Command, Output};

use crate::programs::skip;

/// A neighbor that does not exist.
const NOWHERE: &str = "02:00:00:00:00:01";

/// A network namespace with two links to this machine. It is removed at the end of the test.
pub(super) struct Island {
    name: String,
    /// The part of the addresses and of the names of the links that differs between processes.
    number: u32,
}

/// One of the links of an island.
#[derive(Clone, Copy)]
pub(super) enum Link {
    /// To the server with the shared history.
    History,
    /// To everything else.
    Others,
}

impl Island {
    /// Creates the namespace. Only root can do that, and only where the container permits it: otherwise the test is skipped.
    pub(super) fn create() -> Option<Island> {
        let number = std::process::id();
        let island = Island { name: format!("posemo-{number}"), number };
        let created = ip(&["netns", "add", &island.name]);
        if !created.as_ref().is_ok_and(|output| output.status.success()) {
            skip(&format!("ip netns add failed, it needs root and iproute2: {created:?}"));
            return None;
        }
        for link in [Link::History, Link::Others] {
            let (here, there) = (island.device(link, 'h'), island.device(link, 'n'));
            let (name, net) = (island.name.as_str(), island.net(link));
            let steps = [
                format!("link add {here} type veth peer name {there} netns {name}"),
                format!("address add {net}.1/30 dev {here}"),
                format!("link set {here} up"),
                format!("-n {name} address add {net}.2/30 dev {there}"),
                format!("-n {name} link set {there} up"),
            ];
            for step in &steps {
                must(step);
            }
        }
        must(&format!("-n {} link set lo up", island.name));
        Some(island)
    }

    /// The address of this machine on a link.
    pub(super) fn host(&self, link: Link) -> String {
        format!("{}.1", self.net(link))
    }

    /// The same command, in the namespace.
    pub(super) fn command(&self, inner: &Command) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name]).arg(inner.get_program()).args(inner.get_args());
        for (name, value) in inner.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }

    /// From now on each packet on these links is lost, in both directions.
    pub(super) fn cut(&self, links: &[Link]) {
        for (from, device, to) in self.ends(links) {
            must(&format!(
                "{from}neighbor replace {to} lladdr {NOWHERE} dev {device} nud permanent"
            ));
        }
    }

    /// From now on packets arrive.
    pub(super) fn heal(&self, links: &[Link]) {
        for (from, device, to) in self.ends(links) {
            must(&format!("{from}neighbor delete {to} dev {device}"));
        }
    }

    /// The ends of links: the options of `ip` for the namespace, the device, and the address of the other end.
    fn ends(&self, links: &[Link]) -> Vec<(String, String, String)> {
        let of = |link: &Link| {
            let net = self.net(*link);
            [
                (String::new(), self.device(*link, 'h'), format!("{net}.2")),
                (format!("-n {} ", self.name), self.device(*link, 'n'), format!("{net}.1")),
            ]
        };
        links.iter().flat_map(of).collect()
    }

    /// The name of a device, which has at most 15 characters.
    fn device(&self, link: Link, end: char) -> String {
        let link = if matches!(link, Link::History) { 'a' } else { 'b' };
        format!("ps{link}{end}{}", self.number)
    }

    /// The first three bytes of the addresses of a link, from the range for tests of devices (RFC 2544).
    fn net(&self, link: Link) -> String {
        let first = if matches!(link, Link::History) { 18 } else { 19 };
        format!("198.{first}.{}", self.number % 256)
    }
}

impl Drop for Island {
    fn drop(&mut self) {
        let _ = ip(&["netns", "delete", &self.name]);
    }
}

fn ip(arguments: &[&str]) -> std::io::Result<Output> {
    Command::new("ip").args(arguments).output()
}

fn must(arguments: &str) {
    let output = ip(&arguments.split(' ').collect::<Vec<_>>()).unwrap();
    assert!(output.status.success(), "ip {arguments}: {output:?}");
}
