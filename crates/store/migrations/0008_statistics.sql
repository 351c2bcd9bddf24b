-- What figures are made of: it outlives the history. Publishers stand by their slugs, which outlive them too.

-- What publishers offer by whom, where and of what, each once in 32 days: what is counted names it by its place here.
CREATE TABLE offer_list (
    publisher TEXT NOT NULL,
    -- Days since 1970, by 32.
    period    INTEGER NOT NULL,
    -- Changes with the body: who made something of an older one begins anew.
    version   INTEGER NOT NULL,
    body      BLOB NOT NULL,
    PRIMARY KEY (publisher, period)
) STRICT;

-- What was held of each offer at one moment of a day (of UTC, since 1970).
CREATE TABLE daily_census (
    publisher TEXT NOT NULL,
    day       INTEGER NOT NULL,
    taken_at  INTEGER NOT NULL,
    -- How old the publisher's data were then.
    freshness TEXT NOT NULL,
    n_offers  INTEGER NOT NULL,
    body      BLOB NOT NULL,
    PRIMARY KEY (publisher, day)
) STRICT;

-- What had become by their start of the slots of each offer that started on a day.
CREATE TABLE daily_fates (
    publisher TEXT NOT NULL,
    day       INTEGER NOT NULL,
    n_offers  INTEGER NOT NULL,
    body      BLOB NOT NULL,
    PRIMARY KEY (publisher, day)
) STRICT;

-- How often a publisher was asked on a day, and how long its data stood still.
CREATE TABLE daily_polls (
    publisher TEXT NOT NULL,
    day       INTEGER NOT NULL,
    body      BLOB NOT NULL,
    PRIMARY KEY (publisher, day)
) STRICT;

-- The last run whose polls are counted.
CREATE TABLE daily_polls_end (
    run INTEGER NOT NULL
) STRICT;
INSERT INTO daily_polls_end (run) VALUES (0);

-- The last day whose fates are counted; no row: none.
CREATE TABLE closed_day (
    day INTEGER NOT NULL
) STRICT;
