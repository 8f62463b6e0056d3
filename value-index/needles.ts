/** The texts that are searched, and what kind of value each is, by its form alone. Pure. */
import { isIP } from 'node:net';
import { canonical, type Network, networkFrom, networkText, UUID } from './addresses.js';
import { isTimeText } from './text-forms.js';
import { MAX_VALUE_BYTES } from './values.js';

/** What a searched text is. `name`: anything else, such as the name of a user, role, session, bucket or key. */
export type ValueKind = 'access key id' | 'IP address' | 'CIDR' | 'ARN' | 'account' | 'UUID' | 'name';

/** A text that is searched. */
export interface Needle {
  /** As it was given. */
  given: string;
  kind: ValueKind;
  /** The form that values are compared with; for a CIDR its first address and the length of its prefix. */
  text: string;
  /** Set for a CIDR. */
  network?: Network;
}

/** IAM's unique ids of access keys (AKIA: permanent, ASIA: temporary) have 20 characters; those of old keys may have 16. */
const ACCESS_KEY = /^A[KS]IA[A-Z2-7]{12,28}$/;
const ACCOUNT = /^\d{12}$/;
const ARN = /^arn:[^:]*:[^:]*:[^:]*:[^:]*:./s;

/** Recognizes a searched text. Returns why it cannot be searched if it is not a value: see values.ts. */
export function needleOf(given: string): Needle | { problem: string } {
  const problem = problemOf(given);
  if (problem !== undefined) return { problem };
  const network = networkFrom(given);
  if (network !== undefined && 'problem' in network) return network;
  if (network !== undefined && network.bits < (network.version === 4 ? 32 : 128))
    return { given, kind: 'CIDR', text: networkText(network), network };
  const text = canonical(network === undefined ? given : given.slice(0, given.indexOf('/')));
  return { given, kind: kindOf(text), text };
}

function kindOf(text: string): ValueKind {
  if (ACCESS_KEY.test(text)) return 'access key id';
  if (ACCOUNT.test(text)) return 'account';
  if (UUID.test(text)) return 'UUID';
  if (ARN.test(text)) return 'ARN';
  return isIP(text) === 0 ? 'name' : 'IP address';
}

function problemOf(given: string): string | undefined {
  if (given.trim() === '') return 'it is empty';
  if (Buffer.byteLength(given) > MAX_VALUE_BYTES) return `it has more than ${MAX_VALUE_BYTES} bytes`;
  if (/^(\{.*\}|\[.*\])$/s.test(given)) return 'it is JSON: pass one of the strings in it';
  if (isTimeText(given)) return 'it is a time';
  const [address] = given.split('/');
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(address) && isIP(address) === 0)
    return 'it looks like an IP address, but is not valid';
  return undefined;
}
