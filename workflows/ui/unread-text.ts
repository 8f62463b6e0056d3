/** Files that are not read, in words: the same on the terminal and in the UI. Pure. */
import type { IgnoredFiles, IgnoredReason, UnreadFile, UnreadFiles } from '../../protocol/messages.js';
import { count, counted } from '../../text/numbers.js';
import { printable } from '../../text/printable.js';

/** `3 CloudTrail files are not read: …`; empty where there are none. */
export function unreadTitle({ files, atLeast }: UnreadFiles): string {
  if (files === 0 && !atLeast) return '';
  if (files === 0) return 'CloudTrail files are not read, because they are not where CloudTrail puts them';
  const many = `${atLeast ? `${count(files)} or more CloudTrail files` : counted(files, 'CloudTrail file')}`;
  const one = files === 1 && !atLeast;
  return `${many} ${one ? 'is' : 'are'} not read, because ${one ? 'it is' : 'they are'} not where CloudTrail puts ${one ? 'it' : 'them'}`;
}

/** A line for each that is named, and one for the others. */
export function unreadLines({ files, atLeast, first }: UnreadFiles): string[] {
  const more = files - first.filter(({ key }) => !key.endsWith('/')).length;
  const rest = atLeast ? ['… and more'] : more > 0 ? [`… and ${count(more)} more`] : [];
  return [...first.map(unreadLine), ...rest];
}

function unreadLine({ key, moveTo }: UnreadFile): string {
  return printable(moveTo === null ? key : `${key} (belongs in ${moveTo})`);
}

const WHY: Readonly<Record<IgnoredReason, (files: number) => string>> = {
  partial_copy: (files) =>
    files === 1
      ? 'looks like a copy that is not finished: a later run reads it under its final name'
      : 'look like copies that are not finished: a later run reads them under their final names',
  not_a_file: (files) =>
    files === 1 ? 'is a pipe, a socket, a device or an empty folder' : 'are pipes, sockets, devices or empty folders',
  broken_link: (files) => (files === 1 ? 'is a link that leads to no file' : 'are links that lead to no file'),
  bad_name: (files) => (files === 1 ? 'has a name that is not UTF-8' : 'have names that are not UTF-8'),
  unreadable: (files) => `${files === 1 ? 'is a folder or link' : 'are folders or links'} that may not be read`,
  key_pattern: (files) => `${files === 1 ? 'does' : 'do'} not match key_pattern`,
};

/** What is no file is called otherwise. */
const NOUN: Partial<Record<IgnoredReason, string>> = {
  not_a_file: 'entry',
  broken_link: 'entry',
  bad_name: 'entry',
  unreadable: 'entry',
};

/** `2 files do not match key_pattern, such as KEY`. */
export function ignoredLine({ why, files, example }: IgnoredFiles): string {
  // Another version may know more reasons.
  const words = Object.hasOwn(WHY, why) ? WHY[why](files) : `left out (${why})`;
  return `${counted(files, NOUN[why] ?? 'file', NOUN[why] && 'entries')} ${words}, such as ${printable(example)}`;
}
