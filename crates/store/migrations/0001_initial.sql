-- Schema 1. Hot tables carry no foreign keys: their rows are written and removed only by the commit of a crawl run,
-- which knows both sides. Numbers of blocks, resources and provider locations are never used twice (AUTOINCREMENT),
-- so that the change feed can name them.

CREATE TABLE publisher (
    number                INTEGER PRIMARY KEY,
    slug                  TEXT NOT NULL UNIQUE,
    display_name          TEXT NOT NULL,
    manifest_url          TEXT NOT NULL,
    enabled               INTEGER NOT NULL,
    fresh_for_seconds     INTEGER NOT NULL,
    max_staleness_seconds INTEGER NOT NULL,
    -- 1: a configuration file names it.
    is_configured         INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE publisher_state (
    publisher              INTEGER PRIMARY KEY REFERENCES publisher (number) ON DELETE CASCADE,
    -- Number of commits: a run that was begun on another generation is refused.
    generation             INTEGER NOT NULL DEFAULT 0,
    last_attempt_at        INTEGER,
    last_success_at        INTEGER,
    -- The last run that was committed, in part or whole.
    last_read_at           INTEGER,
    last_outcome           TEXT,
    reason                 TEXT,
    transaction_time       TEXT,
    manifest_etag          TEXT,
    manifest_last_modified TEXT,
    n_slots                INTEGER NOT NULL DEFAULT 0,
    n_free_slots           INTEGER NOT NULL DEFAULT 0,
    -- Tokens that no file holds any more and that still stand (runs of `file_lines.tokens`), NULL: none.
    leftover               BLOB,
    -- 1: a removal of more than half of the slots waits for a second run that agrees.
    removal_waits          INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE crawl_run (
    id         INTEGER PRIMARY KEY,
    publisher  INTEGER NOT NULL REFERENCES publisher (number) ON DELETE CASCADE,
    started_at INTEGER NOT NULL,
    -- The run as JSON, zstd: the reports of a thousand files take 200 kB as they are.
    body       BLOB NOT NULL
) STRICT;
CREATE INDEX crawl_run_by_publisher ON crawl_run (publisher, id);

CREATE TABLE output_file (
    number        INTEGER PRIMARY KEY,
    publisher     INTEGER NOT NULL REFERENCES publisher (number) ON DELETE CASCADE,
    url           TEXT NOT NULL,
    kind          TEXT NOT NULL,
    etag          TEXT,
    last_modified TEXT,
    wire_hash     INTEGER,
    body_hash     INTEGER,
    n_held        INTEGER NOT NULL,
    n_rejected    INTEGER NOT NULL,
    -- 1: shares an id with another file, so it is read anew every time (which of them counts may change).
    read_anew     INTEGER NOT NULL DEFAULT 0,
    UNIQUE (publisher, url)
) STRICT;

-- Beside `output_file`, so that a new ETag does not rewrite the lines.
CREATE TABLE file_lines (
    file    INTEGER PRIMARY KEY REFERENCES output_file (number) ON DELETE CASCADE,
    -- For each line its token, run-length and delta coded.
    tokens  BLOB NOT NULL,
    -- For each line its xxh3-64, 8 bytes, little endian.
    hashes  BLOB NOT NULL,
    -- Lines that were accepted with an issue, by code.
    repairs BLOB NOT NULL
) STRICT;

CREATE TABLE issue (
    publisher INTEGER NOT NULL REFERENCES publisher (number) ON DELETE CASCADE,
    -- NULL: of the manifest or a whole file; `url` says which.
    file      INTEGER REFERENCES output_file (number) ON DELETE CASCADE,
    url       TEXT,
    line      INTEGER NOT NULL,
    code      TEXT NOT NULL,
    detail    TEXT NOT NULL,
    excerpt   TEXT NOT NULL
) STRICT;
CREATE INDEX issue_by_file ON issue (publisher, file, line);
CREATE INDEX issue_of_file ON issue (file);

-- Exact counts beside the capped samples in `issue`; file 0: of the manifest or whole files.
CREATE TABLE issue_count (
    publisher INTEGER NOT NULL REFERENCES publisher (number) ON DELETE CASCADE,
    file      INTEGER NOT NULL,
    code      TEXT NOT NULL,
    n         INTEGER NOT NULL,
    PRIMARY KEY (publisher, file, code)
) STRICT, WITHOUT ROWID;

CREATE TABLE resource (
    number    INTEGER PRIMARY KEY AUTOINCREMENT,
    publisher INTEGER NOT NULL,
    kind      TEXT NOT NULL,
    id        BLOB NOT NULL UNIQUE,
    source_id TEXT NOT NULL,
    -- Locator of its source JSON; NULL: only referred to so far.
    line      INTEGER,
    -- Of a schedule: slots that name it.
    n_slots   INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE resource_reference (
    target   INTEGER NOT NULL,
    referrer INTEGER NOT NULL,
    PRIMARY KEY (target, referrer)
) STRICT, WITHOUT ROWID;
CREATE INDEX resource_reference_by_referrer ON resource_reference (referrer);

-- Up to 64 source lines each. A line's locator is id * 64 + index.
CREATE TABLE line_block (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Lines that are not blank in the data.
    n_lines INTEGER NOT NULL,
    -- Bit i: line i is live.
    live    INTEGER NOT NULL
) STRICT;

-- Beside `line_block`, so that a line's death does not rewrite the data.
CREATE TABLE line_block_data (
    id   INTEGER PRIMARY KEY,
    data BLOB NOT NULL
) STRICT;

CREATE TABLE slot (
    -- The locator of its source JSON.
    row      INTEGER PRIMARY KEY,
    schedule INTEGER NOT NULL,
    start    INTEGER NOT NULL,
    traits   INTEGER NOT NULL
) STRICT;

-- The publisher comes first so that a run touches its own part of the tree only: ids are hashes, and without it the
-- fiftieth publisher's first crawl would rewrite the pages of the forty-nine before it.
CREATE TABLE slot_id (
    publisher INTEGER NOT NULL,
    id        BLOB NOT NULL,
    row       INTEGER NOT NULL,
    PRIMARY KEY (publisher, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE slot_traits (
    number INTEGER PRIMARY KEY,
    body   TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE provider_location (
    number    INTEGER PRIMARY KEY AUTOINCREMENT,
    key       BLOB NOT NULL UNIQUE,
    publisher INTEGER NOT NULL,
    body      BLOB NOT NULL
) STRICT;

CREATE TABLE schedule_link (
    schedule          INTEGER NOT NULL,
    provider_location INTEGER NOT NULL,
    PRIMARY KEY (schedule, provider_location)
) STRICT, WITHOUT ROWID;
CREATE INDEX schedule_link_by_provider_location ON schedule_link (provider_location, schedule);

CREATE TABLE change (
    seq       INTEGER PRIMARY KEY AUTOINCREMENT,
    publisher INTEGER NOT NULL,
    payload   BLOB NOT NULL
) STRICT;

-- The feed begins at the milliseconds of its creation: an index that followed an older database, since rebuilt, can
-- never take its place for one in this feed.
INSERT INTO sqlite_sequence (name, seq) VALUES ('change', CAST(unixepoch('subsec') * 1000 AS INTEGER));
