/** The words of a command of the shell. Pure. */
import { UserMistake } from '../../../errors/index.js';

/** Words at spaces; single and double quotes keep spaces in a word, as in a POSIX shell, but without escapes. */
export function wordsIn(text: string): string[] {
  const words = [...text.trim().matchAll(/(?:[^\s'"]|'[^']*'|"[^"]*")+|['"].*$/gs)].map(([word]) => word);
  if (words.some((word) => /^(?:[^'"]|'[^']*'|"[^"]*")*['"][^'"]*$/.test(word) && !isClosed(word)))
    throw new UserMistake(
      'A quotation mark is not closed.',
      'Write a value with spaces in quotes: --name "two words".',
    );
  return words.map((word) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, (_, single?: string, double?: string) => single ?? double ?? ''),
  );
}

const isClosed = (word: string): boolean => /^(?:[^'"]|'[^']*'|"[^"]*")*$/.test(word);
