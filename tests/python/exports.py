"""Reads exports with DuckDB and PyArrow, and holds the formats against each other.

Takes the directory that holds `ndjson`, `csv` and `parquet`.
"""

import sys
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

root = Path(sys.argv[1])
db = duckdb.connect()


def rows(query: str) -> list[tuple]:
    return db.sql(query).fetchall()


parquet = f"read_parquet('{root}/parquet/slots/*/*.parquet', hive_partitioning = true)"
ndjson = f"read_json('{root}/ndjson/slots/*/*.ndjson', format = 'newline_delimited', hive_partitioning = true)"
csv = f"read_csv('{root}/csv/slots/*/*.csv', header = true, hive_partitioning = true)"

shown = "id, status, start, \"end\", location_state, location_latitude, capacity, booking_deep_link, is_coarse"
of_parquet = rows(f"SELECT {shown} FROM {parquet} ORDER BY id")
# Instants of text are read in UTC; those of Parquet know that they are.
db.sql("SET TimeZone = 'UTC'")
as_instants = shown.replace("start, \"end\"", "start::TIMESTAMPTZ, \"end\"::TIMESTAMPTZ")
of_parquet = rows(f"SELECT {as_instants} FROM {parquet} ORDER BY id")
assert of_parquet == rows(f"SELECT {as_instants} FROM {ndjson} ORDER BY id"), "Parquet and NDJSON differ"
assert of_parquet == rows(f"SELECT {as_instants} FROM {csv} ORDER BY id"), "Parquet and CSV differ"

types = dict(rows(f"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {parquet})"))
for name, want in {
    "id": "VARCHAR",
    "start": "TIMESTAMP WITH TIME ZONE",
    "local_start": "TIMESTAMP",
    "local_date": "DATE",
    "date": "DATE",
    "capacity": "BIGINT",
    "is_coarse": "BOOLEAN",
    "location_latitude": "DOUBLE",
    "accepting_patients": "VARCHAR[]",
    "service_types": "STRUCT(\"system\" VARCHAR, code VARCHAR, display VARCHAR)[]",
}.items():
    assert types[name] == want, f"{name} is {types[name]}"

assert rows(f"SELECT count(*) FROM {parquet} WHERE date <> local_date") == [(0,)]
# Local and absolute time agree in each row's own zone.
apart = f"SELECT count(*) FROM {parquet} WHERE timezone(time_zone, start) <> local_start"
assert rows(apart) == [(0,)], "local times are off"
unnested = rows(f"SELECT count(*) FROM (SELECT unnest(service_types) AS t FROM {parquet}) WHERE t.code IS NOT NULL")
assert unnested[0][0] > 0, "no service type has a code"

# Every provider location of a slot is a row of its table.
locations = f"read_parquet('{root}/parquet/provider_locations/*.parquet')"
orphans = f"SELECT count(*) FROM {parquet} s ANTI JOIN {locations} l ON s.provider_location_key = l.key"
assert rows(orphans) == [(0,)], "slots without their provider location"

n_slots = 0
for path in sorted(root.glob("parquet/slots/*/*.parquet")):
    file = pq.ParquetFile(path)
    n_slots += file.metadata.num_rows
    group = file.metadata.row_group(0)
    columns = [group.column(place) for place in range(group.num_columns)]
    status = next(column for column in columns if column.path_in_schema == "status")
    assert status.compression == "ZSTD", status.compression
    assert status.dictionary_page_offset is not None, "status has no dictionary"
    assert file.schema_arrow.metadata is None or b"openslots.as_of" in file.metadata.metadata
    assert file.read().num_rows == file.metadata.num_rows

# The dictionary names every column, and no other.
dictionary = (root / "parquet" / "DATA_DICTIONARY.md").read_text()
section = dictionary.split("## `slots`")[1].split("\n## ")[0]
named = [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]
assert named == list(dict.fromkeys(name for name in types if name != "date")), "the dictionary names other columns"

print(f"{n_slots} slots in all three formats")
