/** What a transform sets, copied into plain values of this side before anything is done with it. */
import { types } from 'node:util';

/** UTF-16 units of text in one value. AWS's largest records have less. */
const MOST_TEXT = 1 << 20;
/** Lists, structs and their members. */
const MOST_PARTS = 100_000;
const MOST_LEVELS = 32;

/**
 * The value as this realm's own arrays and objects: getters, proxies and iterators of the transform run here, and not while
 * a column is written. Throws `TypeError` for a value without a bound.
 */
export function plainValue(value: unknown): unknown {
  const budget = { text: MOST_TEXT, parts: MOST_PARTS };
  return copy(value, budget, 0);
}

function copy(value: unknown, budget: { text: number; parts: number }, level: number): unknown {
  if (typeof value === 'string') {
    budget.text -= value.length;
    if (budget.text < 0) throw new TypeError('the value has more than 1 MiB of text');
    return value;
  }
  if (typeof value === 'function' || typeof value === 'symbol') throw new TypeError(`a ${typeof value} is no value`);
  if (typeof value !== 'object' || value === null) return value;
  if (level === MOST_LEVELS) throw new TypeError(`the value has more than ${MOST_LEVELS} levels`);
  if (types.isDate(value)) return new Date(Date.prototype.getTime.call(value));
  if (types.isBoxedPrimitive(value)) return copy(value.valueOf(), budget, level + 1);
  const spend = (parts: number): void => {
    budget.parts -= parts;
    if (!(budget.parts >= 0)) throw new TypeError(`the value has more than ${MOST_PARTS} members`);
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
