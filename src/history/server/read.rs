//! Reads changes, acts, silences and values for pages and programs.

use std::time::Duration;

use jiff::Timestamp;

use super::{ServerHistory, ServerHistoryError};
use crate::database::error::DatabaseError;
use crate::database::kept::{BoundValue, KeptConnection, StoredRow};
use crate::finding::State;
use crate::history::act::UserAct;
use crate::history::chain::{ACTS, CHANGES};
use crate::history::change::StateChange;
use crate::history::past::{ChangeFilter, PastChange};
use crate::history::silence::{COLUMNS as SILENCE, OwnSilence, SilenceEnd, SilenceScope};
use crate::history::wanted::{
    BlockPlace, LARGEST, MOST_TOGETHER, ValuesFound, ValuesReading, ValuesWanted,
};

/// The silences that are read, and the bytes of one of them.
const MOST_SILENCES: i64 = 1000;
const LONGEST_SILENCE: i64 = 20_000;

/// The blocks that are read in one answer, and their bytes.
const BLOCKS: usize = 50;
const BYTES: i64 = 32 << 20;

impl ServerHistory {
    /// The changes after a number, of all targets or one, the oldest first.
    pub(in crate::history) fn changes_after(
        &self,
        after: i64,
        target: Option<&str>,
        most: u32,
    ) -> Result<Vec<StateChange>, ServerHistoryError> {
        let columns = CHANGES.list();
        let statement = format!(
            "SELECT {columns} FROM posemo_history.change
             WHERE seq > $1 AND ($2 IS NULL OR target = $2) ORDER BY seq LIMIT $3"
        );
        let values = [
            BoundValue::number(after),
            BoundValue::optional(target),
            BoundValue::number(most.into()),
        ];
        self.reading(|connection| {
            connection.rows(&statement, &values)?.iter().map(change).collect()
        })
    }

    /// The changes, the latest first, with how long each state lasted.
    pub(in crate::history) fn past(
        &self,
        filter: &ChangeFilter,
        most: usize,
    ) -> Result<Vec<PastChange>, ServerHistoryError> {
        let columns = CHANGES.list();
        let statement = format!(
            "SELECT {columns},
                 (SELECT min(later.at) FROM posemo_history.change AS later
                  WHERE later.finding = one.finding AND later.target = one.target AND later.seq > one.seq
                      AND later.\"check\" = one.\"check\" AND later.database IS NOT DISTINCT FROM one.database)
             FROM posemo_history.change AS one
             WHERE ($1 IS NULL OR target = $1) AND ($2 IS NULL OR \"check\" = $2)
                 AND ($3 IS NULL OR database = $3) AND ($4 IS NULL OR finding = $4)
                 AND ($5 IS NULL OR at >= $5) AND ($6 IS NULL OR at < $6) AND ($7 IS NULL OR seq < $7)
             ORDER BY seq DESC LIMIT $8"
        );
        let ChangeFilter { target, check, database, finding, from, until, before } = filter;
        let time =
            |time: &Option<Timestamp>| BoundValue::Number(time.map(Timestamp::as_millisecond));
        let values = [
            BoundValue::optional(target.as_deref()),
            BoundValue::optional(check.as_deref()),
            BoundValue::optional(database.as_deref()),
            BoundValue::optional(finding.as_deref()),
            time(from),
            time(until),
            BoundValue::Number(*before),
            BoundValue::number(i64::try_from(most).unwrap_or(i64::MAX)),
        ];
        let past = |row: &StoredRow| {
            let change = change(row)?;
            let next = row.number(10)?;
            let lasted =
                next.and_then(|next| u64::try_from(next - change.at.as_millisecond()).ok());
            Ok(PastChange { change, lasted: lasted.map(Duration::from_millis) })
        };
        self.reading(|connection| connection.rows(&statement, &values)?.iter().map(past).collect())
    }

    /// The acts after a number, the oldest first.
    pub(in crate::history) fn acts_after(
        &self,
        after: i64,
        most: u32,
    ) -> Result<Vec<UserAct>, ServerHistoryError> {
        let columns = ACTS.list();
        let statement = format!(
            "SELECT {columns} FROM posemo_history.act WHERE seq > $1 ORDER BY seq LIMIT $2"
        );
        let values = [BoundValue::number(after), BoundValue::number(most.into())];
        self.reading(|connection| connection.rows(&statement, &values)?.iter().map(act).collect())
    }

    /// The values that a request is for.
    pub(in crate::history) fn values_of(
        &self,
        wanted: &ValuesWanted,
    ) -> Result<ValuesFound, ServerHistoryError> {
        self.reading(|connection| read_values(connection, wanted))
    }
}

/// Reads the places of the blocks, and then the blocks, some at a time. One that was joined meanwhile is left out.
fn read_values(
    connection: &mut KeptConnection,
    wanted: &ValuesWanted,
) -> Result<ValuesFound, DatabaseError> {
    let (kinds, longest) = wanted.kinds();
    let values = [
        BoundValue::numbers(kinds),
        BoundValue::text(&wanted.target),
        BoundValue::number(wanted.from),
        BoundValue::number(wanted.until),
        BoundValue::number(longest),
    ];
    // Of blocks that begin at the same time, one more than is read, so that the answer ends before the limit of the rows.
    let statement = format!(
        "SELECT start, id, bytes FROM (
             SELECT start, id, CAST(pg_catalog.octet_length(data) AS int8) AS bytes,
                 row_number() OVER (PARTITION BY greatest(start, $3) ORDER BY start, id) AS place
             FROM posemo_history.sample
             WHERE kind = ANY ($1) AND target = $2 AND start < $4 AND start >= $3 - $5 AND until >= $3
         ) AS b WHERE place <= {MOST_TOGETHER} + 1 ORDER BY start, id LIMIT 5000"
    );
    let places = connection.rows(&statement, &values)?;
    let number =
        |row: &StoredRow, column| Ok::<i64, DatabaseError>(row.number(column)?.unwrap_or(0));
    let places = places.iter().map(|row| Ok([number(row, 0)?, number(row, 1)?, number(row, 2)?]));
    let places: Vec<[i64; 3]> = places.collect::<Result<_, DatabaseError>>()?;
    let mut reading = ValuesReading::new(wanted);
    let mut places = places.into_iter().peekable();
    while places.peek().is_some() {
        let (mut ids, mut bytes) = (Vec::new(), 0);
        while ids.len() < BLOCKS
            && bytes < BYTES
            && let Some([_, id, size]) = places.next()
        {
            if size > LARGEST {
                reading.leave_out();
                continue;
            }
            ids.push(id);
            bytes += size;
        }
        let rows = connection.rows(
            "SELECT start, data FROM posemo_history.sample
             WHERE id = ANY ($1) AND pg_catalog.octet_length(data) <= $2 ORDER BY start, id",
            &[BoundValue::numbers(ids), BoundValue::number(LARGEST)],
        )?;
        for row in rows {
            match reading.place(number(&row, 0)?) {
                BlockPlace::After => return Ok(reading.finish()),
                BlockPlace::LeftOut => {}
                BlockPlace::Within => reading.take_in(&row.bytes(1)?.unwrap_or_default()),
            }
        }
    }
    Ok(reading.finish())
}

/// Silences, and how many more are in force.
#[derive(Debug)]
pub(super) struct StoredSilences {
    /// At most 1000, in the order in which they were added.
    pub(super) all: Vec<OwnSilence>,
    /// The silences in force that are not among them.
    pub(super) more: i64,
}

/// The silences in force, the latest first, and then those that ended last.
pub(super) fn silences(connection: &mut KeptConnection) -> Result<StoredSilences, DatabaseError> {
    let statement = format!(
        "WITH every AS (
             SELECT s.*, s.ended IS NULL
                 AND s.until > extract(epoch FROM pg_catalog.clock_timestamp()) * 1000 AS lasts
             FROM posemo_history.silence AS s
         )
         SELECT {SILENCE}, CASE WHEN lasts THEN 1::int8 END, (SELECT count(*) FROM every WHERE lasts)
         FROM (SELECT 1) AS one LEFT JOIN (
             SELECT * FROM every WHERE pg_catalog.octet_length(CAST(every AS pg_catalog.text)) <= $1
             ORDER BY lasts DESC, CASE WHEN lasts THEN at ELSE COALESCE(ended, until) END DESC, id LIMIT $2
         ) AS few ON true"
    );
    let limits = [BoundValue::number(LONGEST_SILENCE), BoundValue::number(MOST_SILENCES)];
    let rows = connection.rows(&statement, &limits)?;
    let silence = |row: &StoredRow| {
        let by = row.text(12)?.unwrap_or_default();
        let ended = row.number(11)?;
        Ok::<_, DatabaseError>(OwnSilence {
            id: row.text(0)?.unwrap_or_default(),
            scope: SilenceScope {
                target: row.text(1)?,
                group: row.text(2)?,
                check: row.text(3)?,
                database: row.text(4)?,
                object: row.text(5)?,
                finding: row.text(6)?,
            },
            at: time(row.number(7)?),
            until: time(row.number(8)?),
            by: row.text(9)?.unwrap_or_default(),
            why: row.text(10)?.unwrap_or_default(),
            ended: ended.map(|at| SilenceEnd { at: time(Some(at)), by }),
        })
    };
    let mut all = Vec::new();
    let mut more = 0;
    for row in &rows {
        // The number in force is in each row, also in the only one of an empty list.
        if all.is_empty() {
            more = row.number(14)?.unwrap_or(0);
        }
        if row.text(0)?.is_some() {
            more -= i64::from(row.number(13)?.is_some());
            all.push(silence(row)?);
        }
    }
    all.sort_by(|one, other| (one.at, &one.id).cmp(&(other.at, &other.id)));
    Ok(StoredSilences { all, more })
}

fn time(milliseconds: Option<i64>) -> Timestamp {
    Timestamp::from_millisecond(milliseconds.unwrap_or(0)).unwrap_or_default()
}

pub(super) fn act(row: &StoredRow) -> Result<UserAct, DatabaseError> {
    Ok(UserAct {
        seq: row.number(0)?.unwrap_or(0),
        at: time(row.number(1)?),
        who: row.text(2)?.unwrap_or_default(),
        what: row.text(3)?.unwrap_or_default(),
        detail: row.text(4)?.unwrap_or_default(),
    })
}

pub(super) fn change(row: &StoredRow) -> Result<StateChange, DatabaseError> {
    let state = |column| {
        let name = row.text(column)?.unwrap_or_default();
        Ok::<State, DatabaseError>(State::of_problem(&name).unwrap_or(State::Ok))
    };
    Ok(StateChange {
        seq: row.number(0)?.unwrap_or(0),
        at: time(row.number(1)?),
        target: row.text(2)?.unwrap_or_default(),
        check: row.text(3)?.unwrap_or_default(),
        database: row.text(4)?,
        finding: row.text(5)?.unwrap_or_default(),
        object: row.text(6)?,
        was: state(7)?,
        became: state(8)?,
        summary: row.text(9)?.unwrap_or_default(),
    })
}
