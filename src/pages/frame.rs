//! The frame of each page: the head, the navigation, the messages, the foot.

use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};

use super::assets::{ICON, SCRIPT, STYLE};
use super::parts::{moment, text};

/// What all pages show.
#[derive(Debug, Clone)]
pub struct PageContext {
    /// The time of the page.
    pub now: Timestamp,
    /// The path with the parameters, to which an order returns.
    pub here: String,
    /// The name of the user; absent where the server has no logins.
    pub user: Option<String>,
    /// Whether the user may silence problems and run checks.
    pub may_act: bool,
    /// What the user should know on each page: a reload that failed, a receiver that does not answer.
    pub warnings: Vec<String>,
    /// The result of an order.
    pub notice: Option<&'static str>,
}

/// The sections of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// The problems.
    Problems,
    /// The servers.
    Targets,
    /// The checks.
    Checks,
    /// What changed.
    History,
    /// The silences and windows.
    Silences,
    /// What was watched, for an auditor.
    Evidence,
    /// posemo itself.
    About,
}

impl Section {
    const ALL: [Section; 7] = [
        Self::Problems,
        Self::Targets,
        Self::Checks,
        Self::History,
        Self::Silences,
        Self::Evidence,
        Self::About,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Problems => "Problems",
            Self::Targets => "Servers",
            Self::Checks => "Checks",
            Self::History => "History",
            Self::Silences => "Silences",
            Self::Evidence => "Evidence",
            Self::About => "About",
        }
    }

    /// The path of its first page.
    pub fn path(self) -> &'static str {
        match self {
            Self::Problems => "/",
            Self::Targets => "/targets",
            Self::Checks => "/checks",
            Self::History => "/history",
            Self::Silences => "/silences",
            Self::Evidence => "/evidence",
            Self::About => "/about",
        }
    }
}

/// The head of a page, which the page of a refusal has, too.
pub(super) fn head(title: &str, has_script: bool) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            title { (text(title)) " · posemo" }
            link rel="stylesheet" href=(STYLE.path);
            link rel="icon" href=(ICON.path);
            @if has_script { script src=(SCRIPT.path) defer {} }
        }
    }
}

/// A whole page. `title` is the title of the window; the page has its own heading.
pub fn page(context: &PageContext, section: Section, title: &str, content: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (head(title, true))
            body {
                a.skip href="#content" { "Skip to the content" }
                header.top {
                    a.mark href="/" { "posemo" }
                    nav aria-label="Pages" {
                        ul {
                            @for one in Section::ALL {
                                li { a href=(one.path()) aria-current=[(one == section).then_some("page")] { (one.name()) } }
                            }
                        }
                    }
                    div.status {
                        span { "as of " (moment(context.now)) }
                        button type="button" id="pause" hidden { "Pause updates" }
                        @if let Some(user) = &context.user {
                            span.user { (text(user)) @if !context.may_act { " (viewer)" } }
                        }
                    }
                }
                main id="content" {
                    @if let Some(notice) = context.notice {
                        p.notice role="status" { (notice) }
                    }
                    @for warning in &context.warnings {
                        p.warn role="note" { strong { "posemo: " } (text(warning)) }
                    }
                    (content)
                }
                footer {
                    p { "posemo " (env!("CARGO_PKG_VERSION")) ". Its role in the servers can call the functions of its checks, and do nothing else." }
                }
            }
        }
    };
    page.into_string()
}
