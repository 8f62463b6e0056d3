/** Where a path really is: without symbolic links and `..`, and in the spelling of the file system. */
import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';

/** Of a path that need not exist: the real path of its nearest ancestor that does, and the rest as it is written. */
export function realPath(path: string): string {
  const absolute = resolve(path);
  try {
    // The native one also gives the case of names on file systems that ignore it.
    return realpathSync.native(absolute);
  } catch {
    const parent = dirname(absolute);
    return parent === absolute ? absolute : join(realPath(parent), basename(absolute));
  }
}

/** Is the path one of `roots` (files or directories), or below one of them? Links are followed on both sides. */
export function liesIn(path: string, roots: readonly string[]): boolean {
  const real = realPath(path);
  return roots.some((root) => {
    const rest = relative(realPath(root), real);
    return rest === '' || !(rest === '..' || /^\.\.[\\/]/.test(rest) || isAbsolute(rest));
  });
}
