//! Writes the template for Zabbix 6.0 and newer: items, discovery rules and triggers.
//!
//! Its keys are those of `output::zabbix`. It contains no host: all hosts use the same template.

use std::time::Duration;

use super::TemplateCheck;
use super::yaml::Yaml;
use crate::catalog::check::Check;
use crate::finding::State;
use crate::finding::report::OWN;
use crate::settings::receiver::lifetime;
use crate::text::interval;
use discovery::{database_rule, object_rule};
use item::{host_items, state_items};
use parts::{LIFETIME, TEMPLATE, tags, uuid, value_map};
use topics::{topics, weight};
use trigger::Trigger;

mod discovery;
mod item;
mod parts;
mod topics;
mod trigger;

/// The template. `interval` is the interval at which reports are sent. With `by_topic` it has triggers for each topic; only checks
/// that watch for outages of the server keep their triggers, as the others depend on them.
pub fn template(checks: &[TemplateCheck], interval: Duration, by_topic: bool) -> String {
    let outages = outages(checks);
    let mut triggers = vec![no_report(), Trigger { depends_on: outages.clone(), ..unreachable() }];
    let mut items = host_items();
    for TemplateCheck { check, hold, .. } in checks {
        let tags = tags(&check.name, &check.topic);
        items.extend(state_items(&check.name, &[&check.name], "", &check.summary, &tags));
        if by_topic && !watches(check) {
            items.push(weight(&check.name, None, "", &tags));
            continue;
        }
        let alone = watches(check) || check.document.is_some();
        let depends_on = if alone { Vec::new() } else { outages.clone() };
        triggers.extend(
            trigger::state_triggers(&check.name, &check.what_to_do(), &[&check.name], "", &tags)
                .map(|trigger| trigger.held(*hold, &[&check.name]))
                .map(|trigger| Trigger { depends_on: depends_on.clone(), ..trigger }),
        );
    }
    if by_topic {
        let counted = checks.iter().map(|template_check| &template_check.check);
        for topic in topics(counted.filter(|check| !watches(check))) {
            items.extend(topic.items());
            triggers.extend(topic.triggers(&outages));
        }
    }
    // posemo's own report about the databases of a target.
    let own = tags(OWN, "availability");
    items.extend(state_items(
        OWN,
        &[OWN],
        "",
        "Databases that should be monitored and are not",
        &own,
    ));
    triggers.extend(
        trigger::state_triggers(
            OWN,
            "Run posemo install again with the same options.",
            &[OWN],
            "",
            &own,
        )
        .map(|trigger| Trigger { depends_on: outages.clone(), ..trigger }),
    );
    let rules = checks.iter().flat_map(|template_check| {
        let by_topic = by_topic && !watches(&template_check.check);
        let alone = template_check.check.document.is_some();
        let outages: &[Yaml] = if alone { &[] } else { &outages };
        let databases = database_rule(template_check, outages, by_topic);
        [databases, object_rule(template_check, outages)]
    });
    let rules = rules.flatten();
    let group =
        Yaml::Map(vec![uuid("group", "Templates/posemo"), ("name", "Templates/posemo".into())]);
    let of_group = Yaml::Map(vec![("name", "Templates/posemo".into())]);
    let states = State::ALL.map(|state| (state.exit_code().to_string(), state.label()));
    let reached = [("0".to_owned(), "no"), ("1".to_owned(), "yes")];
    let value_maps =
        vec![value_map("posemo state", &states), value_map("posemo reached", &reached)];
    let template = Yaml::Map(vec![
        uuid("template", TEMPLATE),
        ("template", TEMPLATE.into()),
        ("name", TEMPLATE.into()),
        ("description", "PostgreSQL, monitored by posemo run --send".into()),
        ("groups", vec![of_group].into()),
        ("items", items.into()),
        ("discovery_rules", rules.collect::<Vec<_>>().into()),
        ("macros", macros(checks, interval).into()),
        ("valuemaps", value_maps.into()),
    ]);
    let triggers = triggers.iter().map(|trigger| trigger.yaml("trigger")).collect::<Vec<_>>();
    let export = Yaml::Map(vec![
        ("version", "6.0".into()),
        ("groups", vec![group].into()),
        ("templates", vec![template].into()),
        ("triggers", triggers.into()),
    ]);
    Yaml::Map(vec![("zabbix_export", export)]).document()
}

/// The triggers that open a problem if the server does not answer. The others depend on them, so that one server is one
/// problem.
fn outages(checks: &[TemplateCheck]) -> Vec<Yaml> {
    let checks = checks.iter().map(|template_check| &template_check.check);
    let triggers = checks.filter(|check| watches(check)).flat_map(|check| {
        trigger::state_triggers(&check.name, &check.what_to_do(), &[&check.name], "", &[])
            .into_iter()
            .filter(|trigger| trigger.state == Some(State::Critical))
    });
    triggers.map(|trigger| trigger.reference()).collect()
}

/// Whether the state of a check shows that the server does not answer.
fn watches(check: &Check) -> bool {
    check.no_answer == State::Critical
}

/// The trigger for a host without reports.
fn no_report() -> Trigger {
    Trigger {
        name: "posemo has not reported for {$POSEMO.NODATA}".to_owned(),
        expression: format!("nodata(/{TEMPLATE}/posemo.up,{{$POSEMO.NODATA}})=1"),
        priority: "HIGH",
        tags: tags("posemo", "availability"),
        ..Trigger::default()
    }
}

/// The trigger for a server that is not reached. The name is a part of the identifier, so it must not change.
fn unreachable() -> Trigger {
    Trigger {
        name: "PostgreSQL could not be asked".to_owned(),
        event_name: Some("PostgreSQL could not be asked: {ITEM.LASTVALUE2}".to_owned()),
        expression: format!(
            "last(/{TEMPLATE}/posemo.up)=0 and length(last(/{TEMPLATE}/posemo.summary))>=0"
        ),
        priority: "HIGH",
        tags: tags("posemo", "availability"),
        ..Trigger::default()
    }
}

/// The values that a user can change for a host or in a context.
fn macros(checks: &[TemplateCheck], interval: Duration) -> Vec<Yaml> {
    let entry = |name: &str, value: &str, description: &str| {
        Yaml::Map(vec![
            ("macro", name.into()),
            ("value", value.into()),
            ("description", description.into()),
        ])
    };
    let mut macros = vec![
        entry(
            "{$POSEMO.NODATA}",
            &interval::write(lifetime(interval)),
            "Alert when no data arrives for this time",
        ),
        entry(LIFETIME, "1d", "Time for which items are kept that are no longer discovered"),
        entry(
            "{$POSEMO.LIMITS}",
            "0",
            "1 to alert for each object beyond a limit below; context: the check",
        ),
    ];
    for check in checks {
        for limit in trigger::limits(check) {
            let description =
                format!("Limit for {} of {}; context: the object", limit.metric, check.check.name);
            macros.push(entry(&format!("{{${}}}", limit.name), &limit.value, &description));
        }
    }
    macros
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::catalog::Catalog;

    fn template_checks() -> Vec<TemplateCheck> {
        let checks = Catalog::embedded().checks().unwrap().into_iter();
        let template_check = |check: Check| {
            let (thresholds, hold) = (check.thresholds.clone(), check.hold);
            TemplateCheck { interval: check.interval, check, thresholds, hold }
        };
        checks.map(template_check).collect()
    }

    fn identifiers(template: &str) -> Vec<&str> {
        let lines = template.lines().filter_map(|line| line.split_once("uuid: "));
        lines.map(|(_, quoted)| quoted.trim_matches('"')).collect()
    }

    #[test]
    fn identifiers_are_unique_and_stable_and_have_the_form_of_random_ones() {
        let all = template_checks();
        let template = template(&all, Duration::from_secs(300), false);
        let found = identifiers(&template);
        let unique: BTreeSet<&str> = found.iter().copied().collect();
        assert!(found.len() > 100 && unique.len() == found.len(), "{}", found.len());
        for identifier in &found {
            let digits: Vec<char> = identifier.chars().collect();
            assert_eq!((digits.len(), digits[12]), (32, '4'), "{identifier}");
            assert!("89ab".contains(digits[16]), "{identifier}");
        }
        // Identifiers depend neither on thresholds nor on intervals nor on other checks.
        let mut one = all[all.len() - 1].clone();
        one.thresholds.levels.values_mut().for_each(|levels| {
            levels.warning = levels.warning.as_ref().map(|_| "1".parse().unwrap());
        });
        let other = super::template(&[one], Duration::from_secs(30), false);
        assert!(identifiers(&other).iter().all(|identifier| unique.contains(identifier)));
        assert!(other.contains("\"2m\"") && template.contains("\"20m\""), "{other}");
    }

    #[test]
    fn with_topics_only_checks_for_outages_keep_their_triggers() {
        let all = template_checks();
        let by_topic = template(&all, Duration::from_secs(300), true);
        let titles: Vec<&str> = by_topic
            .lines()
            .filter_map(|line| line.trim().strip_prefix("name: \"")?.strip_suffix(": CRITICAL\""))
            .collect();
        let watching = all.iter().filter(|template_check| watches(&template_check.check));
        let kept: BTreeSet<&str> = watching.map(|it| it.check.name.as_str()).chain([OWN]).collect();
        let topics = all.iter().map(|template_check| template_check.check.topic.as_str());
        let expected: BTreeSet<&str> = kept.iter().copied().chain(topics).collect();
        assert_eq!(titles.iter().copied().collect::<BTreeSet<_>>(), expected, "{titles:?}");
        let counted = "params: \"mod(floor(sum(last_foreach(//posemo.weight[*,*]?[tag=\\\"topic:availability\\\"]))/100000),100000)\"";
        assert!(by_topic.contains(counted), "{counted}");
        assert!(!by_topic.contains("posemo.weight[alive"));
        // An item keeps its identity and so its history, if this template replaces the other one.
        let item = |template: &str| {
            let (before, _) = template.split_once("key: \"posemo.state[superusers]\"").unwrap();
            before.rsplit_once("uuid: ").unwrap().1.lines().next().map(str::to_owned)
        };
        assert_eq!(item(&by_topic), item(&template(&all, Duration::from_secs(300), false)));
    }

    #[test]
    fn a_problem_that_must_last_opens_after_that_time() {
        let mut checks = template_checks();
        checks.retain(|template_check| template_check.check.name == "sequence_usage");
        checks[0].hold = Some(Duration::from_secs(600));
        let template = template(&checks, Duration::from_secs(300), false);
        for parameters in ["sequence_usage", "sequence_usage,{#DATABASE}"] {
            for (state, held) in [(1, true), (2, true), (3, false)] {
                let begin = format!("last(/posemo/posemo.state[{parameters}])={state} and ");
                let end = format!(
                    "count(/posemo/posemo.state[{parameters}],600s,\\\"eq\\\",\\\"0\\\")=0"
                );
                let line = template.lines().find(|line| line.contains(&begin)).unwrap();
                assert_eq!(line.contains(&end), held, "{line}");
            }
        }
    }

    #[test]
    fn limits_are_macros_and_triggers_use_them_for_each_object() {
        let template = template(&template_checks(), Duration::from_secs(300), false);
        for expected in [
            "macro: \"{$POSEMO.SEQUENCE_USAGE.USED.CRITICAL}\"\n          value: \"95\"",
            "used,{#DATABASE},{#OBJECT}])>{$POSEMO.SEQUENCE_USAGE.USED.WARNING:\\\"{#OBJECT}\\\"} and last(",
            "units: \"B\"",
            "nodata(/posemo/posemo.up,{$POSEMO.NODATA})=1",
        ] {
            assert!(template.contains(expected), "{expected}");
        }
    }
}
