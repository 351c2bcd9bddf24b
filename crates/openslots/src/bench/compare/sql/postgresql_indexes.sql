-- As for SQLite; slots that are free alone, since nothing else is asked for, with what decides beside the key.
CREATE INDEX location_position ON location (latitude, longitude);
CREATE INDEX location_city ON location (city_key);
CREATE INDEX location_state_of ON location_state (state, location);
CREATE INDEX schedule_location_of ON schedule_location (location, schedule);
CREATE INDEX schedule_location_by ON schedule_location (schedule, location);
CREATE INDEX schedule_code_of ON schedule_code (list, code, schedule);
CREATE INDEX schedule_code_by ON schedule_code (schedule, list, code);
CREATE INDEX slot_free_of ON slot (schedule, start_at) INCLUDE (specialties, service_types) WHERE status = 'free';
CREATE INDEX schedule_words ON schedule USING gin (to_tsvector('simple', provider));
DROP INDEX slot_by_start;
VACUUM ANALYZE;
