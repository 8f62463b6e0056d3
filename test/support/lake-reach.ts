/** How the readers reach tables on an S3 server: the words of each. */
import type { S3Credentials } from '../../servers/s3-server';

export interface Reach {
  /** `http://host:port`. */
  endpoint: string;
  region: string;
  credentials: S3Credentials;
}

/** PyIceberg's FileIO. */
export function pyIcebergProperties({ endpoint, region, credentials }: Reach): Record<string, string> {
  return {
    's3.endpoint': endpoint,
    's3.region': region,
    's3.access-key-id': credentials.accessKeyId,
    's3.secret-access-key': credentials.secretAccessKey,
  };
}

/** DuckDB's httpfs. */
export function duckDbSecret({ endpoint, region, credentials }: Reach): string {
  const { host, protocol } = new URL(endpoint);
  return `CREATE SECRET (TYPE s3, KEY_ID '${credentials.accessKeyId}', SECRET '${credentials.secretAccessKey}',
    REGION '${region}', ENDPOINT '${host}', URL_STYLE 'path', USE_SSL ${protocol === 'https:'})`;
}
