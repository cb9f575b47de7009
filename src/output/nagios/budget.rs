//! Keeps a plugin's output within the size that cores and transports pass on.
//!
//! Cuts nothing: a metric or a line is there as a whole or not at all, and what is not is counted.

use std::fmt::Write;

/// How the bytes of an output are divided.
pub(super) struct Budget {
    /// Of the whole output, the last line's end included.
    total: usize,
    /// Kept free of metrics for the lines below the first, as far as there are any.
    lines: usize,
}

/// Kept for the two lines that count what was left out.
const COUNTS: usize = 200;

impl Default for Budget {
    /// 8 KiB, as in Nagios and its command file.
    fn default() -> Self {
        Self { total: 8192, lines: 3072 }
    }
}

impl Budget {
    /// The output: the first line with its metrics, the other lines, and how many of each are missing.
    pub(super) fn fit(&self, first: &str, metrics: &[String], lines: &[String]) -> String {
        let room = self.total.saturating_sub(first.len() + " |\n".len() + COUNTS);
        let wanted = lines.iter().map(|line| line.len() + 1).sum::<usize>();
        let metrics = Fitting::of(metrics, room.saturating_sub(wanted.min(self.lines)));
        let lines = Fitting::of(lines, room.saturating_sub(metrics.bytes));
        let mut output = first.to_owned();
        if !metrics.kept.is_empty() {
            output.push_str(" | ");
            output.push_str(&metrics.kept.join(" "));
        }
        for line in lines.kept {
            output.push('\n');
            output.push_str(line);
        }
        for (missing, what) in [(lines.missing, "line"), (metrics.missing, "metric")] {
            if missing > 0 {
                let plural = if missing == 1 { "" } else { "s" };
                write!(output, "\n({missing} more {what}{plural} left out for want of room)")
                    .expect("writing into a string cannot fail");
            }
        }
        output.push('\n');
        output
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
            let output = budget.fit("FIRST", &items(metrics), &items(lines));
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
