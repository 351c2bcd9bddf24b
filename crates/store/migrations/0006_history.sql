-- What happened: appended in the transaction of each crawl run, and forgotten from the oldest on by age and size.
CREATE TABLE history_run (
    seq              INTEGER PRIMARY KEY AUTOINCREMENT,
    publisher        INTEGER NOT NULL REFERENCES publisher (number) ON DELETE CASCADE,
    -- When its outcome could be seen, never before that of a run with a smaller number.
    at               INTEGER NOT NULL,
    started_at       INTEGER NOT NULL,
    -- Number in `crawl_run`, which is forgotten sooner.
    crawl_run        INTEGER NOT NULL,
    outcome          TEXT NOT NULL,
    transaction_time TEXT,
    n_slots          INTEGER NOT NULL,
    n_free_slots     INTEGER NOT NULL
) STRICT;
CREATE INDEX history_run_by_publisher ON history_run (publisher, seq);

-- Events of slots of one run, up to 65536 to a block.
CREATE TABLE history_block (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    run      INTEGER NOT NULL REFERENCES history_run (seq) ON DELETE CASCADE,
    n_events INTEGER NOT NULL,
    -- Ids of the slots, 10 bytes each: hashes, which nothing compresses.
    ids      BLOB NOT NULL,
    -- What happened to each, column by column, compressed.
    body     BLOB NOT NULL
) STRICT;
CREATE INDEX history_block_by_run ON history_block (run);

-- Slots that vanished as far back as history reaches, by which one that comes back is known.
CREATE TABLE vanished_slot (
    seq       INTEGER PRIMARY KEY AUTOINCREMENT,
    publisher INTEGER NOT NULL REFERENCES publisher (number) ON DELETE CASCADE,
    id        BLOB NOT NULL,
    run       INTEGER NOT NULL,
    UNIQUE (publisher, id)
) STRICT;

-- Nothing before this instant can be told: what happened then was forgotten, or nobody kept it. No row: all can be.
CREATE TABLE history_horizon (
    at INTEGER NOT NULL
) STRICT;
INSERT INTO history_horizon (at) SELECT unixepoch() WHERE EXISTS (SELECT 1 FROM slot);

-- Counts of events by day (of UTC, since 1970) and by what people ask for. They outlive the events.
CREATE TABLE daily_count (
    day          INTEGER NOT NULL,
    dimension    TEXT NOT NULL,
    value        TEXT NOT NULL,
    n_appeared   INTEGER NOT NULL,
    n_reappeared INTEGER NOT NULL,
    n_changed    INTEGER NOT NULL,
    n_vanished   INTEGER NOT NULL,
    -- Of all of these: slots that could be booked afterwards and not before, and the other way round.
    n_freed      INTEGER NOT NULL,
    n_taken      INTEGER NOT NULL,
    PRIMARY KEY (day, dimension, value)
) STRICT, WITHOUT ROWID;

-- The last run whose events are counted.
CREATE TABLE daily_count_end (
    run INTEGER NOT NULL
) STRICT;
INSERT INTO daily_count_end (run) VALUES (0);
