/** Resolves paths: without symbolic links and `..`, and in the case that the file system uses. */
import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';

/** The real path of `path`. If it does not exist: the real path of its nearest existing ancestor, plus the rest as written. */
export function realPath(path: string): string {
  const absolute = resolve(path);
  try {
    // The native version also returns the stored case of names on case-insensitive file systems.
    return realpathSync.native(absolute);
  } catch {
    const parent = dirname(absolute);
    return parent === absolute ? absolute : join(realPath(parent), basename(absolute));
  }
}

/** Whether the path is one of `roots` (files or directories) or inside one of them. Links are resolved on both sides. */
export function isInside(path: string, roots: readonly string[]): boolean {
  const real = realPath(path);
  return roots.some((root) => {
    const rest = relative(realPath(root), real);
    return rest === '' || !(rest === '..' || /^\.\.[\\/]/.test(rest) || isAbsolute(rest));
  });
}
