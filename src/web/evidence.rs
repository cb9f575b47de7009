//! `/evidence`: what an auditor reads, as a page and as CSV; and `/report`, also for a moment of the past.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::WebState;
use super::access::Caller;
use super::answer::{self, Refusal, aside};
use super::history::read_history;
use super::page_request::{PageRequest, time};
use super::pages;
use super::query::QueryParameters;
use crate::board::TargetBoard;
use crate::history::act::UserAct;
use crate::history::change::problems;
use crate::history::evidence::acts_between;
use crate::history::open::{OpenNow, PastProblem, open_between};
use crate::history::past::oldest_change;
use crate::history::place::HistoryPlace;
use crate::history::runs::day_of;
use crate::history::store::runs_between;
use crate::history::verify::verify_few;
use crate::output::csv::table;
use crate::pages::evidence::{ChainView, EvidenceView, WatchedRow, evidence as evidence_page};
use crate::pages::past_problems::{MomentView, at_moment};
use crate::text::time::second;

/// The days without parameters.
const DAYS: i64 = 30;

/// The days of the longest span.
const MOST_DAYS: i64 = 400;

/// The changes that are verified for a page.
const MOST_VERIFIED: i64 = 200_000;

/// Runs are in the history after this time, in milliseconds.
const SAVED: i64 = 600_000;

const SPAN: [&str; 2] = ["from", "until"];

/// The days of a request, with both.
fn days(query: &QueryParameters, now: Timestamp) -> Result<(Date, Date), Refusal> {
    let wrong = |message: String| Refusal::new(StatusCode::BAD_REQUEST, message);
    let day = |name: &str| {
        let day = query.get(name).map(|text| {
            let message = format!("{name}={text:?} is not a day; write 2026-11-29");
            text.parse::<Date>().map_err(|_| wrong(message))
        });
        day.transpose()
    };
    let until = day("until")?.unwrap_or_else(|| now.to_zoned(TimeZone::UTC).date());
    let usual = || until.checked_sub((DAYS - 1).days()).unwrap_or(until);
    let from = day("from")?.unwrap_or_else(usual);
    let count = until.since((jiff::Unit::Day, from)).map_or(0, |span| i64::from(span.get_days()));
    if !(0..MOST_DAYS).contains(&count) {
        return Err(wrong(format!("choose at most {MOST_DAYS} days, the first one in from")));
    }
    Ok((from, until))
}

/// The times at which the days begin and end.
fn span((from, until): (Date, Date)) -> (Timestamp, Timestamp) {
    let begin =
        |day: Date| day.to_zoned(TimeZone::UTC).map_or(Timestamp::MIN, |day| day.timestamp());
    let end = begin(until).checked_add(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MAX);
    (begin(from), end)
}

/// The problems that are open now, also those of servers that are not reached.
fn open_now(targets: &[Arc<TargetBoard>]) -> Vec<OpenNow> {
    let of = |board: &Arc<TargetBoard>| {
        let mut report = board.loud().clone();
        if report.error.is_some() {
            report.checks.clone_from(&board.known);
        }
        let problems = problems(&report).into_iter().map(|part| {
            let key = (part.check.clone(), part.database.clone(), part.finding.clone());
            let since = board.since.get(&key).copied();
            OpenNow { target: report.target.clone(), part, since }
        });
        problems.collect::<Vec<_>>()
    };
    targets.iter().flat_map(of).collect()
}

/// Problems with the topics of their checks: those of security first, then the worst, then the oldest.
fn with_topics(
    targets: &[Arc<TargetBoard>],
    problems: Vec<PastProblem>,
) -> Vec<(PastProblem, String)> {
    let known = targets.iter().flat_map(|board| &board.known);
    let topics: BTreeMap<&str, &str> =
        known.map(|check| (check.check.as_str(), check.topic.as_str())).collect();
    let mut all: Vec<(PastProblem, String)> = problems
        .into_iter()
        .map(|one| {
            let topic = topics.get(one.part.check.as_str()).copied().unwrap_or_default();
            (one, topic.to_owned())
        })
        .collect();
    all.sort_by_key(|(one, topic)| (topic != "security", one.worst.rank(), one.began));
    all
}

/// Reads what the page shows.
async fn view(
    state: &WebState,
    days: (Date, Date),
    now: Timestamp,
) -> Result<EvidenceView, Refusal> {
    let span = span(days);
    let targets = state.board.targets();
    let open = open_now(&targets);
    let read = move |place: &HistoryPlace| {
        let path = place.file()?;
        let last = span.1.checked_sub(SignedDuration::from_secs(1)).unwrap_or(span.1);
        let runs = runs_between(path, (day_of(span.0), day_of(last)))?;
        let chain = verify_few(path, MOST_VERIFIED);
        Ok((runs, open_between(path, span, open)?, acts_between(path, span)?, chain))
    };
    let (runs, past, acts, chain) = read_history(state, read).await?;
    let end = span.1.min(now).as_millisecond();
    let mut watched: Vec<WatchedRow> = runs
        .into_iter()
        .map(|runs| {
            let counts = &runs.counts;
            let longest = counts.interval.saturating_mul(2);
            // The latest runs are not in the history yet.
            let since_last = end.saturating_sub(counts.last);
            let has_ended = since_last > longest.saturating_add(SAVED);
            let gap = if has_ended { counts.gap.max(since_last) } else { counts.gap };
            WatchedRow { is_late: gap > longest, runs, gap }
        })
        .collect();
    // The order of targets and checks remains.
    watched.sort_by_key(|row| !row.is_late);
    Ok(EvidenceView {
        days,
        watched,
        problems: with_topics(&targets, past.problems),
        partly_off: partly_off(&targets),
        is_cut: past.is_cut || acts.is_cut,
        acts,
        chain: match chain {
            Ok(Some(found)) => ChainView::Verified(found),
            Ok(None) => ChainView::TooLong,
            Err(error) => ChainView::Unreadable(error.to_string()),
        },
    })
}

/// The checks that run on some of the targets, with the others.
fn partly_off(targets: &[Arc<TargetBoard>]) -> Vec<(String, Vec<String>)> {
    let of = |board: &Arc<TargetBoard>| -> BTreeSet<String> {
        board.known.iter().map(|check| check.check.clone()).collect()
    };
    let names: Vec<BTreeSet<String>> = targets.iter().map(of).collect();
    let all: BTreeSet<&String> = names.iter().flatten().collect();
    let without = |check: &String| -> Vec<String> {
        let without = targets.iter().zip(&names).filter(|(_, names)| !names.contains(check));
        without.map(|(board, _)| board.report.target.clone()).collect()
    };
    let off = all.into_iter().filter(|check| *check != crate::finding::report::OWN);
    let off = off.map(|check| (check.clone(), without(check)));
    off.filter(|(_, targets)| !targets.is_empty()).collect()
}

/// The page.
pub(super) async fn evidence(
    State(state): State<Arc<WebState>>,
    uri: Uri,
    Extension(caller): Extension<Caller>,
) -> Result<Html<String>, Refusal> {
    let PageRequest { query, context } = PageRequest::read(&state, &uri, &caller, &SPAN)?;
    let view = view(&state, days(&query, context.now)?, context.now).await?;
    aside(move || Html(evidence_page(&context, &view))).await
}

/// One table of the page as CSV.
pub(super) async fn csv(State(state): State<Arc<WebState>>, uri: Uri) -> Result<Response, Refusal> {
    let query = QueryParameters::read(uri.query(), &["from", "until", "table"])?;
    let name = query.get("table");
    let written: fn(&EvidenceView) -> std::io::Result<Vec<u8>> = match name {
        Some("watched") => watched_csv,
        Some("problems") => problems_csv,
        Some("silences") => silences_csv,
        Some("acts") => acts_csv,
        _ => {
            let message = "write table=watched, problems, silences or acts";
            return Err(Refusal::new(StatusCode::BAD_REQUEST, message));
        }
    };
    let now = Timestamp::now();
    let view = view(&state, days(&query, now)?, now).await?;
    // Runs are counted by days, and all of them are read.
    if view.is_cut && name != Some("watched") {
        let message = "these days have more changes or acts than posemo reads: choose fewer days";
        return Err(Refusal::new(StatusCode::BAD_REQUEST, message));
    }
    answer::csv(move || written(&view)).await
}

fn watched_csv(view: &EvidenceView) -> std::io::Result<Vec<u8>> {
    let time =
        |milliseconds| Timestamp::from_millisecond(milliseconds).map(second).unwrap_or_default();
    let seconds = |milliseconds: i64| (milliseconds / 1000).to_string();
    let rows = view.watched.iter().map(|row| {
        let counts = &row.runs.counts;
        [
            row.runs.target.clone(),
            row.runs.check.clone(),
            counts.runs.to_string(),
            counts.failed.to_string(),
            counts.skipped.to_string(),
            counts.maintained.to_string(),
            seconds(counts.interval),
            seconds(row.gap),
            row.runs.days.to_string(),
            time(counts.first),
            time(counts.last),
        ]
    });
    let head = [
        "target",
        "check",
        "runs",
        "without_result",
        "not_applicable",
        "in_maintenance",
        "interval_seconds",
        "longest_gap_seconds",
        "days",
        "first",
        "last",
    ];
    table(&head, rows)
}

fn problems_csv(view: &EvidenceView) -> std::io::Result<Vec<u8>> {
    let rows = view.problems.iter().map(|(one, topic)| {
        let PastProblem { target, part, began, ended, worst } = one;
        let lasted = began.zip(*ended);
        [
            target.clone(),
            part.check.clone(),
            topic.clone(),
            part.database.clone().unwrap_or_default(),
            part.finding.clone(),
            part.object.clone().unwrap_or_default(),
            worst.name().to_owned(),
            began.map(second).unwrap_or_default(),
            ended.map(second).unwrap_or_default(),
            lasted
                .map(|(began, ended)| ended.duration_since(began).as_secs().to_string())
                .unwrap_or_default(),
            part.summary.clone(),
        ]
    });
    let head = [
        "target", "check", "topic", "database", "finding", "object", "worst", "from", "until",
        "seconds", "summary",
    ];
    table(&head, rows)
}

fn silences_csv(view: &EvidenceView) -> std::io::Result<Vec<u8>> {
    let rows = view.acts.silences.iter().map(|one| {
        let ended_by = one.ended.as_ref().map(|(_, by)| by.clone());
        [
            one.id.clone(),
            second(one.at),
            second(one.end()),
            one.by.clone(),
            ended_by.unwrap_or_default(),
            one.what.clone(),
        ]
    });
    table(&["id", "from", "until", "by", "ended_by", "what_and_why"], rows)
}

fn acts_csv(view: &EvidenceView) -> std::io::Result<Vec<u8>> {
    let acts = &view.acts;
    let lists = [&acts.rules, &acts.switched, &acts.windows, &acts.orders];
    let mut all: Vec<&UserAct> = lists.into_iter().flatten().collect();
    all.sort_by_key(|act| act.seq);
    // A reload is among the rules and among the orders.
    all.dedup_by_key(|act| act.seq);
    let rows = all.into_iter().map(|act| {
        [act.seq.to_string(), second(act.at), act.what.clone(), act.who.clone(), act.detail.clone()]
    });
    table(&["number", "time", "act", "by", "what"], rows)
}

/// `/report`: the report of now; with `at`, the problems at a moment of the past.
pub(super) async fn report(
    State(state): State<Arc<WebState>>,
    uri: Uri,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Refusal> {
    let PageRequest { query, context } = PageRequest::read(&state, &uri, &caller, &["at"])?;
    let Some(at) = time(&query, "at")? else { return pages::whole_report(state).await };
    if at > context.now {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "at is in the future"));
    }
    let targets = state.board.targets();
    let open = open_now(&targets);
    let read = move |place: &HistoryPlace| {
        let path = place.file()?;
        let next = at.checked_add(SignedDuration::from_millis(1)).unwrap_or(at);
        Ok((open_between(path, (at, next), open)?, oldest_change(path)?))
    };
    let (past, kept_since) = read_history(&state, read).await?;
    let mut problems = with_topics(&targets, past.problems);
    problems.sort_by_key(|(one, _)| one.part.state.rank());
    let view = MomentView { at, problems, is_cut: past.is_cut, kept_since };
    aside(move || Html(at_moment(&context, &view)).into_response()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_a_span_with_both_ends() {
        let now: Timestamp = "2026-11-30T12:00:00Z".parse().expect("it is a time");
        let read = |query: &str| {
            let query = QueryParameters::read(Some(query), &SPAN).expect("they are known");
            days(&query, now).map(|days| {
                let (from, until) = span(days);
                format!("{from} {until}")
            })
        };
        let written = |query: &str| read(query).expect("they are days");
        assert_eq!(written(""), "2026-11-01T00:00:00Z 2026-12-01T00:00:00Z");
        let one = "from=2026-02-28&until=2026-02-28";
        assert_eq!(written(one), "2026-02-28T00:00:00Z 2026-03-01T00:00:00Z");
        for wrong in [
            "from=yesterday",
            "from=2026-11-30T12:00:00Z",
            "from=2026-12-01",
            "from=2020-01-01",
            "from=-9999-01-01&until=9999-12-31",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
