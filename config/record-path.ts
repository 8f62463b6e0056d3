/** The path of a value in a record, as written in `from:`. */

/**
 * Parses `requestParameters.bucketName` into keys; a key that contains a dot is in double quotes:
 * `requestParameters."aws:tag.name"`. If the path is not valid, returns a message that says what to write.
 */
export function parseRecordPath(path: string): string[] | string {
  const text = path.trim();
  if (text.startsWith('.') || text.startsWith('$')) {
    const rest = text.replace(/^\$?\.?(json\.)?/, '');
    return `A path must begin with a key of the record${rest === '' ? '' : `: write ${rest}`}`;
  }
  if (/\[\d*\]|(^|\.)\d+(\.|$)|\[\*\]/.test(text)) {
    return 'A path cannot go into a list: use the list itself (as json, or with a list type) or a transform';
  }
  if (text.includes('[')) return 'Keys are separated by dots, and a key that contains a dot must be in double quotes';
  const keys: string[] = [];
  const key = /(?:"((?:[^"\\]|\\.)*)"|([^."\s][^."]*))(\.|$)/y;
  let at = 0;
  while (at < text.length) {
    key.lastIndex = at;
    const found = key.exec(text);
    if (found === null)
      return 'Keys are separated by single dots, and a key that contains a dot must be in double quotes';
    keys.push(found[1] === undefined ? found[2].trimEnd() : found[1].replace(/\\(.)/g, '$1'));
    at = key.lastIndex;
    if (found[3] === '.' && at === text.length) return 'A path must end with a key, not with a dot';
  }
  return keys.length === 0 ? 'A path must have at least one key' : keys;
}

/** Formats keys as a path; the inverse of `parseRecordPath`. */
export function formatRecordPath(keys: readonly string[]): string {
  return keys.map((key) => (/^[^."[\]\s]+$/.test(key) ? key : `"${key.replace(/["\\]/g, '\\$&')}"`)).join('.');
}
