-- Queries scan, so what helps is order: by schedule, so that the join passes over most of the table by its statistics
-- (it was quicker than by start, by status or as loaded). Words are a table.
CREATE TABLE provider_word AS
SELECT word, number AS schedule
FROM (SELECT unnest(string_split(lower(provider), ' ')) AS word, number FROM schedule) ORDER BY word, schedule;
CREATE OR REPLACE TABLE slot AS SELECT * FROM slot ORDER BY schedule, start_at;
ANALYZE;
CHECKPOINT;
