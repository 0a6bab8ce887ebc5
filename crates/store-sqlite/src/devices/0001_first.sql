-- Instants are whole microseconds since 1970, ids their 16 bytes. Devices are numbered, so that
-- what hangs on them is small: a device known from four sources fits into two kilobytes.

CREATE TABLE server (revision INTEGER NOT NULL) STRICT;
INSERT INTO server (revision) VALUES (0);

-- What lists choose by. The rest of a device is in its frame, which a list need not read to skip.
CREATE TABLE devices (
    number     INTEGER PRIMARY KEY,
    id         BLOB NOT NULL UNIQUE,
    owner      BLOB,
    email      TEXT,
    grade      TEXT NOT NULL,
    checks     TEXT NOT NULL,
    is_flagged INTEGER NOT NULL,
    last_seen  INTEGER,
    next_at    INTEGER
) STRICT;
CREATE INDEX devices_by_owner ON devices (owner) WHERE owner IS NOT NULL;
CREATE INDEX devices_by_email ON devices (email) WHERE email IS NOT NULL;
CREATE INDEX devices_by_next ON devices (next_at) WHERE next_at IS NOT NULL;

-- Records, track, and what was written into the tables below: packed together, since the records
-- of one device say much the same.
CREATE TABLE frames (device INTEGER PRIMARY KEY, frame BLOB NOT NULL) STRICT;

CREATE TABLE aliases (
    alias BLOB NOT NULL, device INTEGER NOT NULL, PRIMARY KEY (alias, device)
) STRICT, WITHOUT ROWID;
CREATE TABLE keys (
    word INTEGER NOT NULL, device INTEGER NOT NULL, PRIMARY KEY (word, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE sources (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, health TEXT) STRICT;
CREATE TABLE records (
    device INTEGER NOT NULL, place INTEGER NOT NULL, source INTEGER NOT NULL,
    is_gone INTEGER NOT NULL, fetched_at INTEGER NOT NULL,
    PRIMARY KEY (device, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE software (
    number INTEGER PRIMARY KEY,
    device INTEGER NOT NULL, word INTEGER NOT NULL, body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX software_of ON software (device, word);

CREATE TABLE history (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    device BLOB NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL
) STRICT;
CREATE INDEX history_of ON history (device, seq);

CREATE TABLE decisions (key TEXT NOT NULL PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE exemptions (
    key TEXT NOT NULL PRIMARY KEY,
    device BLOB NOT NULL, is_open INTEGER NOT NULL, body BLOB NOT NULL
) STRICT;
CREATE INDEX exemptions_of ON exemptions (device);

CREATE TABLE signals (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    receiver TEXT NOT NULL, id BLOB NOT NULL,
    due INTEGER NOT NULL, attempts INTEGER NOT NULL, body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX signals_of ON signals (receiver, id);
CREATE INDEX signals_in_order ON signals (receiver, seq);
