-- Where the value of an entity is. Small, so that most of it stays in memory.
CREATE TABLE names (
    key BLOB PRIMARY KEY,  -- 16 bytes of a digest
    id INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Values in the order in which their entities were first seen.
CREATE TABLE entities (
    id INTEGER PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;

-- How many entities there are, and the bytes of their values: one row.
CREATE TABLE totals (
    entities INTEGER NOT NULL,
    bytes INTEGER NOT NULL
) STRICT;
INSERT INTO totals VALUES (0, 0);

-- How far detection has come: one row, or none.
CREATE TABLE checkpoint (
    position INTEGER NOT NULL,
    rules TEXT NOT NULL
) STRICT;

-- What belongs to no single entity, in its order.
CREATE TABLE parts (
    ordinal INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    bytes BLOB NOT NULL
) STRICT;
