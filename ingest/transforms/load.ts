/** A transform's module → its function: bundled once a thread, and loaded anew, in a realm of its own, for each batch. */
import type { TransformRef } from '../../cloudtrail/table-config.js';
import type { Transform } from '../../cloudtrail/transform.js';
import { assertUnchanged, bundleTransform } from './modules.js';
import { transformIn } from './realm.js';

/** Realms that are kept: batches take turns in a thread. */
const KEPT = 8;

const scripts = new Map<string, string>();
const loaded = new Map<string, Transform>();

/**
 * Throws `UserMistake`: what is wrong with the module, and where.
 * @param batch what has another one shares no state with it
 * @param allowed where its modules may lie; absent: anywhere
 * @param run wraps what runs the module's own code
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
    if (loaded.size > KEPT) loaded.delete(oldest);
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
