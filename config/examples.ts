/** The commented files that `trailmill init` writes beside temporal.yaml. Each stays valid when its examples are used. */
import { SOURCE } from './defaults.js';

export const LOG_SOURCE_EXAMPLE = `# Which CloudTrail logs become tables, where the tables go, and what is in them. Take the \`#\` away to use an example.
# Paths are relative to the project: the directory of temporal.yaml. \`trailmill check\` explains what this file comes to.

# Name of the log source, and of its tables: NAME, NAME_insights, NAME_digest, and NAME_rejects and NAME_files beside them.
name: ${SOURCE.name}

managed:
  type: AWS_CLOUDTRAIL

ingest:
  # The bucket, s3://bucket/prefix, or a copy of it: a directory, or a file:// URI. The flag --location comes before it.
  location: ./bucket
  # What comes before AWSLogs/ in the keys, when something does. The flag --key-prefix comes before it.
  # key_prefix: org/trails
  # The bucket in S3, as Matano has it. A location comes before bucket_name, and a key_prefix above, also an empty one,
  # before the one below.
  # Credentials come from where AWS's tools have them; so do region and endpoint, where they are not said here.
  # s3_source:
  #   bucket_name: my-org-logs-bucket
  #   key_prefix: org/trails
  #   # Only keys with a match are read; the regular expression sees what comes after the prefix.
  #   key_pattern: AWSLogs/.*/CloudTrail
  #   region: eu-west-1
  #   # A role to assume for reading, with the external id that it asks for.
  #   access_role_arn: arn:aws:iam::123456789012:role/reader
  #   external_id: trailmill
  #   # The account that has to own the bucket, in quotes.
  #   expected_bucket_owner: "123456789012"

# Where the Iceberg tables go: a directory, a file:// URI, or s3://bucket/prefix?region=eu-west-1. The flag --warehouse
# comes before it.
warehouse: ./${SOURCE.warehouse}

# Where the tables are registered. storage: in files of the warehouse itself, without a server. rest: in a catalog that
# speaks Iceberg's REST protocol, such as Glue; its secrets are TRAILMILL_CATALOG_TOKEN or TRAILMILL_CATALOG_CREDENTIAL.
# catalog:
#   type: rest
#   uri: https://glue.eu-west-1.amazonaws.com/iceberg
#   warehouse: "123456789012"
#   namespace: security
#   sigv4: {service: glue, region: eu-west-1}

# Columns for all tables of this log source, beside the managed ones. tables/*.yml add columns to one of them.
# schema:
#   # Fields of the Elastic Common Schema, for a transform to fill. A group such as host means all its fields.
#   ecs_field_names: [host.name]
#   # Your own. from: the path of the value in the record.
#   fields:
#     - name: team.source_identity
#       type: string
#       from: userIdentity.sessionContext.sourceIdentity

# A module with a function over the rows of all tables, where a path is not enough.
# transform: ./transform.ts

# AWS delivers at least once: an event that a table has already (the same recipientAccountId and eventID) is left out of it
# and counted as a duplicate. With \`deduplicate: false\` every delivery becomes a row, as when what is repeated is in question.
# deduplicate:
#   # Two deliveries that are further apart than so many days (1 to 3650) are not compared. AWS tries to deliver for up to 30.
#   window_days: 30

# Where addresses are, and whose: databases in the MMDB format, such as GeoLite2 or DB-IP Lite.
# enrich:
#   geoip:
#     city: ./GeoLite2-City.mmdb
#     asn: ./GeoLite2-ASN.mmdb
`;

export const DEFAULT_TABLE_EXAMPLE = `# The table of all events but Insights. Without this file they are not ingested. Take the \`#\` away to use an example.
name: default

# Columns of this table only. Types: string, boolean, int, long, float, double, timestamp, date, list, struct.
# schema:
#   fields:
#     - name: team.bucket
#       type: string
#       from: requestParameters.bucketName
#       doc: Bucket that the request is about
#     - name: team.instance_count
#       type: long
#       from: requestParameters.maxCount
#       default: 1
#     - name: team.tag_set
#       type: {type: list, element: {type: struct, fields: [{name: key, type: string}, {name: value, type: string}]}}
#       from: requestParameters.tagSet.items

# In place of the transform of log_source.yml.
# transform: ./transform.ts
`;

export const INSIGHTS_TABLE_EXAMPLE = `# The table of CloudTrail Insights. Without this file they are not ingested. Take the \`#\` away to use an example.
name: insights

# schema:
#   fields:
#     - name: team.insight_duration
#       type: long
#       from: insightDetails.insightContext.statistics.insightDuration
`;

export const DIGEST_TABLE_EXAMPLE = `# The table of digest files. Without this file they are not ingested. Take the \`#\` away to use an example.
name: digest

# schema:
#   fields:
#     - name: team.account
#       type: string
#       from: awsAccountId
`;
