/** `worker.allow` of temporal.yaml: what a worker accepts beside the warehouse and the files of its own project. */
import { resolve } from 'node:path';
import { describeError } from '../errors/index.js';
import { isInside, realPath } from '../storage/real-path.js';
import { normalizeWarehouse } from '../storage/warehouse-place.js';
import type { TemporalFile } from './schema.js';
import type { AllowSettings } from './settings.js';
import type { YamlFile } from './yaml-file.js';

/** Absolute paths and normalized addresses; paths in the file begin at the project. Mistakes are blamed there. */
export function readAllowed(file: YamlFile<TemporalFile>, projectDir: string): AllowSettings | undefined {
  const { warehouses = [], files = [] } = file.value?.worker?.allow ?? {};
  if (warehouses.length === 0 && files.length === 0) return undefined;
  const addresses = warehouses.flatMap((address) => {
    try {
      return [normalizeWarehouse(address, projectDir)];
    } catch (error) {
      file.blame(['worker', 'allow', 'warehouses'], `worker.allow.warehouses: ${describeError(error)}`);
      return [];
    }
  });
  return { warehouses: addresses, files: files.map((path) => resolve(projectDir, path)) };
}

/** Where transforms, what they import, and databases may lie: the project, and what is allowed beside it. */
export function allowedFiles(projectDir: string, allow: AllowSettings | undefined): readonly [string, ...string[]] {
  return [projectDir, ...(allow?.files ?? [])];
}

/** Of a path that lies in none of `allowed` (the project first): what to say of it. */
export function outsideReason(path: string, allowed: readonly string[]): string | undefined {
  if (isInside(path, allowed)) return undefined;
  const real = realPath(path);
  const link = real === path ? '' : ` (it is really ${real})`;
  return `${path} is outside of the project${link}, so no worker would use it. Move it into the project, or add it to worker.allow.files of temporal.yaml.`;
}
