/** The path of a value in a record, as `from:` has it. */

/**
 * `requestParameters.bucketName` as keys; a key with a dot stands in double quotes: `requestParameters."aws:tag.name"`.
 * Text instead of keys says what is wrong and what to write.
 */
export function parseRecordPath(path: string): string[] | string {
  const text = path.trim();
  if (text.startsWith('.') || text.startsWith('$')) {
    const rest = text.replace(/^\$?\.?(json\.)?/, '');
    return `A path begins with a key of the record${rest === '' ? '' : `: write ${rest}`}`;
  }
  if (/\[\d*\]|(^|\.)\d+(\.|$)|\[\*\]/.test(text)) {
    return 'A path cannot go into a list: take the list itself (as json, or with a type of list), or use a transform';
  }
  if (text.includes('[')) return 'Keys are separated by dots, and a key with a dot in it stands in double quotes';
  const keys: string[] = [];
  const key = /(?:"((?:[^"\\]|\\.)*)"|([^."\s][^."]*))(\.|$)/y;
  let at = 0;
  while (at < text.length) {
    key.lastIndex = at;
    const found = key.exec(text);
    if (found === null) return 'Keys are separated by one dot each, and a key with a dot in it stands in double quotes';
    keys.push(found[1] === undefined ? found[2].trimEnd() : found[1].replace(/\\(.)/g, '$1'));
    at = key.lastIndex;
    if (found[3] === '.' && at === text.length) return 'A path ends with a key, not with a dot';
  }
  return keys.length === 0 ? 'A path has at least one key' : keys;
}

/** The same path as text. */
export function formatRecordPath(keys: readonly string[]): string {
  return keys.map((key) => (/^[^."[\]\s]+$/.test(key) ? key : `"${key.replace(/["\\]/g, '\\$&')}"`)).join('.');
}
