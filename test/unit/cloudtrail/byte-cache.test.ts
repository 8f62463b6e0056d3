import { ByteCache } from '../../../cloudtrail/derived/byte-cache.js';
import { wordsOf } from '../../../columnar/words.js';

/** A cache that counts what it asks. */
function counting() {
  const asked: string[] = [];
  const cache = new ByteCache((text) => {
    asked.push(text);
    return `<${text}>`;
  });
  const get = (text: string, before = '', after = '') => {
    const bytes = Buffer.from(before + text + after);
    const from = Buffer.byteLength(before);
    return cache.get(wordsOf(bytes), from, from + Buffer.byteLength(text));
  };
  return { asked, get };
}

test('a text is looked up once, wherever its bytes are', () => {
  const { asked, get } = counting();
  expect([get('CreateUser'), get('CreateUser', 'xy', 'z'), get('é🎉'), get('é🎉', 'a')]).toEqual([
    '<CreateUser>',
    '<CreateUser>',
    '<é🎉>',
    '<é🎉>',
  ]);
  expect(asked).toEqual(['CreateUser', 'é🎉']);
});

test('texts that differ in any byte have separate results', () => {
  const { get } = counting();
  const long = 'x'.repeat(300);
  for (const text of ['', 'a', long, `${long}x`]) expect(get(text)).toBe(`<${text}>`);
  for (let i = 0; i < long.length; i++) {
    const changed = `${long.slice(0, i)}y${long.slice(i + 1)}`;
    expect(get(changed)).toBe(`<${changed}>`);
  }
  expect(get(long)).toBe(`<${long}>`);
});

test('more texts than it holds get correct results, and the oldest are evicted', () => {
  const { asked, get } = counting();
  const names = Array.from({ length: 50_000 }, (_, i) => `name-${i}`);
  for (let round = 0; round < 2; round++) expect(names.filter((name) => get(name) !== `<${name}>`)).toEqual([]);
  // If all were kept, the second round would ask nothing.
  expect(asked.length).toBeGreaterThan(95_000);
});

test('a very long text gets a result, but is not cached', () => {
  const { asked, get } = counting();
  const long = 'x'.repeat(5000);
  expect([get(long), get(long)]).toEqual([`<${long}>`, `<${long}>`]);
  expect(asked).toHaveLength(2);
});
