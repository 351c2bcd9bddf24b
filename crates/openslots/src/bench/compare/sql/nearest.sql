-- $1 specialty, $2 to $5 south, north, west, east of the circle, $6 and $7 from and before, $8 and $9 its centre,
-- $10 its radius in miles.
SELECT d.publisher, s.id, s.start_at, w.miles, s.end_at, d.provider, l.name, l.city, s.link, s.phone
FROM (
    SELECT n.schedule, n.location, n.miles, row_number() OVER (PARTITION BY n.schedule ORDER BY n.miles, n.location) AS place
    FROM (
        SELECT v.schedule, l.number AS location, MILES($8, $9, l.latitude, l.longitude) AS miles
        FROM location l JOIN schedule_location v ON v.location = l.number
        JOIN schedule_code c ON c.list = 'specialty' AND c.code = $1 AND c.schedule = v.schedule
        WHERE l.latitude BETWEEN $2 AND $3 AND l.longitude BETWEEN $4 AND $5
    ) n
    WHERE n.miles <= $10
) w
JOIN schedule d ON d.number = w.schedule
JOIN location l ON l.number = w.location
JOIN slot s ON s.schedule = w.schedule
WHERE w.place = 1 AND s.status = 'free' AND s.start_at >= $6 AND s.start_at < $7
    AND (s.specialties IS NULL OR s.specialties LIKE '%"' || $1 || '"%')
ORDER BY w.miles, s.start_at, d.publisher, s.id
LIMIT 50
