-- Counters that transactions add to. day: days since 1970. What is added to together lies together:
-- today's tallies of a key are on a page or two, whatever its history.
CREATE TABLE tallies (
    key  TEXT NOT NULL,
    day  INTEGER NOT NULL,
    name TEXT NOT NULL,
    n    INTEGER NOT NULL,
    PRIMARY KEY (key, day, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX tallies_by_day ON tallies (day);
