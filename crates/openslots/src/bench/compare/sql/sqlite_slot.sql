INSERT INTO slot
SELECT d.number, f.body ->> 'id', f.body ->> 'status',
    CAST(strftime('%s', f.body ->> 'start') AS INTEGER), CAST(strftime('%s', f.body ->> 'end') AS INTEGER),
    (SELECT e.value ->> 'valueUrl' FROM json_each(f.body, '$.extension') e
     WHERE e.value ->> 'url' LIKE '%booking-deep-link'),
    (SELECT e.value ->> 'valueString' FROM json_each(f.body, '$.extension') e
     WHERE e.value ->> 'url' LIKE '%booking-phone'),
    f.body -> 'serviceType', f.body -> 'specialty'
FROM (SELECT ?1 AS publisher, ?2 AS body) f
JOIN schedule d ON d.publisher = f.publisher AND d.reference = f.body -> 'schedule' ->> 'reference';
