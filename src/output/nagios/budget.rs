//! Keeps plugin output within the size that monitoring systems and their transports accept.
//!
//! Metrics and lines are never cut: those that do not fit are omitted as a whole, and counted.

use crate::text::number::counted;

/// The output of a plugin, in parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PluginOutput {
    /// The first line without performance data.
    pub first: String,
    /// One text for each metric.
    pub metrics: Vec<String>,
    /// The other lines; the last ones count what was omitted.
    pub below: Vec<String>,
}

impl PluginOutput {
    /// The text without the metrics.
    pub fn text(&self) -> String {
        let lines = std::iter::once(&self.first).chain(&self.below);
        lines.map(String::as_str).collect::<Vec<_>>().join("\n")
    }

    /// The whole text, as a plugin prints it.
    pub fn whole(&self) -> String {
        let mut output = self.first.clone();
        if !self.metrics.is_empty() {
            output.push_str(" | ");
            output.push_str(&self.metrics.join(" "));
        }
        for line in &self.below {
            output.push('\n');
            output.push_str(line);
        }
        output.push('\n');
        output
    }
}

/// The maximum size for Nagios and its command file: 8 KiB.
pub(crate) const MOST_BYTES: usize = 8192;

/// The division of the maximum size between metrics and lines.
pub(crate) struct OutputBudget {
    /// The maximum size of the whole output, with the end of the last line.
    total: usize,
    /// The bytes that metrics leave for the lines below the first, if there are lines.
    lines: usize,
}

/// The bytes reserved for the two lines that count what was omitted.
const COUNTS: usize = 200;

impl OutputBudget {
    /// A budget of `total` bytes, of which at most three eighths are reserved for lines.
    pub(crate) fn new(total: usize) -> OutputBudget {
        OutputBudget { total, lines: total / 8 * 3 }
    }

    /// The output with as many metrics and lines as fit, and lines that count the omitted ones.
    pub(crate) fn fit(&self, first: &str, metrics: &[String], lines: &[String]) -> PluginOutput {
        let room = self.total.saturating_sub(first.len() + " |\n".len() + COUNTS);
        let wanted = lines.iter().map(|line| line.len() + 1).sum::<usize>();
        let metrics = Fitting::new(metrics, room.saturating_sub(wanted.min(self.lines)));
        let lines = Fitting::new(lines, room.saturating_sub(metrics.bytes));
        let mut below = lines.kept.to_vec();
        for (missing, what) in [(lines.missing, "line"), (metrics.missing, "metric")] {
            if missing > 0 {
                let count = counted(missing, &format!("more {what}"));
                below.push(format!("({count} omitted: the output would be too long)"));
            }
        }
        PluginOutput { first: first.to_owned(), metrics: metrics.kept.to_vec(), below }
    }
}

/// The first items of a list, as many as fit.
struct Fitting<'a> {
    kept: &'a [String],
    bytes: usize,
    missing: usize,
}

impl Fitting<'_> {
    /// Each item needs its bytes and one for a separator.
    fn new(items: &[String], room: usize) -> Fitting<'_> {
        let mut bytes = 0;
        let mut count = 0;
        for item in items {
            if bytes + item.len() + 1 > room {
                break;
            }
            bytes += item.len() + 1;
            count += 1;
        }
        Fitting { kept: &items[..count], bytes, missing: items.len() - count }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_that_do_not_fit_are_omitted_as_a_whole_and_counted() {
        let items =
            |count: usize| (0..count).map(|item| format!("item-{item:04}")).collect::<Vec<_>>();
        let budget = OutputBudget { total: 400, lines: 60 };
        for (metrics, lines) in [(0, 0), (1, 0), (0, 1), (3, 3), (100, 0), (0, 100), (100, 100)] {
            let output = budget.fit("FIRST", &items(metrics), &items(lines)).whole();
            assert!(output.len() <= 400, "{output}");
            let whole = output.split([' ', '\n']).filter(|word| word.starts_with("item-"));
            assert!(whole.clone().all(|word| word.len() == 9), "{output}");
            let counted =
                output.lines().filter_map(|line| line.strip_prefix('(')?.split(' ').next());
            let missing = counted.map(|count| count.parse::<usize>().unwrap()).sum::<usize>();
            assert_eq!(whole.count() + missing, metrics + lines, "{output}");
        }
    }
}
