"""Rebuilds the records of Iceberg tables by the documented program, and runs JSON functions over their JSON columns.

each line of stdin: {"code": the documented functions, "columns": docs/columns.json, "tables": {name: metadata address},
        "json": {name: [JSON columns]}, "delivered": {log.file.path: [texts of its records] | text of the whole file}}
each line of stdout: {"ok": {"rows": {name: how many}, "originals": how many rows have event.original, "wrong": [what is wrong]}}
"""

import importlib.resources
import io
import json
import sys
from datetime import timezone

import duckdb
import pyarrow as pa
import pyarrow.json
from pyiceberg.table import StaticTable


class Digits(str):
    """A number by its text: neither a digit nor a zero is lost."""


def loads(text):
    return json.loads(text, parse_int=Digits, parse_float=Digits)


def same(one, two):
    """As ==, but a text is no number."""
    if type(one) is not type(two):
        return False
    if isinstance(one, dict):
        return one.keys() == two.keys() and all(same(one[key], two[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(two) and all(map(same, one, two))
    return one == two


# For what was delivered, and to compare: there may be deeper levels, in members that an equal name behind them replaces.
# What is in the rows is read without.
def deeply(call, *arguments):
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    try:
        return call(*arguments)
    finally:
        sys.setrecursionlimit(limit)


def pyarrow_reads(text):
    options = pa.json.ParseOptions(pa.schema([]), newlines_in_values=True, unexpected_field_behavior="ignore")
    pa.json.read_json(io.BytesIO(b'{"x":' + text.encode() + b"}"), parse_options=options)


def value_of(row, column):
    for name in column.split("."):
        row = row and row[name]
    return row


connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
for extension in ("avro", "httpfs", "iceberg"):
    root = importlib.resources.files(f"duckdb_extension_{extension}")
    connection.execute(f"LOAD '{next(root.joinpath('extensions').glob(f'*/{extension}.duckdb_extension'))}'")

QUERIES = [
    "count({c} ->> '$.a')",
    "count(json_extract({c}, '$.a.b[0]'))",
    "count({c}::JSON)",
    "count(json_keys({c}))",
    "count(json_type({c}))",
    "count(json_structure({c}))",
    "count(json_contains({c}, '1'))",
    "count({c} ->> '$.**.a')",
    "count(json_transform({c}, '{{\"a\": \"JSON\", \"b\": \"VARCHAR\"}}'))",
    "count(CASE json_type({c}) WHEN 'OBJECT' THEN from_json({c}, '\"MAP(VARCHAR, JSON)\"') END)",
    "count(CASE WHEN json_valid({c}) THEN 1 END) = count({c}) AS valid",
]


def check(request):
    namespace = {"json": json, "timezone": timezone, "COLUMNS": request["columns"]}
    exec(request["code"], namespace)
    rebuild = namespace["rebuild"]
    wrong = []
    counts = {}
    originals = 0
    files = {}

    def text_of(path, index):
        delivered = request["delivered"][path]
        if isinstance(delivered, list):
            return delivered[index], None
        if path not in files:
            file = loads(delivered)
            files[path] = file["Records"] if "Records" in file else [file]
        return None, files[path][index]

    for name, metadata in request["tables"].items():
        rows = StaticTable.from_metadata(metadata).scan().to_arrow().to_pylist()
        counts[name] = len(rows)
        for row in rows:
            where = [name, row["log"]["file"]["path"], row["aws"]["cloudtrail"]["record_index"]]
            text, record = text_of(*where[1:])
            original = row["event"]["original"]
            originals += original is not None
            try:
                if original is not None and text is not None:
                    # Its text may be deeper than Python's json can read.
                    if original != text:
                        wrong.append([*where, "event.original is not the delivered text"])
                elif not deeply(same, rebuild(row, name, loads), deeply(loads, text) if record is None else record):
                    wrong.append([*where, "rebuilt", json.dumps(rebuild(row, name)), text])
            except Exception as error:
                wrong.append([*where, f"{type(error).__name__}: {error}", text])
            for column in request["json"][name]:
                value = value_of(row, column)
                if value is None:
                    continue
                try:
                    json.loads(value)
                    pyarrow_reads(value)
                except Exception as error:
                    wrong.append([*where, column, f"{type(error).__name__}: {error}", value])
        # Read once: each column is looked at a dozen times.
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM iceberg_scan('{metadata}')")
        for column in request["json"][name]:
            for query in QUERIES:
                sql = f"SELECT {query.format(c=column)} FROM {name}"
                try:
                    answer = connection.execute(sql).fetchone()[0]
                    if "AS valid" in sql and answer is not True:
                        wrong.append([sql, answer])
                except Exception as error:
                    wrong.append([sql, str(error)])
    return {"rows": counts, "originals": originals, "wrong": [str(each)[:2000] for each in wrong[:5]]}


for line in sys.stdin:
    print(json.dumps({"ok": check(json.loads(line))}), flush=True)
