-- From resources as published to who, where and what: the joins of a schedule's actors, as far as simulated publishers
-- go. EACH(json, name) gives the items of a JSON list as rows with a column `value`.
INSERT INTO zip
SELECT r.body ->> 'id', CAST((r.body ->> 'latitude') AS FLOAT8), CAST((r.body ->> 'longitude') AS FLOAT8)
FROM resource r WHERE r.reference LIKE 'Zip/%';

-- Where no position is published, that of the ZIP code. A virtual place has neither.
INSERT INTO location
SELECT row_number() OVER (ORDER BY r.publisher, r.reference), r.publisher, r.reference, r.body ->> 'name',
    r.body -> 'address' ->> 'city', lower((r.body -> 'address' ->> 'city')),
    COALESCE(CAST((r.body -> 'position' ->> 'latitude') AS FLOAT8), z.latitude),
    COALESCE(CAST((r.body -> 'position' ->> 'longitude') AS FLOAT8), z.longitude)
FROM resource r LEFT JOIN zip z ON z.code = substr((r.body -> 'address' ->> 'postalCode'), 1, 5)
WHERE r.reference LIKE 'Location/%';

-- Its own state, and those that virtual care is licensed for.
INSERT INTO location_state
SELECT l.number, (r.body -> 'address' ->> 'state')
FROM location l JOIN resource r ON r.publisher = l.publisher AND r.reference = l.reference
WHERE (r.body -> 'address' ->> 'state') IS NOT NULL
UNION
SELECT l.number, (e.value ->> 'valueString')
FROM location l JOIN resource r ON r.publisher = l.publisher AND r.reference = l.reference
CROSS JOIN EACH(r.body, extension) e
WHERE (e.value ->> 'url') LIKE '%licensed-states';

INSERT INTO actor
SELECT s.publisher, s.reference, t.reference, t.body
FROM resource s CROSS JOIN EACH(s.body, actor) a
JOIN resource t ON t.publisher = s.publisher AND t.reference = (a.value ->> 'reference')
WHERE s.reference LIKE 'Schedule/%';

-- Who: the role's person, else a person, else a service.
INSERT INTO schedule
SELECT row_number() OVER (ORDER BY r.publisher, r.reference), r.publisher, r.reference,
    COALESCE(who.of_role, who.person, who.service)
FROM resource r LEFT JOIN (
    SELECT publisher, schedule,
        max(CASE WHEN reference LIKE 'PractitionerRole/%' THEN (body -> 'practitioner' ->> 'display') END) AS of_role,
        max(CASE WHEN reference LIKE 'Practitioner/%' THEN (body -> 'name' -> 0 ->> 'text') END) AS person,
        max(CASE WHEN reference LIKE 'HealthcareService/%' THEN (body ->> 'name') END) AS service
    FROM actor GROUP BY publisher, schedule
) who ON who.publisher = r.publisher AND who.schedule = r.reference
WHERE r.reference LIKE 'Schedule/%';

-- Where: the Locations among the actors, else those of the role.
INSERT INTO schedule_location
SELECT s.number, l.number
FROM schedule s JOIN actor a ON a.publisher = s.publisher AND a.schedule = s.reference
JOIN location l ON l.publisher = a.publisher AND l.reference = a.reference
UNION
SELECT s.number, l.number
FROM schedule s JOIN actor a ON a.publisher = s.publisher AND a.schedule = s.reference
CROSS JOIN EACH(a.body, location) p
JOIN location l ON l.publisher = a.publisher AND l.reference = (p.value ->> 'reference')
WHERE a.reference LIKE 'PractitionerRole/%' AND NOT EXISTS (
    SELECT 1 FROM actor o
    WHERE o.publisher = a.publisher AND o.schedule = a.schedule AND o.reference LIKE 'Location/%'
);

-- What: the schedule's own codes and those of its role and services.
INSERT INTO schedule_code
SELECT 'service', (c.value ->> 'code'), s.number
FROM schedule s JOIN resource r ON r.publisher = s.publisher AND r.reference = s.reference
CROSS JOIN EACH(r.body, serviceType) t CROSS JOIN EACH(t.value, coding) c
UNION
SELECT 'service', (c.value ->> 'code'), s.number
FROM schedule s JOIN actor a ON a.publisher = s.publisher AND a.schedule = s.reference
CROSS JOIN EACH(a.body, type) t CROSS JOIN EACH(t.value, coding) c
WHERE a.reference LIKE 'HealthcareService/%'
UNION
SELECT 'specialty', (e.value -> 'valueCoding' ->> 'code'), s.number
FROM schedule s JOIN resource r ON r.publisher = s.publisher AND r.reference = s.reference
CROSS JOIN EACH(r.body, extension) e
WHERE (e.value ->> 'url') LIKE '%specialty'
UNION
SELECT 'specialty', (c.value ->> 'code'), s.number
FROM schedule s JOIN actor a ON a.publisher = s.publisher AND a.schedule = s.reference
CROSS JOIN EACH(a.body, specialty) t CROSS JOIN EACH(t.value, coding) c
WHERE a.reference LIKE 'PractitionerRole/%' OR a.reference LIKE 'HealthcareService/%';
