-- $1 specialty, $2 to $5 south, north, west, east, $6 and $7 from and before.
SELECT d.publisher, s.id, s.start_at, NULL AS miles, s.end_at, d.provider, l.name, l.city, s.link, s.phone
FROM (
    SELECT v.schedule, min(v.location) AS location
    FROM location l JOIN schedule_location v ON v.location = l.number
    JOIN schedule_code c ON c.list = 'specialty' AND c.code = $1 AND c.schedule = v.schedule
    WHERE l.latitude BETWEEN $2 AND $3 AND l.longitude BETWEEN $4 AND $5
    GROUP BY v.schedule
) w
JOIN schedule d ON d.number = w.schedule
JOIN location l ON l.number = w.location
JOIN slot s ON s.schedule = w.schedule
WHERE s.status = 'free' AND s.start_at >= $6 AND s.start_at < $7
    AND (s.specialties IS NULL OR s.specialties LIKE '%"' || $1 || '"%')
ORDER BY s.start_at, d.publisher, s.id
LIMIT 50
