-- Places by position, state and city; schedules by code and place.
CREATE INDEX location_position ON location (latitude, longitude);
CREATE INDEX location_city ON location (city_key);
CREATE INDEX location_state_of ON location_state (state, location);
CREATE INDEX schedule_location_of ON schedule_location (location, schedule);
CREATE INDEX schedule_location_by ON schedule_location (schedule, location);
CREATE INDEX schedule_code_of ON schedule_code (list, code, schedule);
CREATE INDEX schedule_code_by ON schedule_code (schedule, list, code);
-- Covering: what is asked for and what it is asked by, so that only the fifty rows of a page are looked up.
CREATE INDEX slot_of ON slot (schedule, status, start_at, specialties, service_types, id);
CREATE VIRTUAL TABLE provider_name USING fts5(provider, content = 'schedule', content_rowid = 'number', prefix = '2 3');
INSERT INTO provider_name(provider_name) VALUES ('rebuild');
ANALYZE;
