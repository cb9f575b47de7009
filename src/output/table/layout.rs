//! How a table looks: its width, its colors and how much it shows.

use anstyle::AnsiColor;

use crate::finding::State;
use crate::text::width::width;

/// How a table looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether to use colors.
    pub color: bool,
    /// The maximum width of a line in columns; a smaller number than 60 means 60.
    pub width: usize,
    /// How much is shown.
    pub verbosity: Verbosity,
    /// Whether the details of problems are shown even without [`Verbosity::Verbose`].
    pub explains: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { color: false, width: 100, verbosity: Verbosity::default(), explains: false }
    }
}

/// How much of a report is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Verbosity {
    /// Problems only; nothing if there are none.
    Quiet,
    /// Problems only, all of them and with details; nothing if there are none.
    Problems,
    /// Each check, and its problems.
    #[default]
    Normal,
    /// Also findings whose state is OK, details and metrics.
    Verbose,
}

impl Verbosity {
    /// Whether the table shows problems only.
    pub(super) fn is_quiet(self) -> bool {
        matches!(self, Self::Quiet | Self::Problems)
    }

    /// Whether the table shows all problems, and their details.
    pub(super) fn shows_all(self) -> bool {
        matches!(self, Self::Problems | Self::Verbose)
    }
}

/// How a text looks on a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// Without a change.
    Plain,
    /// Bold, for a heading.
    Bold,
    /// Dim, for less important text.
    Dim,
    /// The colour of a state.
    State(State),
}

impl Paint {
    /// The text between the escape sequences that begin and end the look.
    pub fn on(self, text: &str) -> String {
        if text.is_empty() {
            return String::new();
        }
        let style = match self {
            Self::Plain => anstyle::Style::new(),
            Self::Bold => anstyle::Style::new().bold(),
            Self::Dim => anstyle::Style::new().dimmed(),
            Self::State(State::Ok) => AnsiColor::Green.on_default(),
            Self::State(State::Warning) => AnsiColor::Yellow.on_default(),
            Self::State(State::Critical) => AnsiColor::Red.on_default().bold(),
            Self::State(State::Unknown) => AnsiColor::Magenta.on_default(),
        };
        format!("{style}{text}{style:#}")
    }
}

/// The number of columns before the name of a check: two blanks, the longest state, two blanks.
pub(super) const MARGIN: usize = 12;

/// A style, and the width of the column with the names of checks.
pub(super) struct Layout {
    pub(super) style: Style,
    pub(super) label_width: usize,
}

impl Layout {
    /// The text in its look, if the style has colors.
    pub(super) fn paint(&self, paint: Paint, text: &str) -> String {
        if self.style.color { paint.on(text) } else { text.to_owned() }
    }

    /// The text, and blanks up to a number of columns. The blanks have no look.
    pub(super) fn padded(&self, paint: Paint, text: &str, columns: usize) -> String {
        format!("{}{}", self.paint(paint, text), " ".repeat(columns.saturating_sub(width(text))))
    }
}
