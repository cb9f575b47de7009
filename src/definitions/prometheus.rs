//! Writes alerting rules for Prometheus. Their series are those of `output::prometheus`.
//!
//! The state of a check decides, as it follows the settings of each target. Where a threshold of the catalog or of the
//! settings for all targets explains it, the alert has the object and the value; otherwise it has the state only.

use super::TemplateCheck;
use super::yaml::Yaml;
use crate::catalog::check::Check;
use crate::catalog::function::{Column, ColumnType};
use crate::finding::State;
use crate::finding::metric::Unit;
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
    /// The expression, whose values are those of the metric.
    expression: String,
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
    rule("PosemoSilent", &expression, None, ("critical", "posemo"), &summary, SILENT)
}

const SILENT: &str = "No check runs, so no other alert of posemo can fire. See whether the timer or cron job of posemo run works, \
                      and whether Prometheus reads its file.";

/// A server that does not answer. It is one alert, whatever the number of its checks.
fn target_down() -> Yaml {
    let summary = "{{ $labels.target }} does not answer";
    rule("PosemoTargetDown", "posemo_up == 0", None, ("critical", "availability"), summary, DOWN)
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
        ("warning", "posemo"),
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
    let severity = (state.name(), check.topic.as_str());
    let hold = template_check.hold.map(|hold| hold.as_secs());
    let (name, advice) = (alertname(&check.name), advice(check));
    // A check in state CRITICAL can have other objects in state WARNING.
    let at_least = if state == State::Critical { "== 2" } else { ">= 1 < 3" };
    let mut rules: Vec<Yaml> = limits
        .iter()
        .map(|limit| {
            let expression =
                format!("({}) and {SAME_CHECK} ({reached} {at_least})", limit.expression);
            rule(&name, &expression, hold, severity, &limit.summary, &advice)
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
    rules.push(rule(&name, &expression, hold, severity, &summary, &advice));
    rules
}

/// Whether a check can have a state. Settings of a target can add thresholds to every check that has a number.
fn judges(check: &Check, state: State) -> bool {
    let is_number = |column: &Column| column.sql_type != ColumnType::Boolean;
    check.script.is_some() || check.severity.state() == state || check.metrics().any(is_number)
}

/// The conditions for a state of a check that thresholds judge. A value that is beyond the critical range is not a warning.
fn limits(template_check: &TemplateCheck, state: State) -> Vec<MetricLimit> {
    let check = &template_check.check;
    if check.script.is_some() {
        return Vec::new();
    }
    let limit = |column: &Column| {
        let name = series(&check.name, &column.name, column.unit, column.kind);
        let levels = template_check.thresholds.levels.get(&column.name)?;
        let critical = levels.critical.as_ref().and_then(|range| beyond(&name, range, column.unit));
        let (range, expression) = if state == State::Critical {
            (levels.critical.as_ref()?, critical?)
        } else {
            let range = levels.warning.as_ref()?;
            let warning = beyond(&name, range, column.unit)?;
            let expression = match critical {
                Some(critical) => format!("({warning}) unless ({critical})"),
                None => warning,
            };
            (range, expression)
        };
        let value = match column.unit {
            Unit::Percent | Unit::Ratio => "{{ $value | humanizePercentage }}",
            Unit::Seconds => "{{ $value | humanizeDuration }}",
            Unit::Bytes => "{{ $value | humanize1024 }}B",
            Unit::None | Unit::Count | Unit::Boolean => "{{ $value }}",
        };
        let summary = format!(
            "{PLACE}: {} {{{{ with $labels.object }}}}{{{{ . }}}} {{{{ end }}}}{} {value} ({} {})",
            check.name,
            column.name.replace('_', " "),
            state.name(),
            bound(range, column.unit)
        );
        Some(MetricLimit { expression, summary })
    };
    check.metrics().filter_map(limit).collect()
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

fn rule(
    name: &str,
    expression: &str,
    hold: Option<u64>,
    (severity, topic): (&str, &str),
    summary: &str,
    description: &str,
) -> Yaml {
    let labels = vec![("severity", severity.into()), ("topic", topic.into())];
    let annotations = vec![("summary", summary.into()), ("description", description.into())];
    let mut entries: Vec<(&'static str, Yaml)> =
        vec![("alert", name.into()), ("expr", expression.into())];
    entries.extend(hold.map(|seconds| ("for", format!("{seconds}s").into())));
    entries.push(("labels", Yaml::Map(labels)));
    entries.push(("annotations", Yaml::Map(annotations)));
    Yaml::Map(entries)
}
