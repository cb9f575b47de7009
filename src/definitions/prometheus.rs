//! Writes alerting rules for Prometheus. Their series are those of `output::prometheus`.
//!
//! The state of a check decides, as it follows the settings of each target. Where a threshold of the catalog or of the
//! settings for all targets explains it, the alert has the object and the value; otherwise it has the state only.

use super::TemplateCheck;
use super::yaml::Yaml;
use crate::catalog::check::Check;
use crate::catalog::function::{Column, ColumnType};
use crate::catalog::rate::RateName;
use crate::catalog::thresholds::Levels;
use crate::finding::State;
use crate::finding::metric::{MetricKind, Unit};
use crate::finding::range::Range;
use crate::output::alertmanager::labels::alertname;
use crate::output::prometheus::series;
use crate::settings::receiver::{INTERVAL, lifetime};

/// The labels by which a series of a metric belongs to the state of its check.
const SAME_CHECK: &str = "on (target, check, database)";

/// The target, and the database if there is one, in an annotation.
const PLACE: &str = "{{ $labels.target }}{{ with $labels.database }} ({{ . }}){{ end }}";

/// A condition on the values of a metric, and the annotation about it.
struct MetricLimit {
    /// The name of the metric, which is a label. Without it, several rules would have the same name and labels.
    metric: String,
    /// The expression, whose values are those of the metric.
    expression: String,
    /// A condition that holds without the state of the check.
    stateless: Option<String>,
    /// Such as `{{ $labels.object }} used 97.0%, critical above 95 %`.
    summary: String,
}

/// The rules.
pub fn rules(checks: &[TemplateCheck]) -> String {
    let mut rules = vec![silent(), target_down(), unknown()];
    // A check that only reports that the server does not answer has the alert about the server.
    let others = checks.iter().filter(|one| one.check.no_answer != State::Critical);
    rules.extend(others.flat_map(|one| {
        [State::Critical, State::Warning].into_iter().flat_map(|state| of_state(one, state))
    }));
    let group = Yaml::Map(vec![("name", "posemo".into()), ("rules", rules.into())]);
    let document = Yaml::Map(vec![("groups", vec![group].into())]).document();
    format!(
        "# Written by posemo {}. To change it, run the same command again.\n{document}",
        env!("CARGO_PKG_VERSION")
    )
}

/// posemo does not run any more.
fn silent() -> Yaml {
    let run = "posemo_last_run_timestamp_seconds";
    let seconds = lifetime(INTERVAL).as_secs();
    let expression = format!("time() - {run} > {seconds} or absent({run})");
    let summary =
        format!("posemo has not run for {} minutes, or its file is missing", seconds / 60);
    rule(
        "PosemoSilent",
        &expression,
        None,
        RuleLabels { severity: "critical", topic: "posemo", metric: None },
        &summary,
        SILENT,
    )
}

const SILENT: &str = "No check runs, so no other alert of posemo can fire. See whether the timer or cron job of posemo run works, \
                      and whether Prometheus reads its file.";

/// A server that does not answer. It is one alert, whatever the number of its checks.
fn target_down() -> Yaml {
    let summary = "{{ $labels.target }} does not answer";
    rule(
        "PosemoTargetDown",
        "posemo_up == 0",
        None,
        RuleLabels { severity: "critical", topic: "availability", metric: None },
        summary,
        DOWN,
    )
}

const DOWN: &str = "posemo could not query the server, so its other checks have no result. Run posemo run --target TARGET on \
                    the host of posemo; it prints the reason.";

/// A check that could not be judged.
fn unknown() -> Yaml {
    let summary = format!("{PLACE}: {{{{ $labels.check }}}} could not be judged");
    let text = "Run posemo check NAME --target TARGET on the host of posemo; it prints the reason.";
    let hold = Some(lifetime(INTERVAL).as_secs());
    rule(
        "PosemoCheckUnknown",
        "posemo_check_state == 3",
        hold,
        RuleLabels { severity: "warning", topic: "posemo", metric: None },
        &summary,
        text,
    )
}

/// The rules for one state of a check.
fn of_state(template_check: &TemplateCheck, state: State) -> Vec<Yaml> {
    let check = &template_check.check;
    let limits = limits(template_check, state);
    let reached = format!("posemo_check_state{{check=\"{}\"}}", check.name);
    let code = state.exit_code();
    let severity = |metric| RuleLabels { severity: state.name(), topic: &check.topic, metric };
    let hold = template_check.hold.map(|hold| hold.as_secs());
    let (name, advice) = (alertname(&check.name), advice(check));
    // A check in state CRITICAL can have other objects in state WARNING.
    let at_least = if state == State::Critical { "== 2" } else { ">= 1 < 3" };
    let mut rules: Vec<Yaml> = limits
        .iter()
        .map(|limit| {
            let mut expression =
                format!("({}) and {SAME_CHECK} ({reached} {at_least})", limit.expression);
            if let Some(other) = &limit.stateless {
                expression = format!("({expression}) or ({other})");
            }
            let labels = severity(Some(&limit.metric));
            rule(&name, &expression, hold, labels, &limit.summary, &advice)
        })
        .collect();
    if !judges(check, state) {
        return rules;
    }
    let explained: Vec<&str> = limits.iter().map(|limit| limit.expression.as_str()).collect();
    let unless = match explained.as_slice() {
        [] => String::new(),
        all => format!(" unless {SAME_CHECK} ({})", all.join(" or ")),
    };
    let summary = format!("{PLACE}: {} is {}", check.name, state.label());
    let expression = format!("{reached} == {code}{unless}");
    rules.push(rule(&name, &expression, hold, severity(None), &summary, &advice));
    rules
}

/// Whether a check can have a state. Settings of a target can add thresholds to every check that has a number.
fn judges(check: &Check, state: State) -> bool {
    let is_number = |column: &Column| column.sql_type != ColumnType::Boolean;
    check.script.is_some() || check.severity.state() == state || check.metrics().any(is_number)
}

/// The conditions for a state of a check that thresholds judge, and for rates, which are judged with a script, too.
fn limits(template_check: &TemplateCheck, state: State) -> Vec<MetricLimit> {
    let check = &template_check.check;
    let columns = check.metrics().filter(|_| check.script.is_none());
    let values = columns.filter_map(|column| {
        let name = series(&check.name, &column.name, column.unit, column.kind);
        let levels = template_check.thresholds.levels.get(&column.name)?;
        let (range, expression) =
            violated(levels, state, |range| beyond(&name, range, column.unit))?;
        let summary = summary(check, state, &column.name, column.unit, range);
        Some(MetricLimit { metric: column.name.clone(), expression, stateless: None, summary })
    });
    let rates = template_check.thresholds.rates.iter();
    values
        .chain(rates.filter_map(|(rate, levels)| rate_limit(template_check, state, rate, levels)))
        .collect()
}

/// The condition for a state of a check whose rate is judged.
///
/// `posemo serve` measures the rate, and the state follows the settings of each target. Without its series, as with
/// `posemo run` and `/probe`, Prometheus calculates the rate. A reset of the counter does not count as growth there, either.
fn rate_limit(
    template_check: &TemplateCheck,
    state: State,
    rate: &RateName,
    levels: &Levels,
) -> Option<MetricLimit> {
    let TemplateCheck { check, thresholds, interval, .. } = template_check;
    let column = check.metrics().find(|column| column.name == rate.metric)?;
    let measured = series(&check.name, &rate.metric_name(), column.unit, MetricKind::Rate);
    let counter = series(&check.name, &column.name, column.unit, column.kind);
    // Two values are needed at least.
    let window = thresholds.window(rate).max(*interval * 2).as_secs();
    let growth = format!("rate({counter}[{window}s]) * {}", rate.per.seconds());
    let (range, expression) =
        violated(levels, state, |range| beyond(&measured, range, column.unit))?;
    let (_, calculated) = violated(levels, state, |range| {
        let violation = beyond(&growth, range, column.unit)?;
        // A counter that is not known for the whole window seems to grow slowly.
        let slow = range.inside() || range.start().is_finite() && range.start() != 0.0;
        Some(if slow { format!("({violation}) and {counter} offset {window}s") } else { violation })
    })?;
    Some(MetricLimit {
        metric: rate.metric_name(),
        expression,
        stateless: Some(format!("({calculated}) unless {measured}")),
        summary: summary(check, state, &rate.to_string(), column.unit, range),
    })
}

/// The range of a state, and the values that violate it. A value that is beyond the critical range is not a warning.
fn violated(
    levels: &Levels,
    state: State,
    beyond: impl Fn(&Range) -> Option<String>,
) -> Option<(&Range, String)> {
    let critical = levels.critical.as_ref().and_then(&beyond);
    if state == State::Critical {
        return Some((levels.critical.as_ref()?, critical?));
    }
    let range = levels.warning.as_ref()?;
    let warning = beyond(range)?;
    let expression = match critical {
        Some(critical) => format!("({warning}) unless ({critical})"),
        None => warning,
    };
    Some((range, expression))
}

/// The annotation of a metric that violates a range.
fn summary(check: &Check, state: State, metric: &str, unit: Unit, range: &Range) -> String {
    let value = match unit {
        Unit::Percent | Unit::Ratio => "{{ $value | humanizePercentage }}",
        Unit::Seconds => "{{ $value | humanizeDuration }}",
        Unit::Bytes => "{{ $value | humanize1024 }}B",
        Unit::None | Unit::Count | Unit::Boolean => "{{ $value }}",
    };
    format!(
        "{PLACE}: {} {{{{ with $labels.object }}}}{{{{ . }}}} {{{{ end }}}}{} {value} ({} {})",
        check.name,
        metric.replace('_', " "),
        state.name(),
        bound(range, unit)
    )
}

/// The values of a series that violate a range; `None` if none can. Most metrics are never negative, so a range that begins
/// at 0 has no lower end here; the rule for the state alone covers a negative value.
fn beyond(series: &str, range: &Range, unit: Unit) -> Option<String> {
    let number = |value: f64| if unit == Unit::Percent { value / 100.0 } else { value };
    let (start, end) = (range.start(), range.end());
    if range.inside() {
        let above = start.is_finite().then(|| format!("{series} >= {}", number(start)));
        let below = end.is_finite().then(|| format!("{series} <= {}", number(end)));
        return match (above, below) {
            (Some(above), Some(below)) => Some(format!("{above} and {below}")),
            (one, other) => one.or(other),
        };
    }
    let below =
        (start.is_finite() && start != 0.0).then(|| format!("{series} < {}", number(start)));
    let above = end.is_finite().then(|| format!("{series} > {}", number(end)));
    match (below, above) {
        (Some(below), Some(above)) => Some(format!("{below} or {above}")),
        (one, other) => one.or(other),
    }
}

/// The values that violate a range, for people.
fn bound(range: &Range, unit: Unit) -> String {
    let (start, end) = (range.start(), range.end());
    match (start.is_finite() && start != 0.0, end.is_finite()) {
        _ if range.inside() => format!("in {}", range.written()),
        (false, true) => format!("above {}", unit.amount(end)),
        (true, false) => format!("below {}", unit.amount(start)),
        _ => format!("outside {}", range.written()),
    }
}

/// What the check watches, what to do, and where to read more.
fn advice(check: &Check) -> String {
    let text = format!(
        "{}.\n\n{}\n\nRead more: posemo explain {}",
        check.summary,
        check.what_to_do(),
        check.name
    );
    // Two braces begin an expression of a template.
    text.replace("{{", "{{ \"{{\" }}")
}

/// The labels of a rule.
#[derive(Clone, Copy)]
struct RuleLabels<'a> {
    severity: &'a str,
    topic: &'a str,
    /// The metric that is judged; absent where the state of the check is.
    metric: Option<&'a str>,
}

fn rule(
    name: &str,
    expression: &str,
    hold: Option<u64>,
    labels: RuleLabels<'_>,
    summary: &str,
    description: &str,
) -> Yaml {
    let RuleLabels { severity, topic, metric } = labels;
    let mut labels = vec![("severity", severity.into()), ("topic", topic.into())];
    labels.extend(metric.map(|metric| ("metric", metric.into())));
    let annotations = vec![("summary", summary.into()), ("description", description.into())];
    let mut entries: Vec<(&'static str, Yaml)> =
        vec![("alert", name.into()), ("expr", expression.into())];
    entries.extend(hold.map(|seconds| ("for", format!("{seconds}s").into())));
    entries.push(("labels", Yaml::Map(labels)));
    entries.push(("annotations", Yaml::Map(annotations)));
    Yaml::Map(entries)
}
