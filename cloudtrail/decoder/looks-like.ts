/** Recognizes other file types by their first bytes, for messages in the ledger that say what to do. */

import type { QuarantineCode } from '../../errors/index.js';

interface FileType {
  what: string;
  cure: string;
  /** Its first bytes. */
  magic?: readonly number[];
  /** Matches the first bytes as text, after a byte-order mark and whitespace. */
  text?: RegExp;
  /** Not reported for files that are rejected with this code: they are expected to be of this type. */
  notFor?: QuarantineCode;
}

const UNPACK = 'Unpack it and deliver its contents instead.';
const RECOMPRESS = 'Compress it with gzip or zstd, or leave it uncompressed.';
const ELSEWHERE = 'CloudTrail does not write such files: keep them under another prefix.';
const UTF_8 = 'Convert it to UTF-8: the program that copied it changed its encoding.';
const ascii = (text: string): number[] => [...Buffer.from(text)];

/** Known types, in order of precedence. */
const FILE_TYPES: readonly FileType[] = [
  { what: 'a Parquet file', magic: ascii('PAR1'), cure: ELSEWHERE },
  { what: 'an ORC file', magic: ascii('ORC'), cure: ELSEWHERE },
  { what: 'an Avro file', magic: [...ascii('Obj'), 1], cure: ELSEWHERE },
  { what: 'a zip archive', magic: [...ascii('PK'), 3, 4], cure: UNPACK },
  { what: 'a 7-Zip archive', magic: [...ascii('7z'), 0xbc, 0xaf, 0x27, 0x1c], cure: UNPACK },
  { what: 'a bzip2 file', magic: ascii('BZh'), cure: RECOMPRESS },
  { what: 'an xz file', magic: [0xfd, ...ascii('7zXZ')], cure: RECOMPRESS },
  { what: 'a Snappy stream', magic: [0xff, 6, 0, 0, ...ascii('sNaPpY')], cure: RECOMPRESS },
  {
    what: 'a gzip file inside another one',
    magic: [0x1f, 0x8b],
    cure: 'It was compressed twice: decompress it once.',
  },
  { what: 'an LZ4 file', magic: [0x04, 0x22, 0x4d, 0x18], cure: RECOMPRESS },
  { what: 'an SQLite database', magic: ascii('SQLite format 3'), cure: ELSEWHERE },
  {
    what: 'a tar archive',
    text: /^[^\0]{1,100}\0[\s\S]{156,256}ustar/,
    cure: UNPACK,
  },
  {
    what: 'gzip in base64',
    text: /^H4sI[A-Za-z0-9+/\r\n]+={0,2}\s*$/,
    cure: 'Decode it (base64 -d); gzip files can be read.',
  },
  {
    what: 'JSON in base64',
    text: /^(?:eyJ|W3si|ewog|ewp7)[A-Za-z0-9+/\r\n]{40,}={0,2}\s*$/,
    cure: 'Decode it (base64 -d).',
  },
  {
    what: 'YAML, as written by the AWS CLI with --output yaml',
    text: /^(?:---\s|#.*\n)?-?\s*(?:Events|Records|NextToken|QueryResultRows|events|CloudTrailEvent|eventVersion)\s*:/,
    cure: 'Export it with --output json.',
  },
  {
    what: 'AWS CLI output with --output text or table',
    text: /^(?:(?:EVENTS|NEXTTOKEN|QUERYRESULTROWS)\t|-{20,}\s*\n\|)/,
    cure: 'Export it with --output json.',
  },
  { what: 'a PDF document', magic: ascii('%PDF'), cure: ELSEWHERE },
  { what: 'UTF-16 text', magic: [0xff, 0xfe], cure: UTF_8 },
  { what: 'UTF-16 text', magic: [0xfe, 0xff], cure: UTF_8 },
  {
    what: 'an S3 error response',
    text: /^<\?xml[^>]*>\s*<Error>/,
    cure: 'The copy of this object failed: copy it again.',
  },
  {
    what: 'an HTML page',
    text: /^<(?:!doctype\s+html|html)\b/i,
    cure: 'A proxy or a login page answered instead of the bucket: copy the object again.',
  },
  { what: 'an XML document', text: /^<\?xml\b/, cure: ELSEWHERE },
  {
    what: 'an Elastic Load Balancing access log',
    text: /^(?:https?|h2|grpcs|wss?) \d{4}-\d\d-\d\dT\S+ \S+ \S+:\d+ /,
    cure: ELSEWHERE,
  },
  {
    what: 'an S3 access log',
    text: /^[0-9a-f]{64} \S+ \[\d\d\/[A-Z][a-z]{2}\/\d{4}:/,
    cure: ELSEWHERE,
  },
  { what: 'a VPC flow log', text: /^(?:version account-id |\d+ \d{12} eni-)/, cure: ELSEWHERE },
  { what: 'a CloudFront access log', text: /^#Version: 1\.0\s+#Fields:/, cure: ELSEWHERE },
  {
    what: 'a digest',
    text: /^\{[^[\]{}]*"digestEndTime"/,
    notFor: 'not_a_digest',
    cure: 'Digests belong under CloudTrail-Digest/.',
  },
  {
    what: 'a CloudTrail log file',
    text: /^\{\s*"Records"\s*:\s*\[/,
    notFor: 'not_a_trail_file',
    cure: 'Log files belong under CloudTrail/.',
  },
  {
    what: 'an AWS Config snapshot or history file',
    text: /^\{[^[\]{}]*"(?:configurationItems|configSnapshotId)"/,
    cure: ELSEWHERE,
  },
  {
    what: 'the sign file of CloudTrail Lake query results',
    text: /^\{[^{}]*"hashSignature"\s*:|^\{[^[\]{}]*"files"\s*:\s*\[\s*\{\s*"file(?:HashValue|Name)"/,
    cure: 'It contains hashes of result files, not records: keep it under another prefix.',
  },
  {
    what: 'a CloudTrail notification about a delivered file',
    text: /^\{[^[\]{}]*"s3Bucket"[^{}]*"s3ObjectKey"/,
    cure: 'The records are in the file that it names.',
  },
  {
    what: 'a CloudWatch Logs event for Lambda functions',
    text: /^\{\s*"awslogs"\s*:/,
    cure: 'Its "data" is base64-encoded gzip: decode it and deliver the contents.',
  },
  { what: 'a GuardDuty finding', text: /^\{[^[\]{}]*"schemaVersion"[^[\]{}]*"accountId"/, cure: ELSEWHERE },
];

/** Bytes that are checked. */
const HEAD = 4096;

/** Says what type of file this looks like and what to do; `undefined` if no known type matches. `reason`: why it was rejected. */
export function looksLike(bytes: Uint8Array, reason: QuarantineCode): string | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEAD));
  const text = head.toString('latin1').replace(/^(?:\xef\xbb\xbf)?\s*/, '');
  const found = FILE_TYPES.find(
    ({ magic, text: pattern, notFor }) =>
      notFor !== reason && (magic?.every((byte, at) => byte === head[at]) || pattern?.test(text)),
  );
  return found && `It looks like ${found.what}. ${found.cure}`;
}
