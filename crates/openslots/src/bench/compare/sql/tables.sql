-- The tables that a database of such data would have; $json is the type that holds JSON, $key the key where one is kept.
CREATE TABLE resource (publisher TEXT NOT NULL, reference TEXT NOT NULL, body $json NOT NULL$key);
CREATE TABLE zip (code TEXT PRIMARY KEY, latitude FLOAT8 NOT NULL, longitude FLOAT8 NOT NULL);
CREATE TABLE location (
    number INTEGER PRIMARY KEY, publisher TEXT NOT NULL, reference TEXT NOT NULL, name TEXT, city TEXT, city_key TEXT,
    latitude FLOAT8, longitude FLOAT8$key
);
CREATE TABLE location_state (location INTEGER NOT NULL, state TEXT NOT NULL);
CREATE TABLE actor (publisher TEXT NOT NULL, schedule TEXT NOT NULL, reference TEXT NOT NULL, body $json NOT NULL);
CREATE TABLE schedule (number INTEGER PRIMARY KEY, publisher TEXT NOT NULL, reference TEXT NOT NULL, provider TEXT$key);
CREATE TABLE schedule_location (schedule INTEGER NOT NULL, location INTEGER NOT NULL);
CREATE TABLE schedule_code (list TEXT NOT NULL, code TEXT NOT NULL, schedule INTEGER NOT NULL);
CREATE TABLE slot (
    schedule INTEGER NOT NULL, id TEXT NOT NULL, status TEXT NOT NULL, start_at BIGINT NOT NULL, end_at BIGINT NOT NULL,
    link TEXT, phone TEXT, service_types TEXT, specialties TEXT
);
