INSERT INTO resource
SELECT split_part(filename, '/', -2), (json ->> 'resourceType') || '/' || (json ->> 'id'), json
FROM read_ndjson_objects([$files], filename = true);
