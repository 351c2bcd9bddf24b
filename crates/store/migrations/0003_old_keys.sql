-- Keys that provider locations had before a change, and the key of the one that has their schedules now.
CREATE TABLE provider_location_alias (
    seq       INTEGER PRIMARY KEY AUTOINCREMENT,
    key       BLOB NOT NULL UNIQUE,
    successor BLOB NOT NULL,
    publisher INTEGER NOT NULL
) STRICT;
CREATE INDEX provider_location_alias_by_successor ON provider_location_alias (successor);
CREATE INDEX provider_location_alias_by_publisher ON provider_location_alias (publisher, seq);
