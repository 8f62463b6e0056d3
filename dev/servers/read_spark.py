"""Spark SQL: one JSON request per line in, one JSON response per line out.

The first line starts Spark: {"java": program, "classpath": jars, "options": [JVM options], "conf": {Spark's settings}}. Each
further line is a statement: {"sql": "..."}; its rows are the result.

Response: {"ok": <result>} or {"error": "<class>: <message>"}. Integers beyond 2^53 lose digits in JSON: cast them to strings.
"""

import json
import os
import sys

from py4j.java_gateway import GatewayParameters, JavaGateway, launch_gateway


def start(request):
    # The JVM ends with this process, because it reads from a pipe that this process holds open.
    port, token = launch_gateway(
        classpath=request["classpath"],
        java_path=request["java"],
        javaopts=request["options"],
        enable_auth=True,
        die_on_exit=True,
        redirect_stdout=open(os.devnull, "w"),
        redirect_stderr=sys.stderr,
    )
    gateway = JavaGateway(gateway_parameters=GatewayParameters(port=port, auth_token=token))
    builder = gateway.jvm.org.apache.spark.sql.SparkSession.builder()
    for name, value in request["conf"].items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def answer_of(session, request):
    rows = session.sql(request["sql"]).toJSON().collectAsList()
    return [json.loads(row) for row in rows]


session = None
for line in sys.stdin:
    try:
        request = json.loads(line)
        if session is None:
            session = start(request)
            answer = {"ok": session.version()}
        else:
            answer = {"ok": answer_of(session, request)}
    except Exception as error:  # the caller handles it
        text = str(getattr(error, "java_exception", None) or error)
        answer = {"error": f"{type(error).__name__}: {text}"}
    print(json.dumps(answer), flush=True)
if session is not None:
    session.stop()
