// The source map that webpack puts at the end of a workflow bundle, without what belongs to the machine it was built on.
import { sep } from 'node:path';

const COMMENT = '//# sourceMappingURL=data:application/json;charset=utf-8;base64,';

/**
 * The bundle with paths relative to `root` in its source map, so that stack traces name the same file everywhere and the same
 * sources give the same bytes: the build id of a worker is a hash of them. The sources themselves are left out. They are two
 * thirds of the bundle, and only a worker with `showStackTraceSources` would read them.
 */
export function portableBundle(code, root = process.cwd()) {
  const at = code.lastIndexOf(COMMENT);
  if (at < 0) throw new Error('The workflow bundle ends without a source map of the known form.');
  const { sourcesContent: _, ...map } = JSON.parse(Buffer.from(code.slice(at + COMMENT.length), 'base64').toString());
  // Some have a prefix: ignored|/…/node_modules/@temporalio/workflow/lib|…
  const from = `${root}${sep}`;
  const local = (part) => (part.startsWith(from) ? part.slice(from.length) : part);
  const sources = map.sources.map((path) => path.split('|').map(local).join('|'));
  const json = JSON.stringify({ ...map, sources });
  return `${code.slice(0, at)}${COMMENT}${Buffer.from(json).toString('base64')}`;
}
