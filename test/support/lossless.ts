/** JSON without loss of digits or surrogates: numbers keep their text, and are compared by value. */

/** A number as it was written. */
export class Digits {
  constructor(readonly text: string) {}

  /** Sign, digits and exponent, without what does not change the value: `1.50e1` and `15` are the same. */
  get meaning(): string {
    const [, sign, whole, fraction = '', exponent = '0'] = NUMBER.exec(this.text) as RegExpExecArray;
    const digits = `${whole}${fraction}`.replace(/^0+/, '');
    const significant = digits.replace(/0+$/, '');
    if (significant === '') return `${sign}0`;
    return `${sign}${significant}e${BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length)}`;
  }
}

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
const TOKEN = /[\s]*("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[[\]{}:,])/y;

/** What `JSON.parse` returns, with {@link Digits} for numbers; the text must be JSON. */
export function parseLossless(text: string): unknown {
  let at = 0;
  const next = (): string => {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    if (found === null) throw new Error(`no JSON at ${at}`);
    at = TOKEN.lastIndex;
    return found[1];
  };
  const value = (token: string): unknown => {
    if (token === '{') return object();
    if (token === '[') return array();
    return /^[-\d]/.test(token) ? new Digits(token) : JSON.parse(token);
  };
  const array = (): unknown[] => {
    const elements: unknown[] = [];
    for (let token = next(); token !== ']'; token = next()) if (token !== ',') elements.push(value(token));
    return elements;
  };
  const object = (): Record<string, unknown> => {
    const members: Record<string, unknown> = {};
    for (let token = next(); token !== '}'; token = next()) {
      if (token === ',') continue;
      next();
      const member = { value: value(next()), writable: true, enumerable: true, configurable: true };
      Object.defineProperty(members, JSON.parse(token), member);
    }
    return members;
  };
  return value(next());
}

/** Where two values differ, as a path; `undefined` if they are equal. */
export function difference(one: unknown, two: unknown, path = '$'): string | undefined {
  if (one instanceof Digits && two instanceof Digits) return one.meaning === two.meaning ? undefined : path;
  if (typeof one !== 'object' || typeof two !== 'object' || one === null || two === null)
    return Object.is(one, two) ? undefined : path;
  if (Array.isArray(one) !== Array.isArray(two)) return path;
  const [left, right] = [one as Record<string, unknown>, two as Record<string, unknown>];
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const inner = `${path}.${key}`;
    if (!Object.hasOwn(left, key) || !Object.hasOwn(right, key)) return inner;
    const found = difference(left[key], right[key], inner);
    if (found !== undefined) return found;
  }
  return undefined;
}
