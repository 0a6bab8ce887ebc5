-- Fewer pages for each commit: what a commit does not touch it need not write.

-- Only some spaces are listed by owner while people wait. Deliveries, codes and bindings, which are
-- many, have an owner too, and each cost a page of this index.
DROP INDEX records_by_owner;
CREATE INDEX records_by_owner ON records (space, owner, key)
    WHERE owner IS NOT NULL AND (space = 'challenge' OR space = 'factor'
        OR space = 'factor_counter' OR space = 'enrolment' OR space = 'factor_change'
        OR space = 'session' OR space = 'browser' OR space = 'sign_in_link' OR space = 'form'
        OR space = 'provider_device');

-- position is a number that rises with each row ever written; the id is the key.
CREATE TABLE outbox_2 (
    id          BLOB NOT NULL PRIMARY KEY,
    position    INTEGER NOT NULL,
    destination TEXT NOT NULL,
    case_id     BLOB,
    created_at  INTEGER NOT NULL,
    due         INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    ready_at    INTEGER NOT NULL,
    fence       INTEGER NOT NULL,
    payload     BLOB NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO outbox_2
    SELECT id, position, destination, case_id, created_at, due, expires_at, attempts, ready_at,
           fence, payload
    FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_2 RENAME TO outbox;
CREATE INDEX outbox_by_readiness ON outbox (destination, ready_at, position);
