/**
 * Runs a transform in its own realm (https://nodejs.org/api/vm.html), with separate intrinsics such as Object and Array.
 * Changes to their prototypes do not affect the decoder or other batches, which get new realms. This is not a security
 * boundary: a transform is the project's own code.
 */
import { createRequire, isBuiltin } from 'node:module';
import { dirname } from 'node:path';
import { types } from 'node:util';
import { compileFunction, createContext, runInContext } from 'node:vm';
import type { DecodedRow } from '../../cloudtrail/decoder/row-view.js';
import type { CellValue, Transform } from '../../cloudtrail/transform.js';
import { UserMistake } from '../../errors/index.js';
import { realPath } from '../../storage/real-path.js';
import { CORRECT_IT, TYPES_MODULE } from './modules.js';
import { plainValue } from './plain-value.js';
import { positionOf } from './positions.js';

type RealmFunction = (row: unknown) => unknown;

/** Runs the script in a new realm and returns the function that it exports. Throws `UserMistake` if it does not export one. */
export function transformIn(path: string, script: string): Transform {
  // The realm has its own microtask queue, which is not run after loading, so asynchronous code never continues.
  const context = createContext(globalsOf(), { name: path, microtaskMode: 'afterEvaluate' });
  runInContext('globalThis.global = globalThis', context);
  const host = new Host();
  const { row, next } = (runInContext(`(${makeRow})`, context) as typeof makeRow)(host.bridge());
  const exported = evaluate(path, script, context);
  const transform = functionOf(path, exported) as RealmFunction;
  const called: Transform = (view) => {
    host.view = view as DecodedRow;
    next();
    const result = transform(row);
    return (result === row ? view : result) as ReturnType<Transform>;
  };
  // The name is used in messages.
  return Object.defineProperty(called, 'name', { value: path });
}

/** How the row in the realm accesses the decoder's row. Only plain values are passed to the realm. */
interface Bridge {
  get(name: string): CellValue | undefined;
  /** Returns an error message; `undefined` if it succeeded. */
  set(name: string, value: unknown): string | undefined;
  /** Returns the text of the record, or an empty string if `known` is true and the text has not changed. */
  record(known: boolean): string | undefined;
  /** The key of the table, without an error if there is no row. */
  table(): string;
  /** The error message after `get` or `record` returned `undefined`. */
  failure(): string;
}

class Host {
  view: DecodedRow | undefined;
  private failure = '';

  bridge(): Bridge {
    const attempt = <T>(use: (view: DecodedRow) => T): T | undefined => {
      try {
        if (this.view === undefined) throw new TypeError('there is no row while the module is being loaded');
        return use(this.view);
      } catch (error) {
        this.failure = error instanceof Error ? error.message : 'the row cannot be used';
        return undefined;
      }
    };
    return {
      get: (name) => attempt((view) => view.get(`${name}`)),
      set: (name, value) => {
        const done = attempt((view) => {
          const plain = plainValue(value);
          view.set(`${name}`, plain as CellValue);
          return true;
        });
        return done === true ? undefined : this.failure;
      },
      record: (known) => attempt((view) => (known && view.recordIndex >= 0 ? '' : view.recordText)),
      table: () => this.view?.table ?? '',
      failure: () => this.failure,
    };
  }
}

/** Runs inside of the realm before the transform's code, as source text, so it must not use anything of this module. */
function makeRow(bridge: Bridge): { row: object; next(): void } {
  const { parse } = JSON;
  const { isArray } = Array;
  const { keys, freeze } = Object;
  const Failure = TypeError;
  /** Copies lists and structs to objects of this realm. */
  const toRealm = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (isArray(value)) {
      const list: unknown[] = [];
      for (let i = 0; i < value.length; i++) list[i] = toRealm(value[i]);
      return list;
    }
    const struct: Record<string, unknown> = {};
    const names = keys(value);
    for (let i = 0; i < names.length; i++) struct[names[i]] = toRealm((value as Record<string, unknown>)[names[i]]);
    return struct;
  };
  let parsed: unknown;
  const row = freeze({
    get table(): string {
      return bridge.table();
    },
    get(name: string): unknown {
      const value = bridge.get(name);
      if (value === undefined) throw new Failure(bridge.failure());
      return toRealm(value);
    },
    set(name: string, value: unknown): void {
      const failure = bridge.set(name, value);
      if (failure !== undefined) throw new Failure(failure);
    },
    get record(): unknown {
      const text = bridge.record(parsed !== undefined);
      if (text === undefined) throw new Failure(bridge.failure());
      if (text !== '') parsed = parse(text);
      return parsed;
    },
  });
  return {
    row,
    next() {
      parsed = undefined;
    },
  };
}

/** Node's globals. Asynchronous ones throw an error when they are called, because a transform is synchronous. */
function globalsOf(): Record<string, unknown> {
  const unavailable = (name: string) => () => {
    throw new TypeError(`${name} is not available in a transform, which must be synchronous`);
  };
  const globals: Record<string, unknown> = {};
  for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch'])
    globals[name] = unavailable(name);
  for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate']) globals[name] = () => {};
  const shared = {
    atob,
    btoa,
    Buffer,
    crypto,
    performance,
    structuredClone,
    TextDecoder,
    TextEncoder,
    URL,
    URLSearchParams,
  };
  Object.assign(globals, shared);
  globals.console = { ...console };
  const { arch, argv, env, pid, platform, version, versions } = process;
  globals.process = {
    ...{ arch, argv: [...argv], env: { ...env }, pid, platform, version, versions: { ...versions } },
    cwd: () => process.cwd(),
    exit: unavailable('process.exit'),
    hrtime: process.hrtime,
    nextTick: unavailable('process.nextTick'),
  };
  return globals;
}

function evaluate(path: string, script: string, context: object): unknown {
  try {
    const own = createRequire(path);
    // Transforms get copies of Node's modules, so that changes to them do not affect the decoder.
    const require = (name: string): unknown => {
      if (name === TYPES_MODULE) return {};
      if (!isBuiltin(name)) {
        const text = `Cannot find module '${name}'. A transform must import modules by constant names`;
        throw Object.assign(new Error(text), { code: 'MODULE_NOT_FOUND' });
      }
      const found: unknown = own(name);
      if (typeof found === 'function') return found;
      return Object.defineProperties({}, Object.getOwnPropertyDescriptors(found as object));
    };
    const parameters = ['module', 'exports', 'require', '__filename', '__dirname'];
    const run = compileFunction(script, parameters, { filename: path, parsingContext: context });
    const exported = runInContext('({ exports: {} })', context) as { exports: { default?: unknown } };
    run.call(exported.exports, exported, exported.exports, require, path, dirname(path));
    const { exports } = exported;
    return exports?.default ?? exports;
  } catch (error) {
    const at = positionOf(path, error);
    const where = at === undefined ? path : `${at.file === realPath(path) ? path : at.file}:${at.line}`;
    throw new UserMistake(`The transform ${where} cannot be loaded: ${messageOf(error)}.`, CORRECT_IT, {
      cause: types.isNativeError(error) ? error : undefined,
    });
  }
}

function messageOf(error: unknown): string {
  try {
    return (types.isNativeError(error) ? `${error.message}` : `it threw ${String(error)}`).slice(0, 1000);
  } catch {
    return 'it threw a value that cannot be converted to text';
  }
}

const KINDS: Partial<Record<string, string>> = {
  '[object AsyncFunction]': 'an async function',
  '[object GeneratorFunction]': 'a generator',
  '[object AsyncGeneratorFunction]': 'an async generator',
};
const EXAMPLE = 'export default function transform(row) { … }';

function functionOf(path: string, exported: unknown): unknown {
  if (typeof exported !== 'function') {
    const named = namesOf(exported);
    const instead = named === '' ? '' : `; it exports ${named}`;
    throw new UserMistake(
      `The transform ${path} does not export a function by default${instead}.`,
      `Write: ${EXAMPLE}`,
    );
  }
  const kind = KINDS[Object.prototype.toString.call(exported)];
  if (kind === undefined) return exported;
  throw new UserMistake(
    `The transform ${path} is ${kind}.`,
    `It is called for every row and must be synchronous. Write: ${EXAMPLE}`,
  );
}

/** The names of what a module exports, for a message. */
function namesOf(exported: unknown): string {
  const names = typeof exported === 'object' && exported !== null ? Object.keys(exported) : [];
  return names
    .filter((name) => name !== 'default')
    .slice(0, 5)
    .join(', ')
    .slice(0, 200);
}
