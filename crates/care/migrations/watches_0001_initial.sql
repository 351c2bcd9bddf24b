-- Saved slot searches. Of the key that whoever made one has, only the hash is kept.
CREATE TABLE watch (
    number      INTEGER PRIMARY KEY,
    key_hash    BLOB NOT NULL UNIQUE,
    query       TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    -- Whether more match than are looked at.
    is_too_wide INTEGER NOT NULL DEFAULT 0,
    n_told      INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Appointments that have matched before: told, or there when the watch was made. An appointment is a schedule and a
-- start; some publishers give new ids to the same slots with every export.
CREATE TABLE seen (
    watch    INTEGER NOT NULL REFERENCES watch (number) ON DELETE CASCADE,
    start    INTEGER NOT NULL,
    schedule BLOB NOT NULL,
    PRIMARY KEY (watch, start, schedule)
) STRICT, WITHOUT ROWID;

-- What was told, as it was then.
CREATE TABLE told (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    watch   INTEGER NOT NULL REFERENCES watch (number) ON DELETE CASCADE,
    told_at INTEGER NOT NULL,
    slot    BLOB NOT NULL,
    body    TEXT NOT NULL
) STRICT;
CREATE INDEX told_by_watch ON told (watch, seq);

CREATE TABLE webhook (
    watch      INTEGER PRIMARY KEY REFERENCES watch (number) ON DELETE CASCADE,
    url        TEXT NOT NULL,
    secret     TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('pending', 'active', 'failed')),
    -- The last of `told` that was taken.
    delivered  INTEGER NOT NULL DEFAULT 0,
    n_tries    INTEGER NOT NULL DEFAULT 0,
    next_try_at INTEGER NOT NULL
) STRICT;
