/** Recognizes files of other types by their first bytes, for the messages in the ledger, with what to do. */

import type { QuarantineCode } from '../../errors/index.js';

interface Kind {
  what: string;
  cure: string;
  /** Its first bytes. */
  magic?: readonly number[];
  /** Of the first bytes as text, after a byte-order mark and white space. */
  text?: RegExp;
  /** No answer to a file that is refused for another reason than being this. */
  notFor?: QuarantineCode;
}

const UNPACK = 'Unpack it, and put what is in it in its place.';
const ELSEWHERE = 'CloudTrail does not write such files: keep them under another prefix.';
const ascii = (text: string): number[] => [...Buffer.from(text)];

/** The first that fits. */
const KINDS: readonly Kind[] = [
  { what: 'a Parquet file', magic: ascii('PAR1'), cure: ELSEWHERE },
  { what: 'an ORC file', magic: ascii('ORC'), cure: ELSEWHERE },
  { what: 'an Avro file', magic: [...ascii('Obj'), 1], cure: ELSEWHERE },
  { what: 'a zip archive', magic: [...ascii('PK'), 3, 4], cure: UNPACK },
  { what: 'a 7-Zip archive', magic: [...ascii('7z'), 0xbc, 0xaf, 0x27, 0x1c], cure: UNPACK },
  { what: 'a bzip2 file', magic: ascii('BZh'), cure: 'Pack it with gzip or zstd, or not at all.' },
  { what: 'an xz file', magic: [0xfd, ...ascii('7zXZ')], cure: 'Pack it with gzip or zstd, or not at all.' },
  {
    what: 'a snappy stream',
    magic: [0xff, 6, 0, 0, ...ascii('sNaPpY')],
    cure: 'Pack it with gzip or zstd, or not at all.',
  },
  { what: 'a gzip file inside of another', magic: [0x1f, 0x8b], cure: 'It was packed twice: unpack it once.' },
  { what: 'an LZ4 file', magic: [0x04, 0x22, 0x4d, 0x18], cure: 'Pack it with gzip or zstd, or not at all.' },
  { what: 'an SQLite database', magic: ascii('SQLite format 3'), cure: ELSEWHERE },
  {
    what: 'a tar archive',
    text: /^[^\0]{1,100}\0[\s\S]{156,256}ustar/,
    cure: UNPACK,
  },
  {
    what: 'gzip in base64',
    text: /^H4sI[A-Za-z0-9+/\r\n]+={0,2}\s*$/,
    cure: 'Decode it (base64 -d): gzip itself is read.',
  },
  {
    what: 'JSON in base64',
    text: /^(?:eyJ|W3si|ewog|ewp7)[A-Za-z0-9+/\r\n]{40,}={0,2}\s*$/,
    cure: 'Decode it (base64 -d).',
  },
  {
    what: 'YAML, as the AWS CLI writes with --output yaml',
    text: /^(?:---\s|#.*\n)?-?\s*(?:Events|Records|NextToken|QueryResultRows|events|CloudTrailEvent|eventVersion)\s*:/,
    cure: 'Write it with --output json.',
  },
  {
    what: 'output of the AWS CLI with --output text or table',
    text: /^(?:(?:EVENTS|NEXTTOKEN|QUERYRESULTROWS)\t|-{20,}\s*\n\|)/,
    cure: 'Write it with --output json.',
  },
  { what: 'a PDF document', magic: ascii('%PDF'), cure: ELSEWHERE },
  { what: 'UTF-16 text', magic: [0xff, 0xfe], cure: 'Write it as UTF-8: the program that copied it has changed it.' },
  { what: 'UTF-16 text', magic: [0xfe, 0xff], cure: 'Write it as UTF-8: the program that copied it has changed it.' },
  {
    what: 'an error answer of S3',
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
    what: 'an access log of an Elastic Load Balancer',
    text: /^(?:https?|h2|grpcs|wss?) \d{4}-\d\d-\d\dT\S+ \S+ \S+:\d+ /,
    cure: ELSEWHERE,
  },
  {
    what: 'an access log of S3',
    text: /^[0-9a-f]{64} \S+ \[\d\d\/[A-Z][a-z]{2}\/\d{4}:/,
    cure: ELSEWHERE,
  },
  { what: 'a VPC flow log', text: /^(?:version account-id |\d+ \d{12} eni-)/, cure: ELSEWHERE },
  { what: 'an access log of CloudFront', text: /^#Version: 1\.0\s+#Fields:/, cure: ELSEWHERE },
  {
    what: 'a digest',
    text: /^\{[^[\]{}]*"digestEndTime"/,
    notFor: 'not_a_digest',
    cure: 'Digests belong under CloudTrail-Digest/.',
  },
  {
    what: 'a trail file',
    text: /^\{\s*"Records"\s*:\s*\[/,
    notFor: 'not_a_trail_file',
    cure: 'Trail files belong under CloudTrail/.',
  },
  {
    what: 'a snapshot or history of AWS Config',
    text: /^\{[^[\]{}]*"(?:configurationItems|configSnapshotId)"/,
    cure: ELSEWHERE,
  },
  {
    what: 'the sign file of CloudTrail Lake query results',
    text: /^\{[^{}]*"hashSignature"\s*:|^\{[^[\]{}]*"files"\s*:\s*\[\s*\{\s*"file(?:HashValue|Name)"/,
    cure: 'It holds hashes of result files, and no records: keep it under another prefix.',
  },
  {
    what: 'a notification that CloudTrail has delivered a file',
    text: /^\{[^[\]{}]*"s3Bucket"[^{}]*"s3ObjectKey"/,
    cure: 'The records are in the file that it names.',
  },
  {
    what: 'an event that CloudWatch Logs hands to Lambda functions',
    text: /^\{\s*"awslogs"\s*:/,
    cure: 'Its "data" is gzip in base64: decode it, and write what is in it.',
  },
  { what: 'a finding of GuardDuty', text: /^\{[^[\]{}]*"schemaVersion"[^[\]{}]*"accountId"/, cure: ELSEWHERE },
];

/** Bytes that are looked at. */
const HEAD = 4096;

/** One sentence on what the file looks like and what to do; `undefined` where no known type matches. */
export function looksLike(bytes: Uint8Array, reason: QuarantineCode): string | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEAD));
  const text = head.toString('latin1').replace(/^(?:\xef\xbb\xbf)?\s*/, '');
  const found = KINDS.find(
    ({ magic, text: pattern, notFor }) =>
      notFor !== reason && (magic?.every((byte, at) => byte === head[at]) || pattern?.test(text)),
  );
  return found && `It looks like ${found.what}. ${found.cure}`;
}
