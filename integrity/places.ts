/** Which rows a task reads: a part of the places (accounts and regions) that fits in memory, and those that a user asked for. */
import { parseObjectKey } from '../cloudtrail/object-key.js';
import { placeOf } from './digest.js';

/** A selection of places. Empty or absent lists select everything. Structured-cloneable. */
export interface Places {
  /** Places whose hash modulo `of` is `index`. */
  index: number;
  of: number;
  accounts?: readonly string[];
  regions?: readonly string[];
}

/** Whether the file with this key is at one of the places. */
export function isAtPlaces(key: string, { index, of, accounts = [], regions = [] }: Places): boolean {
  if (of > 1 && hashOf(placeOf(key)) % of !== index) return false;
  if (accounts.length === 0 && regions.length === 0) return true;
  const { account = '', region = '' } = parseObjectKey(key) ?? {};
  const allows = (list: readonly string[], value: string): boolean => list.length === 0 || list.includes(value);
  return allows(accounts, account) && allows(regions, region);
}

/** 32-bit FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
