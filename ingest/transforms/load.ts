/** Loads transforms. A module is bundled once per thread, and evaluated in a new realm for each batch. */
import type { TransformRef } from '../../cloudtrail/table-config.js';
import type { Transform } from '../../cloudtrail/transform.js';
import { assertUnchanged, bundleTransform } from './modules.js';
import { transformIn } from './realm.js';

/** Maximum cached realms: a thread alternates between batches. */
const MAX_REALMS = 8;

const scripts = new Map<string, string>();
const loaded = new Map<string, Transform>();

/**
 * Returns the function of a transform. Throws `UserMistake` with the place and the reason if the module is not valid.
 * @param batch transforms of different batches share no state
 * @param allowed files and directories that it may load modules from; absent means all
 * @param run wraps the evaluation of the module's own code
 */
export function loadTransform(
  ref: TransformRef,
  batch = '',
  allowed?: readonly string[],
  run: (load: () => Transform) => Transform = (load) => load(),
): Transform {
  const version = JSON.stringify(ref);
  const id = `${version} ${batch}`;
  let transform = loaded.get(id);
  if (transform === undefined) {
    const script = scriptOf(ref, version, allowed);
    transform = run(() => transformIn(ref.path, script));
    loaded.set(id, transform);
    const [oldest] = loaded.keys();
    if (loaded.size > MAX_REALMS) loaded.delete(oldest);
  }
  return transform;
}

function scriptOf(ref: TransformRef, version: string, allowed: readonly string[] | undefined): string {
  let script = scripts.get(version);
  if (script === undefined) {
    const bundled = bundleTransform(ref.path, allowed);
    assertUnchanged(ref, bundled);
    script = bundled.script;
    scripts.set(version, script);
  }
  return script;
}
