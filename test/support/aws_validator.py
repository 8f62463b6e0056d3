"""Runs the validator of aws-cli, `aws cloudtrail validate-logs`, over a folder: one JSON request per line in, one JSON response per line out.

All judgements are made by aws-cli's own classes; only the clients of S3, CloudTrail and Organizations are replaced.

Request keys:
  folder        root of the bucket, with user metadata as Trailmill's file store keeps it: .metadata/<key>.json
  bucket        name of the bucket; any other bucket does not exist
  keys          keys as in the output of `aws cloudtrail list-public-keys`: a list of {Value, Fingerprint, ValidityStartTime,
                ValidityEndTime}
  trail         name of the trail
  home_region   home region of the trail
  account       account whose digests are validated
  region        region whose digests are validated
  start, end    ISO 8601
  prefix        optional: key prefix of the trail
  organization  optional: id of the organization whose trail it is

Response: {"ok": {"results": [...], "gaps": [...], "aborted": message or null}} or {"error": "<class>: <message>"}.
A result is {"kind": "digest" or "log", "backfill", "bucket", "key", "valid", "reason": text after "INVALID: " or null}, in the
order of the command's output. A gap is {"backfill", "from", "to"}. `aborted`: the command ended with this error.
"""

import contextlib
import io
import json
import os
import re
import sys

import awscli  # noqa: F401  First: the package brings its own botocore.
from awscli.customizations.cloudtrail.validation import CloudTrailValidateLogs
from botocore.exceptions import ClientError
from dateutil import parser

METADATA = ".metadata"
STATUS = re.compile(
    r"(?P<backfill>\(backfill\) )?(?P<kind>Digest|Log) file\ts3://(?P<bucket>[^/]*)/(?P<key>.*?)\t(?:valid|INVALID: (?P<reason>.*))",
    re.DOTALL,
)
GAP = re.compile(r"(?P<backfill>\(backfill\) )?No log files were delivered by CloudTrail between (?P<from>\S+) and (?P<to>\S+)")


def s3_error(code, operation):
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)


class Folder:
    """An S3 client that reads a folder: the calls that the validator makes."""

    def __init__(self, root, bucket):
        self._root = root
        self._bucket = bucket

    def get_bucket_location(self, Bucket):
        self._check(Bucket, "GetBucketLocation")
        return {"LocationConstraint": None}

    def get_object(self, Bucket, Key):
        self._check(Bucket, "GetObject")
        segments = Key.split("/")
        path = os.path.join(self._root, *segments)
        if any(one in ("", ".", "..") for one in segments) or segments[0] == METADATA or not os.path.isfile(path):
            raise s3_error("NoSuchKey", "GetObject")
        with open(path, "rb") as file:
            body = file.read()
        return {"Body": io.BytesIO(body), "Metadata": self._metadata(path, Key)}

    def get_paginator(self, operation):
        if operation != "list_objects":
            raise NotImplementedError(operation)
        return self

    def paginate(self, Bucket, Marker, Prefix):
        self._check(Bucket, "ListObjects")
        return Pages(sorted(key for key in self._keys(Prefix) if key.startswith(Prefix) and key > Marker))

    def _check(self, bucket, operation):
        if bucket != self._bucket:
            raise s3_error("NoSuchBucket", operation)

    def _metadata(self, path, key):
        at = os.path.join(self._root, METADATA, f"{key}.json")
        for candidate in (f"{at}.{os.stat(path).st_ino}", at):
            if os.path.isfile(candidate):
                with open(candidate, encoding="utf-8") as file:
                    return {name.lower(): str(value) for name, value in json.load(file).items()}
        return {}

    def _keys(self, prefix):
        """The keys below the last folder of the prefix. Python compares text by code points, which is S3's order."""
        for directory, _, names in os.walk(os.path.join(self._root, *prefix.split("/")[:-1])):
            place = os.path.relpath(directory, self._root).replace(os.sep, "/")
            for name in names:
                yield f"{place}/{name}"


class Pages:
    """Of a paginator: what the validator asks of it."""

    def __init__(self, keys):
        self._keys = keys

    def search(self, expression):
        if expression != "Contents[*].Key":
            raise NotImplementedError(expression)
        return iter(self._keys)


class Clients:
    """A session, a CloudTrail client and a client of Organizations in one."""

    def __init__(self, request, arn):
        self._request = request
        self._arn = arn

    def create_client(self, service, **_):
        if service == "s3":
            return Folder(self._request["folder"], self._request["bucket"])
        if service in ("cloudtrail", "organizations"):
            return self
        raise NotImplementedError(service)

    def describe_trails(self):
        request = self._request
        trail = {"TrailARN": self._arn, "S3BucketName": request["bucket"]}
        if request.get("prefix"):
            trail["S3KeyPrefix"] = request["prefix"]
        trail["IsOrganizationTrail"] = bool(request.get("organization"))
        return {"trailList": [trail]}

    def describe_organization(self):
        return {"Organization": {"Id": self._request["organization"]}}

    def list_public_keys(self, StartTime, EndTime):
        """Those that are valid at some time of the range, as documented."""
        within = [
            key
            for key in self._request["keys"]
            if parser.parse(key["ValidityStartTime"]) <= EndTime and parser.parse(key["ValidityEndTime"]) >= StartTime
        ]
        return {"PublicKeyList": within}


class Recorded(CloudTrailValidateLogs):
    """The command. What it would print is kept."""

    def __init__(self, session):
        super().__init__(session)
        self.lines = []

    def _write_status(self, message, is_error=False):
        self.lines.append(message)


class Globals:
    """The global options of the command line."""

    verify_ssl = None
    endpoint_url = None

    def __init__(self, region):
        self.region = region


class Arguments:
    """The options of the command."""

    verbose = True
    s3_bucket = None
    s3_prefix = None

    def __init__(self, request, arn):
        self.trail_arn = arn
        self.start_time = request["start"]
        self.end_time = request["end"]
        self.account_id = request["account"] if request.get("organization") else None


def validate(request):
    # For an organization's trail the account in the ARN is the management account, which is not used.
    arn = f"arn:aws:cloudtrail:{request['home_region']}:{request['account']}:trail/{request['trail']}"
    command = Recorded(Clients(request, arn))
    aborted = None
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            command._run_main(Arguments(request, arn), Globals(request["region"]))
        except Exception as error:
            aborted = f"{type(error).__name__}: {error}"
    results = []
    gaps = []
    for line in command.lines:
        status = STATUS.fullmatch(line)
        gap = GAP.fullmatch(line)
        if status:
            found = status.groupdict()
            results.append(
                {
                    "kind": found["kind"].lower(),
                    "backfill": found["backfill"] is not None,
                    "bucket": found["bucket"],
                    "key": found["key"],
                    "valid": found["reason"] is None,
                    "reason": found["reason"],
                }
            )
        elif gap:
            found = gap.groupdict()
            gaps.append({"backfill": found["backfill"] is not None, "from": found["from"], "to": found["to"]})
        else:
            raise ValueError(f"unknown output of aws-cli: {line!r}")
    return {"results": results, "gaps": gaps, "aborted": aborted}


for line in sys.stdin:
    try:
        answer = {"ok": validate(json.loads(line))}
    except Exception as error:  # the caller handles it
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
