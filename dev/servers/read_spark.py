"""Spark SQL: one JSON request a line in, one answer a line out.

The first line starts it: {"java": program, "classpath": jars, "options": [JVM options], "conf": {Spark's settings}}. Each
further one is a statement: {"sql": "..."}; its rows are the answer.

Answer: {"ok": <result>} or {"error": "<class>: <message>"}. Integers beyond 2^53 lose digits in JSON: cast them to strings.
"""

import json
import os
import sys

from py4j.java_gateway import GatewayParameters, JavaGateway, launch_gateway


def start(request):
    # The JVM ends with this process: it reads the other end of a pipe that we hold.
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
    except Exception as error:  # the caller decides what is wrong about it
        text = str(getattr(error, "java_exception", None) or error)
        answer = {"error": f"{type(error).__name__}: {text}"}
    print(json.dumps(answer), flush=True)
if session is not None:
    session.stop()
