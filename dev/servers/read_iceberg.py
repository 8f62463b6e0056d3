"""Reads an Iceberg table with an independent reader: one JSON request per line in, one JSON response per line out.

Request keys:
  reader      'pyiceberg', 'duckdb', 'polars', 'daft' or 'chdb'
  do          'count', 'rows', 'schema', 'files', 'snapshots', 'metadata' (pyiceberg); 'sql' (duckdb, chdb); 'rows' (polars,
              daft, chdb)
  metadata    address of a metadata file (pyiceberg, polars, daft)
  catalog     instead: properties of a catalog, as for load_catalog (pyiceberg)
  table       namespace.name in that catalog (pyiceberg)
  snapshot    snapshot id as a string: time travel (pyiceberg)
  filter      a row filter, such as "ts >= '2023-07-11T00:00:00+00:00'" (pyiceberg)
  select      column names (pyiceberg, rows)
  properties  FileIO properties, such as s3.endpoint (pyiceberg)
  tables      {name: metadata address | {metadata, snapshot}}: each becomes a view (duckdb)
  setup       SQL statements to run before the views are created, such as CREATE SECRET (duckdb)
  sql         one query over the views (duckdb); with TABLE for the table (chdb)
  directory   path of the table (chdb)

Response: {"ok": <result>} or {"error": "<class>: <message>"}. Integers beyond 2^53 are strings; timestamps are ISO 8601 in
UTC with microseconds; bytes are base64.
"""

import base64
import datetime
import decimal
import importlib.resources
import json
import os
import sys
import uuid


def plain(value):
    """Converts a value to one that JSON represents without loss."""
    if isinstance(value, bool) or value is None or isinstance(value, (str, float)):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else str(value)
    if isinstance(value, datetime.datetime):
        utc = value.astimezone(datetime.timezone.utc) if value.tzinfo else value
        return utc.replace(tzinfo=None).isoformat(timespec="microseconds") + ("Z" if value.tzinfo else "")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, (decimal.Decimal, uuid.UUID)):
        return str(value)
    if isinstance(value, dict):
        return {str(key): plain(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(member) for member in value]
    raise TypeError(f"no JSON form for {type(value).__name__}")


def table_of(request):
    if "catalog" in request:
        from pyiceberg.catalog import load_catalog

        return load_catalog("catalog", **request["catalog"]).load_table(request["table"])
    from pyiceberg.table import StaticTable

    return StaticTable.from_metadata(request["metadata"], request.get("properties", {}))


def with_pyiceberg(request):
    table = table_of(request)
    do = request["do"]
    if do == "metadata":
        return table.metadata_location
    if do == "schema":
        return json.loads(table.schema().model_dump_json())
    if do == "snapshots":
        # Ids are strings, whatever their size.
        return [
            {
                "id": str(snapshot.snapshot_id),
                "parent": None if snapshot.parent_snapshot_id is None else str(snapshot.parent_snapshot_id),
                "sequence": snapshot.sequence_number,
                "summary": {"operation": snapshot.summary.operation.value, **snapshot.summary.additional_properties},
            }
            for snapshot in table.metadata.snapshots
        ]
    if do == "inspect":
        found = getattr(table.inspect, request["what"])().to_pylist()
        return plain([{name: row[name] for name in request["columns"]} for row in found])
    options = {}
    if request.get("filter"):
        options["row_filter"] = request["filter"]
    if request.get("snapshot"):
        options["snapshot_id"] = int(request["snapshot"])
    if request.get("select"):
        options["selected_fields"] = tuple(request["select"])
    scan = table.scan(**options)
    if do == "count":
        return scan.count()
    if do == "files":
        return sorted(task.file.file_path for task in scan.plan_files())
    if do == "rows":
        return plain(scan.to_arrow().to_pylist())
    raise ValueError(f"unknown request: {do}")


def text(value):
    """Returns an SQL string literal."""
    return "'" + value.replace("'", "''") + "'"


def with_duckdb(request):
    import duckdb

    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    # The packages contain the extension files, so nothing is downloaded. The order is that of their dependencies.
    for name in ("avro", "httpfs", "iceberg"):
        root = importlib.resources.files(f"duckdb_extension_{name}")
        path = next(root.joinpath("extensions").glob(f"*/{name}.duckdb_extension"))
        connection.execute(f"LOAD {text(str(path))}")
    connection.execute("SET TimeZone = 'UTC'")
    for statement in request.get("setup", []):
        connection.execute(statement)
    for name, table in request["tables"].items():
        table = {"metadata": table} if isinstance(table, str) else table
        travel = f", snapshot_from_id => {int(table['snapshot'])}::UBIGINT" if table.get("snapshot") else ""
        connection.execute(f'CREATE VIEW "{name}" AS SELECT * FROM iceberg_scan({text(table["metadata"])}{travel})')
    # Through Arrow, because timestamps with a time zone then need no other Python package.
    return plain(connection.execute(request["sql"]).to_arrow_table().to_pylist())


def with_polars(request):
    # Polars plans with PyIceberg, unless another package is installed, and warns that it does.
    os.environ["POLARS_ICEBERG_PLANNER"] = "pyiceberg"
    import polars

    return plain(polars.scan_iceberg(request["metadata"], reader_override="native").collect().to_dicts())


def with_daft(request):
    import daft

    return plain(daft.read_iceberg(table_of(request)).to_pylist())


def with_chdb(request):
    # ClickHouse reads files below the current directory only.
    os.chdir("/")
    import chdb

    sql = request["sql"] if request["do"] == "sql" else "SELECT * FROM TABLE"
    sql = sql.replace("TABLE", f"icebergLocal({text(request['directory'])})")
    settings = (
        "date_time_output_format = 'iso', output_format_json_named_tuples_as_objects = 1, "
        "output_format_json_quote_64bit_integers = 0"
    )
    joined = "," if "SETTINGS" in sql else " SETTINGS"
    lines = chdb.query(f"{sql}{joined} {settings}", "JSONEachRow").bytes().decode().splitlines()
    return [json.loads(line) for line in lines]


READERS = {
    "pyiceberg": with_pyiceberg,
    "duckdb": with_duckdb,
    "polars": with_polars,
    "daft": with_daft,
    "chdb": with_chdb,
}

for line in sys.stdin:
    try:
        request = json.loads(line)
        answer = {"ok": READERS[request["reader"]](request)}
    except Exception as error:  # the caller handles it
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
