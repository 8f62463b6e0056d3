/** The forms of delivery: the texts of records → a file that holds them all, in their order. */
type Write = (records: readonly string[]) => string;

const quote = (text: string): string => JSON.stringify(text);
const cell = (text: string): string => `"${text.replaceAll('"', '""')}"`;
const rowsAs = (records: readonly string[], row: (record: string, at: number) => string, between = ','): string =>
  records.map(row).join(between);

/** The form that CloudTrail writes. */
export const trailFileOf: Write = (records) => `{"Records":[${records.join(',')}]}`;

export const eventOf = (record: string, type = 'AWS API Call via CloudTrail'): string =>
  `{"version":"0","id":"1","detail-type":${quote(type)},"source":"aws.s3","account":"111122223333",` +
  `"time":"2024-03-05T12:00:00Z","region":"eu-west-1","resources":[],"detail":${record}}`;
const lookedUp = (record: string): string =>
  `{"EventId":"1","EventName":"x","EventTime":1709640000.0,"Resources":[],"CloudTrailEvent":${quote(record)}}`;
const notification = (record: string): string =>
  `{"Type":"Notification","MessageId":"1","TopicArn":"arn:aws:sns:eu-west-1:1:t","Message":${quote(record)}}`;

/** Forms that CloudTrail does not write. Each gives the same rows as a trail file. */
export const DELIVERIES: Record<string, Write> = {
  'a trail file for each record': (records) => rowsAs(records, (record) => trailFileOf([record]), '\n'),
  'trail files with nothing between them': (records) => rowsAs(records, (record) => trailFileOf([record]), ''),
  'a trail file, then records a line each': ([first, ...others]) =>
    `${trailFileOf([first])}\n${others.join('\n')}${others.length > 0 ? '\n' : ''}`,
  'records a line each, then a trail file': ([first, ...others]) => `${first}\n${trailFileOf(others)}`,
  'an array, then a trail file': ([first, ...others]) => `[${first}] ${trailFileOf(others)}`,
  'an array of trail files': (records) => `[${rowsAs(records, (record) => trailFileOf([record]))}]`,
  'a trail file with other members in front': (records) => `{"NextToken":"x","Records":[${records.join(',')}]}`,
  'a trail file with other members behind': (records) => `{"Records":[${records.join(',')}],"NextToken":null}`,
  'EventBridge events with nothing between them': (records) => rowsAs(records, (record) => eventOf(record), ''),
  'EventBridge events, one per line': (records) => `${rowsAs(records, (record) => eventOf(record), '\n')}\n`,
  'an array of EventBridge events': (records) => `[${rowsAs(records, (record) => eventOf(record), ', ')}]`,
  'EventBridge events in Records': (records) => `{"Records":[${rowsAs(records, (record) => eventOf(record))}]}`,
  'EventBridge events among records': (records) =>
    trailFileOf(records.map((record, at) => (at % 2 === 1 ? eventOf(record) : record))),
  'EventBridge events as log events': (records) =>
    `{"messageType":"DATA_MESSAGE","logEvents":[${rowsAs(records, (record) => `{"message":${quote(eventOf(record))}}`)}]}`,
  'lookup-events output': (records) => `{\n    "Events": [${rowsAs(records, lookedUp)}],\n    "NextToken": "x"\n}`,
  'pages of lookup-events output': (records) => rowsAs(records, (record) => `{"Events":[${lookedUp(record)}]}`, '\n'),
  'an element of lookup-events output a line': (records) => rowsAs(records, lookedUp, '\n'),
  'an array of elements of lookup-events output': (records) => `[${rowsAs(records, lookedUp)}]`,
  'lookup-events output with names in small letters': (records) =>
    `{"events":[${rowsAs(records, (record) => `{"event_id":"1","cloud_trail_event":${quote(record)}}`)}]}`,
  'an array of the texts of records': (records) => `[${rowsAs(records, quote)}]`,
  'the text of a record a line': (records) => rowsAs(records, quote, '\n'),
  'results of a CloudTrail Lake query': (records) =>
    `{"QueryStatus":"FINISHED","QueryResultRows":[${rowsAs(records, (record) => `[{"eventID":"1"},{"eventJson":${quote(record)}}]`)}]}`,
  'saved results of a CloudTrail Lake query': (records) =>
    `eventID,eventJson\n${rowsAs(records, (record, at) => `${at},${cell(record)}\n`, '')}`,
  'saved results under a comment, every cell in quotes': (records) =>
    `# Execution Time: 2024-03-05T12:00:00Z\n"eventjson","eventid"\r\n${rowsAs(records, (record) => `${cell(record)},"x"`, '\r\n')}`,
  'two CSV files in one': ([first, ...others]) => `eventJson\n${cell(first)}\neventJson\n${rowsAs(others, cell, '\n')}`,
  'filter-log-events output': (records) =>
    `{"events":[${rowsAs(records, (record) => `{"logStreamName":"s","timestamp":1,"message":${quote(record)}}`)}],"searchedLogStreams":[]}`,
  'results of CloudWatch Logs Insights': (records) =>
    `{"results":[${rowsAs(records, (record) => `[{"field":"@timestamp","value":"x"},{"field":"@message","value":${quote(record)}}]`)}],"status":"Complete"}`,
  'SNS notifications': (records) => rowsAs(records, notification, '\n'),
  'EventBridge events in SNS notifications in SQS messages': (records) =>
    `{"Messages":[${rowsAs(records, (record) => `{"MessageId":"1","Body":${quote(notification(eventOf(record)))}}`)}]}`,
};
