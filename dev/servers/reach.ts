/** The settings with which each of the independent readers accesses tables on an S3 server. */
import type { S3Credentials } from './s3-server.js';

/** Access to an S3 server. */
export interface Reach {
  /** `http://host:port`. */
  endpoint: string;
  region: string;
  credentials: S3Credentials;
}

/** Properties of PyIceberg's FileIO. */
export function pyIcebergProperties({ endpoint, region, credentials }: Reach): Record<string, string> {
  return {
    's3.endpoint': endpoint,
    's3.region': region,
    's3.access-key-id': credentials.accessKeyId,
    's3.secret-access-key': credentials.secretAccessKey,
  };
}

/** A statement for DuckDB's httpfs. */
export function duckDbSecret({ endpoint, region, credentials }: Reach): string {
  const { host, protocol } = new URL(endpoint);
  return `CREATE SECRET (TYPE s3, KEY_ID '${credentials.accessKeyId}', SECRET '${credentials.secretAccessKey}',
    REGION '${region}', ENDPOINT '${host}', URL_STYLE 'path', USE_SSL ${protocol === 'https:'})`;
}

/** Properties of a Spark catalog with Iceberg's S3FileIO, which does not need Hadoop. */
export function sparkFileIo({ endpoint, region, credentials }: Reach): Record<string, string> {
  return {
    'io-impl': 'org.apache.iceberg.aws.s3.S3FileIO',
    's3.endpoint': endpoint,
    's3.path-style-access': 'true',
    's3.access-key-id': credentials.accessKeyId,
    's3.secret-access-key': credentials.secretAccessKey,
    'client.region': region,
  };
}

/** Spark settings for `s3://` with Hadoop's S3A, which Iceberg's Hadoop catalog uses to find tables. */
export function sparkS3a({ endpoint, region, credentials }: Reach): Record<string, string> {
  const settings = {
    's3.impl': 'org.apache.hadoop.fs.s3a.S3AFileSystem',
    's3a.endpoint': endpoint,
    's3a.endpoint.region': region,
    's3a.path.style.access': 'true',
    's3a.access.key': credentials.accessKeyId,
    's3a.secret.key': credentials.secretAccessKey,
  };
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [`spark.hadoop.fs.${name}`, value]));
}
