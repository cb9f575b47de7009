//! Keeps a plugin's output within the size that cores and transports pass on.
//!
//! Cuts nothing: a metric or a line is there as a whole or not at all, and what is not is counted.

/// The output of a plugin in its parts, none of which is cut.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PluginOutput {
    /// The first line without performance data.
    pub first: String,
    /// One text a metric.
    pub metrics: Vec<String>,
    /// The other lines; the last of them count what was left out.
    pub below: Vec<String>,
}

impl PluginOutput {
    /// The text without the metrics.
    pub fn text(&self) -> String {
        let lines = std::iter::once(&self.first).chain(&self.below);
        lines.map(String::as_str).collect::<Vec<_>>().join("\n")
    }

    /// All of it, as a plugin prints it.
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

/// What Nagios and its command file take: 8 KiB.
pub(in crate::output) const MOST_BYTES: usize = 8192;

/// How the bytes of an output are divided.
pub(in crate::output) struct Budget {
    /// Of the whole output, the last line's end included.
    total: usize,
    /// Kept free of metrics for the lines below the first, as far as there are any.
    lines: usize,
}

/// Kept for the two lines that count what was left out.
const COUNTS: usize = 200;

impl Budget {
    /// So many bytes, three eighths of them for lines if there are so many.
    pub(in crate::output) fn of(total: usize) -> Budget {
        Budget { total, lines: total / 8 * 3 }
    }

    /// The output: the first line with its metrics, the other lines, and how many of each are missing.
    pub(in crate::output) fn fit(
        &self,
        first: &str,
        metrics: &[String],
        lines: &[String],
    ) -> PluginOutput {
        let room = self.total.saturating_sub(first.len() + " |\n".len() + COUNTS);
        let wanted = lines.iter().map(|line| line.len() + 1).sum::<usize>();
        let metrics = Fitting::of(metrics, room.saturating_sub(wanted.min(self.lines)));
        let lines = Fitting::of(lines, room.saturating_sub(metrics.bytes));
        let mut below = lines.kept.to_vec();
        for (missing, what) in [(lines.missing, "line"), (metrics.missing, "metric")] {
            if missing > 0 {
                let plural = if missing == 1 { "" } else { "s" };
                below.push(format!("({missing} more {what}{plural} left out for want of room)"));
            }
        }
        PluginOutput { first: first.to_owned(), metrics: metrics.kept.to_vec(), below }
    }
}

/// The first of some items, as many as fit.
struct Fitting<'a> {
    kept: &'a [String],
    bytes: usize,
    missing: usize,
}

impl Fitting<'_> {
    /// Each item takes its own bytes and one to part it from its neighbour.
    fn of(items: &[String], room: usize) -> Fitting<'_> {
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
    fn leaves_out_whole_items_and_counts_them() {
        let items =
            |count: usize| (0..count).map(|item| format!("item-{item:04}")).collect::<Vec<_>>();
        let budget = Budget { total: 400, lines: 60 };
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
