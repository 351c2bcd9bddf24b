-- Typed columns, so that the reader parses what is kept and nothing else; all files at once, so that it uses all its
-- threads.
INSERT INTO slot
SELECT d.number, f.id, f.status, CAST(epoch(f.start) AS BIGINT), CAST(epoch(f."end") AS BIGINT),
    list_filter(f.extension, lambda e: e.url LIKE '%booking-deep-link')[1].valueUrl,
    list_filter(f.extension, lambda e: e.url LIKE '%booking-phone')[1].valueString,
    CAST(f.serviceType AS TEXT), CAST(f.specialty AS TEXT)
FROM read_ndjson('$world/*/slots-*.ndjson', filename = true, columns = {
    id: 'TEXT', status: 'TEXT', start: 'TIMESTAMPTZ', "end": 'TIMESTAMPTZ', schedule: 'STRUCT(reference TEXT)',
    extension: 'STRUCT(url TEXT, valueUrl TEXT, valueString TEXT)[]', serviceType: 'JSON', specialty: 'JSON'
}) f
JOIN schedule d ON d.publisher = split_part(f.filename, '/', -2) AND d.reference = f.schedule.reference;
