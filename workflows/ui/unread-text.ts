/** Texts about files that are not read. The terminal and the UI share them. Pure. */
import type { IgnoredFiles, IgnoredReason, UnreadFile, UnreadFiles } from '../../protocol/messages.js';
import { count, counted } from '../../text/numbers.js';
import { printable } from '../../text/printable.js';

/** Returns a title such as `3 CloudTrail files are not read, because …`; empty if there are none. */
export function unreadTitle({ files, atLeast }: UnreadFiles): string {
  if (files === 0 && !atLeast) return '';
  if (files === 0) return 'CloudTrail files are not read, because they are not where CloudTrail delivers files';
  const many = `${atLeast ? `${count(files)} or more CloudTrail files` : counted(files, 'CloudTrail file')}`;
  const one = files === 1 && !atLeast;
  return `${many} ${one ? 'is' : 'are'} not read, because ${one ? 'it is' : 'they are'} not where CloudTrail delivers files`;
}

/** Returns a line for each listed file, and one for the others. */
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
      ? 'looks like an unfinished copy; a later run reads it under its final name'
      : 'look like unfinished copies; a later run reads them under their final names',
  not_a_file: (files) =>
    files === 1 ? 'is a pipe, a socket, a device or an empty folder' : 'are pipes, sockets, devices or empty folders',
  broken_link: (files) => (files === 1 ? 'is a broken link' : 'are broken links'),
  bad_name: (files) => (files === 1 ? 'has a name that is not UTF-8' : 'have names that are not UTF-8'),
  unreadable: (files) =>
    `${files === 1 ? 'is a folder or link' : 'are folders or links'} that Trailmill has no permission to read`,
  awaiting_digest: (files) =>
    files === 1
      ? 'is held back until a digest lists it (integrity: required); a later run reads it'
      : 'are held back until digests list them (integrity: required); a later run reads them',
  up_to_date: (files) => `${files === 1 ? 'was' : 'were'} already written with this configuration`,
  not_kept: (files) => `${files === 1 ? 'has' : 'have'} only events of days that retention has removed`,
  replaced: (files) =>
    files === 1
      ? 'keeps its rows: its object was replaced, and the rows of both cannot be told apart'
      : 'keep their rows: their objects were replaced, and the rows of both cannot be told apart',
  key_pattern: (files) => `${files === 1 ? 'does' : 'do'} not match key_pattern`,
};

/** The noun for things that are not files. */
const NOUN: Partial<Record<IgnoredReason, string>> = {
  not_a_file: 'entry',
  broken_link: 'entry',
  bad_name: 'entry',
  unreadable: 'entry',
};

/** Returns a line about ignored files: `2 files do not match key_pattern, such as KEY`. */
export function ignoredLine({ why, files, example }: IgnoredFiles): string {
  // A worker of another version may report other reasons.
  const words = Object.hasOwn(WHY, why) ? WHY[why](files) : `ignored (${why})`;
  return `${counted(files, NOUN[why] ?? 'file', NOUN[why] && 'entries')} ${words}, such as ${printable(example)}`;
}
