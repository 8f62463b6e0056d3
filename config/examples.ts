/** The commented files that `trailmill init` writes. Each remains valid if its examples are uncommented. */
import { LOG_SOURCE_TABLE } from './log-source-table.js';
import { templateOf } from './template.js';
import { TEMPORAL_TABLE } from './temporal-table.js';

/** temporal.yaml: every setting with its default. */
export const TEMPORAL_EXAMPLE = templateOf(TEMPORAL_TABLE, { openSections: true });

/** log_source.yml: the settings of a new project, and every other setting as an example. */
export const LOG_SOURCE_EXAMPLE = templateOf(LOG_SOURCE_TABLE, {
  order: [
    'name',
    'managed',
    'ingest',
    'warehouse',
    'catalog',
    'schema',
    'transform',
    'deduplicate',
    'enrich',
    'integrity',
    'upkeep',
    'retention',
  ],
});

/** tables/default.yml. */
export const DEFAULT_TABLE_EXAMPLE = `# The table of all events except Insights. Without this file they are not ingested. Remove the \`#\` to use an example.
name: default

# Additional columns of this table only. Types: string, boolean, int, long, float, double, timestamp, date, list, struct.
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

# Replaces the transform of log_source.yml for this table.
# transform: ./transform.ts

# Upkeep removes event days of this table that are older; default: the retention of log_source.yml.
# retention: {days: 1095}

# Compacted files are sorted by these columns; default: account, ARN of the user, and time.
# sort_by: [cloud.account.id, ts]
`;

/** tables/insights.yml. */
export const INSIGHTS_TABLE_EXAMPLE = `# The table of CloudTrail Insights. Without this file they are not ingested. Remove the \`#\` to use an example.
name: insights

# schema:
#   fields:
#     - name: team.insight_duration
#       type: long
#       from: insightDetails.insightContext.statistics.insightDuration
`;

/** tables/digest.yml. */
export const DIGEST_TABLE_EXAMPLE = `# The table of digest files. Without this file they are not ingested. Remove the \`#\` to use an example.
name: digest

# schema:
#   fields:
#     - name: team.account
#       type: string
#       from: awsAccountId
`;

/** transform.ts: does nothing until a setting `transform` names it, and then keeps every row as it is. */
export const TRANSFORM_EXAMPLE = `// Called once for each row if log_source.yml, or the file of a table, has \`transform: ./transform.ts\`. Without that it is
// not used. \`trailmill check\` runs it over a sample of your records and shows what it changes.
// For completion in your editor: npm install --save-dev trailmill
import type { Row } from 'trailmill/transform';

export default function transform(row: Row) {
  // The tables have different columns: default (events), insights and digest.
  if (row.table !== 'default') return row;

  // Drop a row by returning null.
  // if (row.get('user_agent.original') === 'ELB-HealthChecker/2.0') return null;

  // Set columns. Your own must be in schema.fields.
  // if (row.record.requestParameters?.publiclyAccessible === true) row.set('tags', ['public']);
  return row;
}
`;
