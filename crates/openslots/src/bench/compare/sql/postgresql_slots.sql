INSERT INTO slot
SELECT d.number, f.body ->> 'id', f.body ->> 'status',
    CAST(extract(epoch FROM CAST(f.body ->> 'start' AS TIMESTAMPTZ)) AS BIGINT),
    CAST(extract(epoch FROM CAST(f.body ->> 'end' AS TIMESTAMPTZ)) AS BIGINT),
    jsonb_path_query_first(f.body -> 'extension', '$[*] ? (@.url like_regex "booking-deep-link$")') ->> 'valueUrl',
    jsonb_path_query_first(f.body -> 'extension', '$[*] ? (@.url like_regex "booking-phone$")') ->> 'valueString',
    f.body ->> 'serviceType', f.body ->> 'specialty'
FROM incoming f
JOIN schedule d ON d.publisher = f.publisher AND d.reference = f.body -> 'schedule' ->> 'reference';
