/** docs/verify.md names every result code of a verification where it belongs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { INTEGRITY_CODES, QUARANTINE_CODES } from '../../../errors';

const PAGE = readFileSync(join(__dirname, '../../../docs/verify.md'), 'utf8');
const codesIn = (text: string): string[] => [...text.matchAll(/`([a-z_]+)`/g)].map(([, code]) => code);

describe('docs/verify.md', () => {
  it.each(['log file', 'digest', 'chain'] as const)('has all codes of a %s by their status', (subject) => {
    const [, failed, unproven] = new RegExp(`^\\| ${subject} \\| (.*) \\| (.*) \\|$`, 'm').exec(PAGE) ?? [];
    const codesOf = (status: string): string[] =>
      Object.entries(INTEGRITY_CODES)
        .filter(([, one]) => one.of === subject && one.status === status)
        .map(([code]) => code)
        .sort();
    expect([codesIn(failed).sort(), codesIn(unproven).sort()]).toEqual([codesOf('failed'), codesOf('unproven')]);
  });

  it('has no code that does not exist', () => {
    const known = new Set([INTEGRITY_CODES, QUARANTINE_CODES].flatMap((codes) => Object.keys(codes)));
    const words = codesIn(PAGE).filter((word) => /_/.test(word) && !/^integrity_/.test(word));
    expect(words.filter((word) => !known.has(word))).toEqual([]);
  });
});
