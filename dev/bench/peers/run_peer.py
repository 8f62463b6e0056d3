"""Runs SQL statements in DuckDB or chDB, and prints what this process has used.

Input: {"engine": "duckdb" | "chdb", "statements": [...]}. Output: {"cpuSeconds": ..., "peakMegabytes": ...}.
"""

import json
import re
import resource
import sys


def main():
    task = json.load(sys.stdin)
    if task["engine"] == "duckdb":
        import duckdb

        run = duckdb.connect().execute
    else:
        import chdb

        run = chdb.query
    for statement in task["statements"]:
        run(statement)
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    print(json.dumps({"cpuSeconds": cpu, "peakMegabytes": peak_megabytes()}))


def peak_megabytes():
    # Not ru_maxrss: a program that another one has started begins with the peak of that one.
    with open("/proc/self/status") as status:
        return int(re.search(r"^VmHWM:\s+(\d+) kB", status.read(), re.M)[1]) * 1024 / 1e6


main()
