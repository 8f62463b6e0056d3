/** Copies values that a transform sets to plain values of the decoder's realm before they are used. */
import { types } from 'node:util';

/** Maximum UTF-16 code units of text in one value. The largest AWS records have fewer. */
const MAX_TEXT = 1 << 20;
/** Maximum members of all lists and structs in one value. */
const MAX_MEMBERS = 100_000;
const MAX_LEVELS = 32;

/**
 * Copies a value to arrays and objects of this realm, so that getters and proxies of the transform run now, and not while a
 * column is being written. Throws `TypeError` for a value that exceeds the limits or has no plain form.
 */
export function plainValue(value: unknown): unknown {
  const budget = { text: MAX_TEXT, members: MAX_MEMBERS };
  return copy(value, budget, 0);
}

function copy(value: unknown, budget: { text: number; members: number }, level: number): unknown {
  if (typeof value === 'string') {
    budget.text -= value.length;
    if (budget.text < 0) throw new TypeError('the value has more than 1 MiB of text');
    return value;
  }
  if (typeof value === 'function' || typeof value === 'symbol')
    throw new TypeError(`a ${typeof value} is not a valid value`);
  if (typeof value !== 'object' || value === null) return value;
  if (level === MAX_LEVELS) throw new TypeError(`the value has more than ${MAX_LEVELS} levels`);
  if (types.isDate(value)) return new Date(Date.prototype.getTime.call(value));
  if (types.isBoxedPrimitive(value)) return copy(value.valueOf(), budget, level + 1);
  const spend = (members: number): void => {
    budget.members -= members;
    if (!(budget.members >= 0)) throw new TypeError(`the value has more than ${MAX_MEMBERS} members`);
  };
  if (Array.isArray(value)) {
    const { length } = value;
    spend(length);
    return Array.from({ length }, (_, at) => copy(value[at], budget, level + 1));
  }
  const names = Object.keys(value);
  spend(names.length);
  const members: Record<string, unknown> = Object.create(null);
  for (const name of names) members[name] = copy((value as Record<string, unknown>)[name], budget, level + 1);
  return members;
}
