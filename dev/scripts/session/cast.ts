/** Recordings of a terminal, as files in the format asciicast v2: https://docs.asciinema.org/manual/asciicast/v2/ */

/** Output (`o`) or the end of a scene (`m`: a marker, with the scene's name), seconds after the start. */
export type CastEvent = readonly [seconds: number, kind: 'o' | 'm', text: string];

export interface Recording {
  columns: number;
  rows: number;
  events: readonly CastEvent[];
}

/** The text of an asciicast file: a header, then an event a line. */
export function writeCast({ columns, rows, events }: Recording): string {
  const env = { TERM: 'xterm-256color', SHELL: '/bin/bash' };
  const title = 'Trailmill: from an empty directory to an answer';
  const header = { version: 2, width: columns, height: rows, title, env };
  return [header, ...events].map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** Reads what {@link writeCast} wrote. */
export function readCast(text: string): Recording {
  const [header, ...events] = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { columns: header.width, rows: header.height, events };
}
