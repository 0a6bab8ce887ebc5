-- How the fleet stood, by day: the number of days since 1970 (UTC).
CREATE TABLE days (day INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
