"""Runs what README.md shows of studying an export, word for word, and holds it against loops over the same rows.

Takes README.md and the folder that holds `export` (Parquet) and `ndjson`, the same as lines of JSON.
"""

import json
import math
import os
import re
import sys
from datetime import datetime, timedelta
from pathlib import Path
from statistics import mean, median

import duckdb

section = Path(sys.argv[1]).read_text().split("\n## Study it\n")[1].split("\n## ")[0]
os.chdir(sys.argv[2])


def block(language: str) -> str:
    [text] = re.findall(rf"^```{language}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return text


def rows(table: str) -> list[dict]:
    return [json.loads(line) for path in Path("ndjson", table).rglob("*.ndjson") for line in path.open()]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def by_state(pairs, summary) -> dict:
    groups: dict = {}
    for state, value in pairs:
        groups.setdefault(state, []).append(value)
    return {state: summary(values) for state, values in groups.items()}


places, slots, events = (rows(table) for table in ["provider_locations", "slots", "slot_events"])
state_of = {place["key"]: place["location_state"] for place in places}
soon, hours = set(), {}
for slot in slots:
    ahead = instant(slot["start"]) - instant(slot["exported_as_of"])
    if slot["is_bookable"] and ahead >= timedelta(0):
        key = slot["provider_location_key"]
        hours[key] = min(hours.get(key, math.inf), ahead.total_seconds() / 3600)
        if ahead <= timedelta(days=7):
            soon.update([key, *slot["other_provider_location_keys"]])
share = by_state(((state, key in soon) for key, state in state_of.items()), mean)
lead_time = by_state(((state_of.get(key), value) for key, value in hours.items()), median)
went: dict = {}
for event in events:
    is_free = event["is_there"] and event["status"] == "free"
    if event["status_before"] == "free" and instant(event["start_before"]) > instant(event["at"]) and not is_free:
        group = (event["location_state"], event["event"])
        went[group] = went.get(group, 0) + 1

# They hold something, and not the same thing everywhere.
assert 0 < mean(share.values()) < 1 and len(share) > 1, share
assert lead_time and min(lead_time.values()) >= 0, lead_time
assert went, "nothing went before its time"


def close(told: dict, want: dict) -> bool:
    return told.keys() == want.keys() and all(math.isclose(told[key], want[key]) for key in want)


def without_nan(told) -> dict:
    """What pandas tells of a missing state under `nan` stands under `None`."""
    known = lambda part: None if part != part else part
    return {tuple(map(known, key)) if isinstance(key, tuple) else known(key): n for key, n in told.to_dict().items()}


statements = [statement for statement in block("sql").split(";") if statement.strip()]
of_sql = [duckdb.sql(statement).fetchall() for statement in statements]
assert close({state: value for state, _, value in of_sql[0]}, share), (of_sql[0], share)
assert close(dict(of_sql[1]), lead_time), (of_sql[1], lead_time)
assert {(state, event): n for state, event, n in of_sql[2]} == went, (of_sql[2], went)

told: dict = {}
exec(block("python"), told)
assert close(without_nan(told["share"]), share), (told["share"], share)
assert close(without_nan(told["lead_time"]), lead_time), (told["lead_time"], lead_time)
assert without_nan(told["went"]) == went, (told["went"], went)

print(f"{len(share)} states, {sum(went.values())} slots that went before their time")
