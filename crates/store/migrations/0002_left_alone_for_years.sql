-- Schema 2. What a crawl remembers from run to run: chains of increments, removals that wait, failures in a row.

ALTER TABLE publisher ADD COLUMN access_expires_at INTEGER;
-- 1: a list on the public Internet named it, so its manifest may be on the public Internet only.
ALTER TABLE publisher ADD COLUMN is_public_only INTEGER NOT NULL DEFAULT 0;

-- Where the next run begins, as JSON; NULL: with the whole manifest.
ALTER TABLE publisher_state ADD COLUMN resume TEXT;
-- The last run that read all that there is.
ALTER TABLE publisher_state ADD COLUMN last_snapshot_at INTEGER;
-- Tokens whose removal waits for a second run that agrees (runs of `file_lines.tokens`), and what they are, as JSON.
ALTER TABLE publisher_state ADD COLUMN waiting BLOB;
ALTER TABLE publisher_state ADD COLUMN held_removal TEXT;
-- 1: schedules at places that are tests belong to no provider location.
ALTER TABLE publisher_state ADD COLUMN leaves_out_test_places INTEGER NOT NULL DEFAULT 0;
-- Failed runs since the last one that was committed.
ALTER TABLE publisher_state ADD COLUMN n_failures INTEGER NOT NULL DEFAULT 0;
-- What the publisher's answers said of itself.
ALTER TABLE publisher_state ADD COLUMN wished_interval_seconds INTEGER;
ALTER TABLE publisher_state ADD COLUMN left_alone_until INTEGER;
ALTER TABLE publisher_state ADD COLUMN clock_skew_seconds INTEGER;

-- The manifest is asked for without conditions, so nothing is kept to ask with.
ALTER TABLE publisher_state DROP COLUMN manifest_etag;
ALTER TABLE publisher_state DROP COLUMN manifest_last_modified;
-- A removal that waited is counted anew: its tokens stand in `leftover`.
ALTER TABLE publisher_state DROP COLUMN removal_waits;
