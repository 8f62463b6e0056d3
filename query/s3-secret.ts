/** What DuckDB has to know to read a table's files in S3: one secret for each table. Pure. */
import { partitionOf } from '../aws/regions.js';
import type { S3Access } from '../storage/s3/access.js';
import { identifier, literal } from './sql-text.js';

/** Temporary, in memory. `scope`: DuckDB uses, of all secrets, the one with the longest beginning of a file's address. */
export function createSecret(name: string, bucket: string, scope: readonly string[], access: S3Access): string {
  const { accessKeyId, secretAccessKey, sessionToken } = access.credentials;
  const { host, tls } = serverOf(access);
  const parameters: [name: string, value: string | undefined][] = [
    ['KEY_ID', literal(accessKeyId)],
    ['SECRET', literal(secretAccessKey)],
    ['SESSION_TOKEN', sessionToken === undefined ? undefined : literal(sessionToken)],
    ['REGION', literal(access.region)],
    ['ENDPOINT', host === undefined ? undefined : literal(host)],
    // A certificate for *.s3.amazonaws.com does not fit a bucket with a dot in its name.
    ['URL_STYLE', literal(access.pathStyle || bucket.includes('.') ? 'path' : 'vhost')],
    ['USE_SSL', String(tls)],
    ['REQUESTER_PAYS', access.requesterPays ? 'true' : undefined],
    ['SCOPE', `[${scope.map(literal).join(', ')}]`],
  ];
  const said = parameters.flatMap(([key, value]) => (value === undefined ? [] : [`${key} ${value}`]));
  return `CREATE OR REPLACE TEMPORARY SECRET ${identifier(name)} (TYPE s3, ${said.join(', ')})`;
}

/** Of AWS, DuckDB knows the domain of most regions: those of other partitions have their own. */
function serverOf({ endpoint, region }: S3Access): { host?: string; tls: boolean } {
  if (endpoint !== undefined) {
    const { host, protocol } = new URL(endpoint);
    return { host, tls: protocol === 'https:' };
  }
  const { dnsSuffix } = partitionOf(region);
  return { host: dnsSuffix === partitionOf(undefined).dnsSuffix ? undefined : `s3.${region}.${dnsSuffix}`, tls: true };
}

/**
 * The beginnings of a table's files: its own directory, with a slash, for `…/events` begins `…/events_files` too; and of
 * what lies outside of it, the bucket.
 */
export function scopesOf(location: string, places: readonly string[]): string[] {
  const own = `${location.replace(/^s3[an]:/, 's3:').replace(/\/+$/, '')}/`;
  const outside = places.filter((place) => !place.startsWith(own)).map((place) => /^s3:\/\/[^/]+\//.exec(place)?.[0]);
  return [own, ...new Set(outside.filter((scope) => scope !== undefined))];
}
