-- $1 state, $2 and $3 from and before.
SELECT c.code, count(*)
FROM (
    SELECT DISTINCT v.schedule
    FROM location_state t JOIN schedule_location v ON v.location = t.location
    WHERE t.state = $1
) w
JOIN slot s ON s.schedule = w.schedule
JOIN schedule_code c ON c.list = 'specialty' AND c.schedule = w.schedule
WHERE s.status = 'free' AND s.start_at >= $2 AND s.start_at < $3
    AND (s.specialties IS NULL OR s.specialties LIKE '%"' || c.code || '"%')
GROUP BY c.code
