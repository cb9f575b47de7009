//! Several Prometheus servers that share targets by `hashmod`, each with a `posemo serve --probe-only`.

use std::collections::BTreeSet;

use super::prometheus::Prometheus;
use crate::serve::page::blocks;
use crate::serve::{EVERY_SECOND, Serving, server, target};

/// The targets.
const TARGETS: [&str; 8] = ["db1", "db2", "shop", "crm", "billing", "archive", "search", "reports"];

/// A Prometheus with the configuration of the page, for the targets of a number.
fn prometheus(number: u32, posemo: &Serving) -> Prometheus {
    let documented = blocks("yaml").into_iter().find(|text| text.contains("hashmod")).unwrap();
    let config = documented
        .replace("scrape_interval: 1m", "scrape_interval: 1s")
        .replace("scrape_timeout: 20s", "scrape_timeout: 1s")
        .replace("[db1, db2, db3]", &format!("[{}]", TARGETS.join(", ")))
        .replace("regex: \"0\"", &format!("regex: \"{number}\""))
        .replace("127.0.0.1:9847", &posemo.address.to_string());
    Prometheus::with(&config)
}

/// The targets that a Prometheus reached in its latest scrapes.
fn reached(prometheus: &Prometheus) -> BTreeSet<String> {
    let series = prometheus.series("posemo_up == 1");
    series.iter().map(|(labels, _)| labels["instance"].as_str().unwrap().to_owned()).collect()
}

#[test]
#[ignore = "needs real receivers: make receivers"]
fn a_replica_has_the_targets_of_a_posemo_that_failed() {
    let server = server();
    let targets: String = TARGETS.iter().map(|name| target(name, &server)).collect();
    let settings = format!("{EVERY_SECOND}{targets}");
    let start = || Serving::with(&settings, &["--probe-only"], &[]);
    let (mut first, second, replica) = (start(), start(), start());
    let numbers = [prometheus(0, &first), prometheus(1, &second), prometheus(0, &replica)];
    let all: BTreeSet<String> = TARGETS.map(str::to_owned).into();
    first.until("every target is reached", || {
        let [zero, one, again] = numbers.each_ref().map(reached);
        &zero | &one == all && zero == again
    });
    let [zero, one, _] = numbers.each_ref().map(reached);
    assert!(zero.is_disjoint(&one) && !zero.is_empty() && !one.is_empty(), "{zero:?} {one:?}");

    first.child.kill().unwrap();
    first.child.wait().unwrap();
    second.until("its Prometheus reaches no target", || {
        numbers[0].series("up == 0").len() == zero.len() && reached(&numbers[0]).is_empty()
    });
    second.until("the replica reaches them", || reached(&numbers[2]) == zero);
    assert_eq!(&reached(&numbers[1]) | &reached(&numbers[2]), all);
}
