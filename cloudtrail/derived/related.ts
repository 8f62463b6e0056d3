/** related.*: the distinct values that occur in an event in any role. */
import type { AnyColumn, ListColumn } from '../../columnar/nested.js';
import type { StringColumn } from '../../columnar/string-column.js';
import { Text } from '../../columnar/words.js';
import { EC2_ADDRESSES } from '../columns/hidden-inputs.js';
import { ipAddressOf } from './address.js';
import { ByteCache } from './byte-cache.js';
import { addDistinct, addText, appendDistinct, type Computed } from './derivation.js';
import { HOSTS } from './host.js';

const SERVER_NAME = 'tls.client.server_name';
const HOST_HEADER = 'aws.cloudtrail.tls_details.client_provided_host_header';
/** The `Host` header of a request to S3: a text or a list. */
const HOST_PARAMETERS = ['requestParameters.Host[]', 'requestParameters.host[]'];

function distinct(...inputs: string[]): Computed {
  return { inputs, run: (columns, out, row) => appendDistinct(out, columns, row) };
}

/**
 * related.user, in this order: the caller, the user that the request is about, its new name, the new session, users in the
 * response.
 */
export const relatedUser = distinct(
  'user.name',
  'aws.cloudtrail.user_identity.user_name',
  'aws.cloudtrail.user_identity.session_context.session_issuer.user_name',
  'aws.cloudtrail.user_identity.session_name',
  'aws.cloudtrail.user_identity.session_context.source_identity',
  'additionalEventData.UserName',
  'user.target.name',
  'requestParameters.username',
  'user.changes.name',
  'requestParameters.roleSessionName',
  'requestParameters.sourceIdentity',
  'responseElements.user.userName',
  'responseElements.accessKey.userName',
);

/** related.hash: from UpdateFunctionCode, PublishLayerVersion and similar calls, and from PutImage. */
export const relatedHash = distinct(
  'responseElements.codeSha256',
  'responseElements.content.codeSha256',
  'responseElements.image.imageId.imageDigest',
);

/** Returns the value to add for a text of the record, if any. */
type Find = (words: DataView, from: number, to: number) => Text | undefined;

/** Adds the values found in the texts of `columns[begin..end)`, which are text or list columns. */
function addFound(
  out: AnyColumn,
  columns: readonly AnyColumn[],
  begin: number,
  end: number,
  row: number,
  find: Find,
): void {
  for (let i = begin; i < end; i++) {
    const column = columns[i];
    if (!column.has(row)) continue;
    const isList = 'child' in column;
    const texts = (isList ? column.child : column) as StringColumn;
    const from = isList ? (column as ListColumn).offsets[row] : row;
    const to = isList ? (column as ListColumn).offsets[row + 1] : row + 1;
    for (let at = from; at < to; at++) {
      if (!texts.has(at)) continue;
      const found = find(texts.words, texts.offsets[at], texts.offsets[at + 1]);
      if (found !== undefined) addDistinct(out, row, found.words, 0, found.length);
    }
  }
}

const hostName: Find = (words, from, to) => HOSTS.get(words, from, to).name;
const hostAddress: Find = (words, from, to) => HOSTS.get(words, from, to).ip;

/** related.hosts. A calling service (`cloudformation.amazonaws.com`) is a principal, not a host that was contacted. */
export const relatedHosts: Computed = {
  inputs: [SERVER_NAME, ...HOST_PARAMETERS],
  run(columns, out, row) {
    const [serverName] = columns;
    if (serverName.has(row)) addText(out, serverName, row);
    addFound(out, columns, 1, columns.length, row, hostName);
  },
};

const ADDRESSES = new ByteCache((text) => {
  const address = ipAddressOf(text);
  return address === undefined ? undefined : new Text(address);
});
const address: Find = (words, from, to) => ADDRESSES.get(words, from, to);

/** related.ip: source.ip, then hosts that are addresses, then the addresses of EC2. */
export const relatedIp: Computed = {
  inputs: ['source.ip', SERVER_NAME, HOST_HEADER, ...HOST_PARAMETERS, EC2_ADDRESSES],
  run(columns, out, row) {
    const [sourceIp, serverName] = columns;
    const ec2Index = columns.length - 1;
    if (sourceIp.has(row)) addText(out, sourceIp, row);
    // If the Host header is a name, it is not an address.
    addFound(out, columns, serverName.has(row) ? 3 : 2, ec2Index, row, hostAddress);
    addFound(out, columns, ec2Index, columns.length, row, address);
  },
};
