/** `worker.allow` of temporal.yaml: what a worker accepts besides the warehouse and the files of its own project. */
import { resolve } from 'node:path';
import { describeError } from '../errors/index.js';
import { isInside, realPath } from '../storage/real-path.js';
import { normalizeWarehouse } from '../storage/warehouse-place.js';
import type { TemporalFile } from './schema.js';
import type { AllowSettings } from './settings.js';
import type { YamlFile } from './yaml-file.js';

/**
 * Reads `worker.allow`: absolute paths and normalized addresses; `undefined` if nothing is allowed. Paths in the file are
 * relative to the project. Mistakes are reported to the file.
 */
export function readAllowed(file: YamlFile<TemporalFile>, projectDir: string): AllowSettings | undefined {
  const { warehouses = [], files = [] } = file.value?.worker?.allow ?? {};
  if (warehouses.length === 0 && files.length === 0) return undefined;
  const addresses = warehouses.flatMap((address) => {
    try {
      return [normalizeWarehouse(address, projectDir)];
    } catch (error) {
      file.report(['worker', 'allow', 'warehouses'], `worker.allow.warehouses: ${describeError(error)}`);
      return [];
    }
  });
  return { warehouses: addresses, files: files.map((path) => resolve(projectDir, path)) };
}

/** The paths that may contain transforms, their imports, and databases: the project, and `worker.allow.files`. */
export function allowedFiles(projectDir: string, allow: AllowSettings | undefined): readonly [string, ...string[]] {
  return [projectDir, ...(allow?.files ?? [])];
}

/** Returns the message for a path that is not inside any of `allowed`; `undefined` if it is inside one. */
export function outsideReason(path: string, allowed: readonly string[]): string | undefined {
  if (isInside(path, allowed)) return undefined;
  const real = realPath(path);
  const link = real === path ? '' : ` (it resolves to ${real})`;
  return `${path} is outside the project${link}, so no worker would use it. Move it into the project, or add it to worker.allow.files in temporal.yaml.`;
}
