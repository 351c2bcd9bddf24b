-- Ids that slots had before their publisher gave them others, and the id of the slot that is now at their schedule and
-- time.
CREATE TABLE slot_alias (
    seq       INTEGER PRIMARY KEY AUTOINCREMENT,
    publisher INTEGER NOT NULL REFERENCES publisher (number) ON DELETE CASCADE,
    id        BLOB NOT NULL UNIQUE,
    successor BLOB NOT NULL
) STRICT;
CREATE INDEX slot_alias_by_successor ON slot_alias (successor);
CREATE INDEX slot_alias_by_publisher ON slot_alias (publisher, seq);
