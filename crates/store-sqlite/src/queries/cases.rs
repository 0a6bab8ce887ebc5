//! Cases: one with its snapshot, many without.

use model::{CaseId, StateName};
use ports::store::{CaseQuery, CaseRow};
use rusqlite::{Connection, OptionalExtension, Result, Row, params_from_iter, types::Value};

use crate::columns::{At, Count, Key, Word};

const COLUMNS: &str = "id, version, state, reason, person, title, severity, source, rule, \
                       group_key, opened_at, deadline_at, changed_at, alerts";

pub(crate) fn case(connection: &Connection, id: CaseId) -> Result<Option<CaseRow>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS}, snapshot FROM cases WHERE id = ?1"))?
        .query_row([Key(id)], |row| Ok(CaseRow { snapshot: row.get(14)?, ..read(row)? }))
        .optional()
}

pub(crate) fn count(connection: &Connection) -> Result<Vec<(StateName, u64)>> {
    let sql = "SELECT state, COUNT(*) FROM cases GROUP BY state";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| {
        Ok((row.get::<_, Word<StateName>>(0)?.0, row.get::<_, Count>(1)?.0))
    })?;
    rows.collect()
}

/// A listing, merged from lanes that an index delivers in order: one for each person asked for,
/// else for each state, else all cases.
pub(crate) fn list(connection: &Connection, query: &CaseQuery) -> Result<Vec<CaseRow>> {
    let mut common = Filter::default();
    common.any_of("rule", query.rules.iter().cloned().map(Value::Text));
    common.any_of("severity", query.severities.iter().map(|each| Word(*each).into()));
    common.compare("opened_at >=", query.after.map(|at| At(at).into()));
    common.compare("opened_at <", query.before.map(|at| At(at).into()));
    common.compare("id <", query.cursor.map(|id| Key(id).into()));
    let mut lanes: Vec<(&str, Value)> = Vec::new();
    if query.people.is_empty() {
        lanes.extend(query.states.iter().map(|each| ("state =", Word(*each).into())));
    } else {
        common.any_of("state", query.states.iter().map(|each| Word(*each).into()));
        lanes.extend(query.people.iter().map(|each| ("person =", Key(*each).into())));
    }
    if lanes.is_empty() {
        return lane(connection, common, query.limit);
    }
    let mut found: Vec<CaseRow> = Vec::new();
    for (test, value) in lanes {
        let mut filter = common.clone();
        filter.compare(test, Some(value));
        found.extend(lane(connection, filter, query.limit)?);
        found.sort_by_key(|case| std::cmp::Reverse(case.id));
        found.dedup_by_key(|case| case.id);
        found.truncate(query.limit as usize);
    }
    Ok(found)
}

/// Conditions of a query, and their parameters.
#[derive(Clone, Default)]
struct Filter {
    tests: Vec<String>,
    values: Vec<Value>,
}

impl Filter {
    fn compare(&mut self, test: &str, value: Option<Value>) {
        if let Some(value) = value {
            self.tests.push(format!("{test} ?"));
            self.values.push(value);
        }
    }

    fn any_of(&mut self, column: &str, values: impl Iterator<Item = Value>) {
        let before = self.values.len();
        self.values.extend(values);
        let added = self.values.len() - before;
        if added > 0 {
            self.tests.push(format!("{column} IN ({})", vec!["?"; added].join(", ")));
        }
    }
}

fn lane(connection: &Connection, filter: Filter, limit: u32) -> Result<Vec<CaseRow>> {
    let Filter { tests, mut values } = filter;
    let condition = if tests.is_empty() { "TRUE".to_owned() } else { tests.join(" AND ") };
    values.push(Value::Integer(i64::from(limit)));
    let sql = format!("SELECT {COLUMNS} FROM cases WHERE {condition} ORDER BY id DESC LIMIT ?");
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_map(params_from_iter(values), read)?.collect()
}

fn read(row: &Row<'_>) -> Result<CaseRow> {
    Ok(CaseRow {
        id: row.get::<_, Key<_>>(0)?.0,
        version: row.get::<_, Count>(1)?.0,
        state: row.get::<_, Word<_>>(2)?.0,
        reason: row.get::<_, Option<Word<_>>>(3)?.map(|word| word.0),
        person: row.get::<_, Option<Key<_>>>(4)?.map(|key| key.0),
        title: row.get(5)?,
        severity: row.get::<_, Word<_>>(6)?.0,
        source: row.get(7)?,
        rule: row.get(8)?,
        group_key: row.get(9)?,
        opened_at: row.get::<_, At>(10)?.0,
        deadline_at: row.get::<_, Option<At>>(11)?.map(|at| at.0),
        changed_at: row.get::<_, At>(12)?.0,
        alerts: row.get(13)?,
        snapshot: Vec::new(),
    })
}
