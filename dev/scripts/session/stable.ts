/** Replaces what differs with each recording of the same session: places, times, durations, ports and process ids. */
import type { CastEvent } from './cast.js';

/** The directory that a session shows instead of its own, which has as many characters: so columns stay as wide as they are. */
export const SHOWN_DIRECTORY = '/home/ana/work';

/** What is replaced, and by what; `$1` is the first group. */
const RULES: readonly [pattern: RegExp, by: string][] = [
  // The job that the shell starts in the background.
  [/^(\[1\] )\d+/gm, '$12417'],
  // Another server runs on the machine.
  [/^Port \d+ is in use: [^\r\n]*\r?\n/gm, ''],
  [/(http:\/\/127\.0\.0\.1:)\d+/g, '$18233'],
  [/(?<!\/\/)(127\.0\.0\.1:)\d+/g, '$17233'],
  [/\b20(?!24)\d\d-\d\d-\d\d \d\d:\d\d(?= UTC)/g, '2026-11-30 09:00'],
  [/(?<=took )\d[\d,.]* (?:s|min|ms)(?: \d+ s)?/g, '12 s'],
];

/** The events with all that made stable; the same text for every recording, apart from progress that was under way. */
export function stable(events: readonly CastEvent[], directory: string): CastEvent[] {
  const place = new RegExp(escaped(directory), 'g');
  return [[place, SHOWN_DIRECTORY] as const, ...RULES].reduce<CastEvent[]>(
    (changed, [pattern, by]) => replaceAcross(changed, pattern, by),
    [...events],
  );
}

/** Replaces in the output as if it were one text: what is printed at once may arrive in two events. */
function replaceAcross(events: readonly CastEvent[], pattern: RegExp, by: string): CastEvent[] {
  const output = events.map(([, kind, text]) => (kind === 'o' ? text : ''));
  const whole = output.join('');
  const parts = output.map(() => '');
  let at = 0;
  let event = 0;
  let end = output[0]?.length ?? 0;
  const copyTo = (to: number): void => {
    while (at < to) {
      while (at >= end) end += output[++event].length;
      const stop = Math.min(to, end);
      parts[event] += whole.slice(at, stop);
      at = stop;
    }
  };
  for (const match of whole.matchAll(pattern)) {
    copyTo(match.index);
    while (at >= end) end += output[++event].length;
    parts[event] += by.replaceAll('$1', match[1] ?? '');
    at = match.index + match[0].length;
  }
  copyTo(whole.length);
  return events
    .map(([seconds, kind, text], index) => [seconds, kind, kind === 'o' ? parts[index] : text] as const)
    .filter(([, kind, text]) => kind !== 'o' || text !== '');
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
