/** Positions in the sources of a transform, of errors in its bundled script. */
import { SourceMap, type SourceMapPayload } from 'node:module';
import { dirname, join } from 'node:path';
import { types } from 'node:util';
import { realPath } from '../../storage/real-path.js';
import { mappedScript } from './modules.js';

/** A line of a module. */
export interface SourcePosition {
  /** Absolute path. */
  file: string;
  /** From 1. */
  line: number;
}

/**
 * Returns the position of the innermost call of the transform `path` in the stack of an error that it threw; `undefined` if
 * there is none. Runs the code of the transform if that has replaced the error's stack with a getter.
 */
export function positionOf(path: string, error: unknown): SourcePosition | undefined {
  const stack = stackOf(error);
  const escaped = path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const frame = new RegExp(`(?:^|[\\s(])${escaped}:(\\d+)(?::(\\d+))?`, 'm').exec(stack);
  if (frame === null) return undefined;
  const entry = sourceMapOf(path)?.findEntry(Number(frame[1]) - 1, Number(frame[2] ?? 1) - 1);
  if (entry === undefined || !('originalSource' in entry)) return undefined;
  return { file: join(dirname(realPath(path)), entry.originalSource), line: entry.originalLine + 1 };
}

function stackOf(error: unknown): string {
  try {
    return types.isNativeError(error) ? `${error.stack}` : '';
  } catch {
    return '';
  }
}

const maps = new Map<string, SourceMap | undefined>();

function sourceMapOf(path: string): SourceMap | undefined {
  if (!maps.has(path)) maps.set(path, readSourceMap(path));
  return maps.get(path);
}

function readSourceMap(path: string): SourceMap | undefined {
  try {
    const [, encoded] =
      /\n\/\/# sourceMappingURL=data:application\/json;base64,(\S+)\s*$/.exec(mappedScript(path)) ?? [];
    if (encoded === undefined) return undefined;
    return new SourceMap(JSON.parse(Buffer.from(encoded, 'base64').toString()) as SourceMapPayload);
  } catch {
    // It was changed after it was loaded.
    return undefined;
  }
}
