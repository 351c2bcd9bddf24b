-- The patient side. Nothing here can be rebuilt from anywhere; nothing here is public.

-- What the server alone knows: keys that sign states and notices.
CREATE TABLE secret (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- One row for each resource, as it is now.
CREATE TABLE resource (
    number      INTEGER PRIMARY KEY,
    kind        TEXT NOT NULL,
    id          TEXT NOT NULL UNIQUE,
    patient     TEXT NOT NULL,
    -- The application that may name this patient.
    application TEXT NOT NULL,
    version     INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    body        TEXT NOT NULL
) STRICT;
CREATE INDEX resource_of_patient ON resource (patient, kind, number);

-- Every version of it, the present one too.
CREATE TABLE version (
    id         TEXT NOT NULL REFERENCES resource (id) ON DELETE CASCADE,
    version    INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    body       TEXT NOT NULL,
    PRIMARY KEY (id, version)
) STRICT, WITHOUT ROWID;

-- Attempts to book, for whoever comes back from a portal. The state itself is in the task; here is its hash.
CREATE TABLE attempt (
    task       TEXT PRIMARY KEY REFERENCES resource (id) ON DELETE CASCADE,
    state_hash BLOB NOT NULL UNIQUE,
    slot       TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    -- When the portal's answer was taken; a state works once.
    used_at    INTEGER,
    -- What was known of the slot when the attempt began.
    facts      TEXT NOT NULL,
    -- The provider's own Appointment, as the portal told it: a secret, shown to nobody.
    appointment_ref TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_of_slot ON attempt (slot) WHERE used_at IS NULL;

-- Calendars of participants, and when each is busy: that much only.
CREATE TABLE calendar (
    id          TEXT PRIMARY KEY,
    participant TEXT NOT NULL REFERENCES resource (id) ON DELETE CASCADE,
    patient     TEXT NOT NULL,
    -- Where it is read anew from; a secret where it is there.
    url         TEXT,
    zone        TEXT NOT NULL,
    read_at     INTEGER NOT NULL,
    until       INTEGER NOT NULL,
    n_skipped   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX calendar_of_participant ON calendar (participant);
CREATE TABLE busy (
    calendar TEXT NOT NULL REFERENCES calendar (id) ON DELETE CASCADE,
    start    INTEGER NOT NULL,
    until    INTEGER NOT NULL,
    kind     INTEGER NOT NULL,
    PRIMARY KEY (calendar, start, until, kind)
) STRICT, WITHOUT ROWID;

-- Notices that must still reach somebody.
CREATE TABLE notice (
    number       INTEGER PRIMARY KEY,
    subscription TEXT NOT NULL REFERENCES resource (id) ON DELETE CASCADE,
    resource     TEXT NOT NULL,
    version      INTEGER NOT NULL,
    n_tries      INTEGER NOT NULL,
    due_at       INTEGER NOT NULL
) STRICT;
CREATE INDEX notice_due ON notice (due_at);

-- Who did what to whose data: ids only. It outlives what it speaks of.
CREATE TABLE audit (
    number      INTEGER PRIMARY KEY,
    at          INTEGER NOT NULL,
    application TEXT NOT NULL,
    patient     TEXT NOT NULL,
    caregiver   TEXT,
    action      TEXT NOT NULL,
    interaction TEXT NOT NULL,
    kind        TEXT NOT NULL,
    id          TEXT,
    outcome     TEXT NOT NULL
) STRICT;
CREATE INDEX audit_of_patient ON audit (patient, number);
