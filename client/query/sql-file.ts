/** SQL in a file. */
import { readFile } from 'node:fs/promises';
import { systemCodeOf, UserMistake } from '../../errors/index.js';

/** The content of the file. Throws `UserMistake` if it cannot be read. */
export async function contentOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UserMistake(
      `The file ${path} cannot be read (${systemCodeOf(error)}).`,
      'Pass a file that contains SQL.',
      { cause: error },
    );
  }
}
