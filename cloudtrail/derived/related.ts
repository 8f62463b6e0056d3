/** related.*: what an event names, whatever part it has in it; each once. */
import { isIP } from 'node:net';
import { appendDistinct, type Computed, textOf } from './derivation.js';

function distinct(...inputs: string[]): Computed {
  return { inputs, run: (columns, out, row) => appendDistinct(out, columns, row) };
}

/** In this order: who called, whom it is about, the new name. */
export const relatedUser = distinct('aws.cloudtrail.user_identity.user_name', 'user.target.name', 'user.changes.name');

/** A service that called (`cloudformation.amazonaws.com`) is a principal, not a host that anyone talked to. */
export const relatedHosts = distinct('tls.client.server_name', 'requestParameters.Host');

/** UpdateFunctionCode and its like; PutImage. */
export const relatedHash = distinct('responseElements.codeSha256', 'responseElements.image.imageId.imageDigest');

/** AssociateAddress, ReleaseAddress, AllocateAddress, RunInstances, CreateNetworkInterface. */
export const relatedIp: Computed = {
  inputs: [
    'source.ip',
    'requestParameters.publicIp',
    'requestParameters.privateIpAddress',
    'responseElements.publicIp',
    'responseElements.networkInterface.privateIpAddress',
  ],
  run(columns, out, row) {
    appendDistinct(out, columns, row, (column, index) => index === 0 || isIP(textOf(column, row) as string) !== 0);
  },
};
