/** The files of the recorded session in docs/session/. */
import { join } from 'node:path';
import { type Recording, writeCast } from './cast.js';
import { pictureOf } from './picture.js';
import { screensOf } from './screen.js';
import { SCENES } from './steps.js';

/** Where they are, in the repository. */
export const SESSION_DIRECTORY = join('docs', 'session');

/** The name of the recording in a terminal of this size. */
export function castName({ columns, rows }: { columns: number; rows: number }): string {
  return `${columns}x${rows}.cast`;
}

/** The recording and the picture of each scene: their names and texts. */
export async function sessionFiles(recording: Recording): Promise<Record<string, string>> {
  const size = `${recording.columns}x${recording.rows}`;
  const pictures = (await screensOf(recording)).map((screen, index) => {
    const title = SCENES.find(({ name }) => name === screen.name)?.title ?? screen.name;
    return [`${size}-${index + 1}-${screen.name}.svg`, pictureOf(screen, title)];
  });
  return { [castName(recording)]: writeCast(recording), ...Object.fromEntries(pictures) };
}
