/**
 * A transform's own realm (https://nodejs.org/api/vm.html): objects, arrays and errors of its own, so that whatever it does
 * to their prototypes changes nothing for the decoder, nor for another batch, which gets a new realm. It is no wall against
 * code that wants out: a transform is the project's own code.
 */
import { createRequire, isBuiltin } from 'node:module';
import { dirname } from 'node:path';
import { types } from 'node:util';
import { compileFunction, createContext, runInContext } from 'node:vm';
import type { CellValue, DecodedRow, Transform } from '../../cloudtrail/transform.js';
import { UserMistake } from '../../errors/index.js';
import { plainValue } from './plain-value.js';

type RealmFunction = (row: unknown) => unknown;

/** Runs the script in a new realm, and gives the function that it exports. Throws `UserMistake` for anything else. */
export function transformIn(path: string, script: string): Transform {
  // With a queue of its own, which nobody empties: what a transform would do later is never done.
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
  // For messages.
  return Object.defineProperty(called, 'name', { value: path });
}

/** What the realm's row asks of the real one. Nothing of this side is handed over but texts, numbers and such. */
interface Bridge {
  get(name: string): CellValue | undefined;
  /** Says what is wrong, if anything. */
  set(name: string, value: unknown): string | undefined;
  /** The text of the record, or nothing of it where it is known already. */
  record(known: boolean): string | undefined;
  /** What was wrong when `get` or `record` gave undefined. */
  failure(): string;
}

class Host {
  view: DecodedRow | undefined;
  private what = '';

  bridge(): Bridge {
    const attempt = <T>(ask: (view: DecodedRow) => T): T | undefined => {
      try {
        if (this.view === undefined) throw new TypeError('there is no row while the module is loaded');
        return ask(this.view);
      } catch (error) {
        this.what = error instanceof Error ? error.message : 'the row cannot be used';
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
        return done === true ? undefined : this.what;
      },
      record: (known) => attempt((view) => (known && view.recordIndex >= 0 ? '' : view.recordText)),
      failure: () => this.what,
    };
  }
}

/** Runs inside of the realm, before the transform's own code: it may use nothing of this module. */
function makeRow(bridge: Bridge): { row: object; next(): void } {
  const { parse } = JSON;
  const { isArray } = Array;
  const { keys, freeze } = Object;
  const Failure = TypeError;
  /** Lists and structs become objects of this realm. */
  const own = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (isArray(value)) {
      const list: unknown[] = [];
      for (let i = 0; i < value.length; i++) list[i] = own(value[i]);
      return list;
    }
    const struct: Record<string, unknown> = {};
    const names = keys(value);
    for (let i = 0; i < names.length; i++) struct[names[i]] = own((value as Record<string, unknown>)[names[i]]);
    return struct;
  };
  let parsed: unknown;
  const row = freeze({
    get(name: string): unknown {
      const value = bridge.get(name);
      if (value === undefined) throw new Failure(bridge.failure());
      return own(value);
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

/** What Node adds to the language. What cannot work in a function that may not wait says so when it is called. */
function globalsOf(): Record<string, unknown> {
  const waits = (name: string) => () => {
    throw new TypeError(`${name} is of no use in a transform: it cannot wait`);
  };
  const globals: Record<string, unknown> = {};
  for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch'])
    globals[name] = waits(name);
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
    exit: waits('process.exit'),
    hrtime: process.hrtime,
    nextTick: waits('process.nextTick'),
  };
  return globals;
}

function evaluate(path: string, script: string, context: object): unknown {
  try {
    const own = createRequire(path);
    // It gets a copy: what it does to a module of Node is not for the decoder.
    const require = (name: string): unknown => {
      if (!isBuiltin(name)) {
        const text = `Cannot find module '${name}'. What a transform needs must be imported by a fixed name`;
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
    throw new UserMistake(
      `The transform ${path} cannot be loaded: ${messageOf(error)}.`,
      'Correct it, and start the run again.',
      { cause: types.isNativeError(error) ? error : undefined },
    );
  }
}

function messageOf(error: unknown): string {
  try {
    return (types.isNativeError(error) ? `${error.message}` : `it threw ${String(error)}`).slice(0, 1000);
  } catch {
    return 'it threw something that has no text';
  }
}

const KINDS: Partial<Record<string, string>> = {
  '[object AsyncFunction]': 'an async function',
  '[object GeneratorFunction]': 'a generator',
  '[object AsyncGeneratorFunction]': 'an async generator',
};
const EXAMPLE = 'export default function transform(row) { … }';

function functionOf(path: string, exported: unknown): unknown {
  if (typeof exported !== 'function')
    throw new UserMistake(`The transform ${path} has no function as its default export.`, `Write: ${EXAMPLE}`);
  const kind = KINDS[Object.prototype.toString.call(exported)];
  if (kind === undefined) return exported;
  throw new UserMistake(
    `The transform ${path} is ${kind}.`,
    `It is called for every row and cannot wait. Write: ${EXAMPLE}`,
  );
}
