"""Loads files into a database, asks it questions and prints what it answered and how long that took.

The job comes as JSON on standard input, the result goes as JSON to standard output; what is loaded and asked is the
job's. Needs the package `duckdb`, or `psycopg` with a server that is running.
"""

import json
import sys
import time


class DuckDb:
    """In this process, in a file."""

    def __init__(self, job):
        import duckdb

        self.version = duckdb.__version__
        config = {"threads": job["threads"], "temp_directory": job["database"] + ".spill"}
        self.connection = duckdb.connect(job["database"], config=config)
        # It would draw its progress where the answer is read, as soon as something takes two seconds.
        self.connection.execute("SET enable_progress_bar = false")

    def execute(self, sql):
        self.connection.execute(sql)

    def prepare(self, name, sql):
        """Parsed and planned once; what is asked for is put in as literals, which DuckDB takes the quickest."""
        self.connection.execute(f"PREPARE {name} AS {sql}")
        execute, literal = self.connection.execute, self.literal

        def ask(parameters):
            arguments = f"({', '.join(map(literal, parameters))})" if parameters else ""
            return execute(f"EXECUTE {name}{arguments}").fetchall()

        return ask

    @staticmethod
    def literal(value):
        return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


class Postgresql:
    """Over a Unix socket, through libpq."""

    def __init__(self, job):
        import psycopg

        self.raw_cursor = psycopg.RawCursor
        self.connection = psycopg.connect(job["database"], autocommit=True)
        self.version = self.connection.execute("SHOW server_version").fetchone()[0]

    def execute(self, sql):
        self.connection.execute(sql)

    def copy(self, sql, path):
        """Sends a file as it is: the server reads it line by line."""
        with self.connection.cursor() as cursor, cursor.copy(sql) as copy, open(path, "rb") as file:
            while block := file.read(1 << 20):
                copy.write(block)

    def prepare(self, name, sql):
        """Prepared by the server when it is first asked."""
        cursor = self.raw_cursor(self.connection)

        def ask(parameters):
            return cursor.execute(sql, parameters, prepare=True).fetchall()

        return ask


def run_steps(peer, steps):
    began = time.perf_counter()
    for step in steps:
        if "path" in step:
            peer.copy(step["sql"], step["path"])
        else:
            peer.execute(step["sql"])
    return time.perf_counter() - began


def time_asks(ask, asks, job):
    """Durations in nanoseconds, answers fetched to the last row."""
    durations = []
    for n in range(job["nWarmUp"] + job["nRuns"]):
        parameters = asks[n % len(asks)]
        began = time.perf_counter_ns()
        ask(parameters)
        elapsed = time.perf_counter_ns() - began
        if n >= job["nWarmUp"]:
            durations.append(elapsed)
    return durations


def main():
    job = json.load(sys.stdin)
    peer = {"duckdb": DuckDb, "postgresql": Postgresql}[job["engine"]](job)
    load_seconds = run_steps(peer, job["load"])
    index_seconds = run_steps(peer, job["index"])
    answers = []
    for number, question in enumerate(job["questions"]):
        asks = question["asks"]
        page = peer.prepare(f"page{number}", question["page"])
        whole = peer.prepare(f"whole{number}", question["whole"])
        answers.append({
            "pages": [page(parameters) for parameters in asks],
            "wholes": [whole(parameters) for parameters in asks],
            "durationsNs": time_asks(page, asks, job),
        })
    nothing = peer.prepare("nothing", "SELECT 1")
    json.dump({
        "version": peer.version,
        "loadSeconds": load_seconds,
        "indexSeconds": index_seconds,
        "answers": answers,
        "floorNs": time_asks(nothing, [[]], job),
    }, sys.stdout)


if __name__ == "__main__":
    main()
