-- Instants are whole microseconds since 1970, ids their 16 bytes, so that both sort as they must.

-- The snapshot is last: reading a listing's columns never touches the pages it overflows into.
CREATE TABLE cases (
    id          BLOB NOT NULL PRIMARY KEY,
    version     INTEGER NOT NULL,
    state       TEXT NOT NULL,
    reason      TEXT,
    person      BLOB,
    title       TEXT NOT NULL,
    severity    TEXT NOT NULL,
    source      TEXT NOT NULL,
    rule        TEXT NOT NULL,
    group_key   TEXT NOT NULL,
    opened_at   INTEGER NOT NULL,
    deadline_at INTEGER,
    changed_at  INTEGER NOT NULL,
    alerts      INTEGER NOT NULL,
    snapshot    BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX cases_open_group ON cases (group_key) WHERE state <> 'closed';
CREATE INDEX cases_by_state ON cases (state, id);
CREATE INDEX cases_by_person ON cases (person, id) WHERE person IS NOT NULL;
CREATE INDEX cases_by_opening ON cases (opened_at, id);

CREATE TABLE desks (
    person   BLOB NOT NULL PRIMARY KEY,
    version  INTEGER NOT NULL,
    snapshot BLOB NOT NULL
) STRICT;

-- The chain. What may be personal lies in the journal beside it, under the same seq.
CREATE TABLE audit_log (
    seq      INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    actor    TEXT NOT NULL,
    case_id  BLOB,
    digest   BLOB NOT NULL,
    previous BLOB NOT NULL,
    hash     BLOB NOT NULL
) STRICT;
CREATE TABLE journal (
    seq     INTEGER PRIMARY KEY,
    case_id BLOB,
    salt    BLOB NOT NULL,
    data    BLOB NOT NULL
) STRICT;
CREATE INDEX journal_by_case ON journal (case_id, seq);

-- ready_at: from when a row can be claimed, its due time or the end of its lease.
CREATE TABLE timers (
    case_id  BLOB NOT NULL,
    name     TEXT NOT NULL,
    due      INTEGER NOT NULL,
    ready_at INTEGER NOT NULL,
    fence    INTEGER NOT NULL,
    PRIMARY KEY (case_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX timers_by_readiness ON timers (ready_at, case_id, name);

-- position is the order of the commits.
CREATE TABLE outbox (
    position    INTEGER PRIMARY KEY,
    id          BLOB NOT NULL UNIQUE,
    destination TEXT NOT NULL,
    case_id     BLOB,
    created_at  INTEGER NOT NULL,
    due         INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    ready_at    INTEGER NOT NULL,
    fence       INTEGER NOT NULL,
    payload     BLOB NOT NULL
) STRICT;
CREATE INDEX outbox_by_readiness ON outbox (destination, ready_at, position);

CREATE TABLE records (
    space      TEXT NOT NULL,
    key        TEXT NOT NULL,
    owner      BLOB,
    expires_at INTEGER,
    value      BLOB NOT NULL,
    PRIMARY KEY (space, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX records_by_owner ON records (space, owner, key) WHERE owner IS NOT NULL;
CREATE INDEX records_by_expiry ON records (expires_at) WHERE expires_at IS NOT NULL;

-- One row: how often the store was opened, and the end of the chain, written beside it so that
-- a chain cut short is noticed.
CREATE TABLE server (
    only       INTEGER PRIMARY KEY CHECK (only = 1),
    starts     INTEGER NOT NULL,
    chain_seq  INTEGER NOT NULL,
    chain_hash BLOB NOT NULL
) STRICT;
INSERT INTO server (only, starts, chain_seq, chain_hash) VALUES (1, 0, 0, zeroblob(32));
