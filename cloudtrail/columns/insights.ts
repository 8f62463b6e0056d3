/**
 * The columns of the insights table: those of the default table, plus the details of an Insight as columns. The text of
 * the details is also kept, in `aws.cloudtrail.insight_details_raw`. The Start and End records of one Insight have the
 * same `aws.cloudtrail.shared_event_id`.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-insights-events-fields-and-record-examples.html
 */
import * as derive from '../derived.js';
import { type CloudTrailColumn, type Conversion, ct, type DirectColumn, derived, type Shape } from './column.js';
import { DEFAULT_TABLE_COLUMNS } from './default.js';

const details = (name: string, path: string, as: Conversion, doc: string): DirectColumn =>
  ct(`insight_details.${name}`, `insightDetails.${path}`, as, doc);

const AVERAGES: Shape = {
  list: {
    members: [
      { key: 'value', name: 'value', shape: 'text', doc: 'An ARN, a user agent or an error code' },
      { key: 'average', name: 'average', shape: 'number', doc: 'Calls or errors per minute' },
    ],
  },
};

const ATTRIBUTIONS: Shape = {
  list: {
    members: [
      { key: 'attribute', name: 'attribute', shape: 'text', doc: '`userIdentityArn`, `userAgent`, `errorCode`' },
      { key: 'insight', name: 'insight', shape: AVERAGES, doc: 'The most frequent values during the Insight' },
      { key: 'baseline', name: 'baseline', shape: AVERAGES, doc: 'The most frequent values before it' },
    ],
  },
};

const INSIGHT_COLUMNS: readonly CloudTrailColumn[] = [
  details('state', 'state', 'text', '`Start` or `End`'),
  details('event_source', 'eventSource', 'text', 'Service whose calls were unusual: `s3.amazonaws.com`'),
  details('event_name', 'eventName', 'text', 'Call that was unusual: `PutObject`'),
  details('insight_type', 'insightType', 'text', '`ApiCallRateInsight` or `ApiErrorRateInsight`'),
  details('error_code', 'errorCode', 'text', 'Error whose rate was unusual'),
  details('source_event_category', 'sourceEventCategory', 'text', 'Category of the calls: `Management`, `Data`'),
  details('insight_source', 'insightSource', 'text', 'Source of the events that the Insight was found in'),
  details(
    'statistics.baseline_average',
    'insightContext.statistics.baseline.average',
    'number',
    'Calls or errors per minute before the Insight',
  ),
  details(
    'statistics.insight_average',
    'insightContext.statistics.insight.average',
    'number',
    'Calls or errors per minute during the Insight',
  ),
  details(
    'statistics.insight_duration',
    'insightContext.statistics.insightDuration',
    'integer',
    'Duration of the Insight so far, in minutes',
  ),
  details(
    'statistics.baseline_duration',
    'insightContext.statistics.baselineDuration',
    'integer',
    'Duration of the baseline, in minutes',
  ),
  details(
    'attributions',
    'insightContext.attributions',
    { shape: ATTRIBUTIONS },
    'The callers, user agents and error codes behind the change',
  ),
];

/** Columns of the default table that have a different source in the insights table. */
const CHANGED: Readonly<Record<string, (column: CloudTrailColumn) => CloudTrailColumn>> = {
  // Most Insights have these only in their details. If the record itself has them, they are kept in `unmapped`.
  'event.action': ({ name }) =>
    derived(
      name,
      'string',
      derive.firstOf('eventName', 'aws.cloudtrail.insight_details.event_name'),
      'The call that was unusual: `PutObject`',
    ),
  'event.provider': ({ name }) =>
    derived(
      name,
      'string',
      derive.firstOf('eventSource', 'aws.cloudtrail.insight_details.event_source'),
      'Service whose calls were unusual: `s3.amazonaws.com`',
    ),
  'event.kind': ({ name }) => derived(name, 'string', derive.constant('alert'), 'Always `alert`'),
  'event.outcome': ({ name }) =>
    derived(name, 'string', derive.constant('unknown'), 'Always `unknown`: an Insight is about many calls'),
  'event.type': ({ name }) => derived(name, { list: 'string' }, derive.constantList('info'), 'Always [`info`]'),
};

/** The managed columns of the insights table, in table order. */
export const INSIGHTS_TABLE_COLUMNS: readonly CloudTrailColumn[] = DEFAULT_TABLE_COLUMNS.flatMap((column) => {
  const changed = CHANGED[column.name]?.(column) ?? column;
  return column.name === 'aws.cloudtrail.insight_details_raw' ? [...INSIGHT_COLUMNS, changed] : [changed];
});
