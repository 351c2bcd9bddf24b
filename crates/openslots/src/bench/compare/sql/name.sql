-- $1 and $2 beginnings of the provider's names, $3 the city in small letters, $4 from.
SELECT d.publisher, s.id, s.start_at, NULL AS miles, s.end_at, d.provider, l.name, l.city, s.link, s.phone
FROM (
    SELECT d.number AS schedule, min(v.location) AS location
    FROM schedule d JOIN schedule_location v ON v.schedule = d.number
    JOIN location l ON l.number = v.location
    WHERE NAMED($1, $2) AND l.city_key = $3
    GROUP BY d.number
) w
JOIN schedule d ON d.number = w.schedule
JOIN location l ON l.number = w.location
JOIN slot s ON s.schedule = w.schedule
WHERE s.status = 'free' AND s.start_at >= $4
ORDER BY s.start_at, d.publisher, s.id
LIMIT 50
