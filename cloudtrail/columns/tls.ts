/**
 * The TLS connection of a request:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
import * as derive from '../derived.js';
import { type CloudTrailColumn, ct, derived } from './column.js';

/** The columns `tls.*`. */
export const TLS_COLUMNS: readonly CloudTrailColumn[] = [
  derived('tls.cipher', 'string', derive.firstOf('aws.cloudtrail.tls_details.cipher_suite'), 'Cipher suite'),
  derived(
    'tls.client.server_name',
    'string',
    derive.clientHostName,
    'Host name that the client called: lower case, without a port',
  ),
  derived('tls.version', 'string', derive.tlsVersion, 'TLS version number: `1.2`'),
  derived(
    'tls.version_protocol',
    'string',
    derive.tlsProtocol,
    '`tls`, or `ssl` for SSL 2 and 3; null if the version is not known',
  ),
];

/** The columns `aws.cloudtrail.tls_details.*`: the values as delivered. */
export const TLS_DETAILS_COLUMNS: readonly CloudTrailColumn[] = [
  ct('tls_details.tls_version', 'tlsDetails.tlsVersion', 'text', 'TLS version, as delivered: `TLSv1.2`'),
  ct('tls_details.cipher_suite', 'tlsDetails.cipherSuite', 'text', 'Cipher suite, as delivered'),
  ct(
    'tls_details.client_provided_host_header',
    'tlsDetails.clientProvidedHostHeader',
    'text',
    'Host that the client called, as delivered',
  ),
  ct('tls_details.key_exchange', 'tlsDetails.keyExchange', 'text', 'Key exchange'),
];
