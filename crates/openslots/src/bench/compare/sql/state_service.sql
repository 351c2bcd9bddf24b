-- $1 service type, $2 state, $3 and $4 from and before.
SELECT count(*)
FROM (
    SELECT DISTINCT v.schedule
    FROM location_state t JOIN schedule_location v ON v.location = t.location
    JOIN schedule_code c ON c.list = 'service' AND c.code = $1 AND c.schedule = v.schedule
    WHERE t.state = $2
) w
JOIN slot s ON s.schedule = w.schedule
WHERE s.status = 'free' AND s.start_at >= $3 AND s.start_at < $4
    AND (s.service_types IS NULL OR s.service_types LIKE '%"' || $1 || '"%')
