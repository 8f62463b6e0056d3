/**
 * Attributes the samples of CPU profiles to the stages of a backfill. A sample belongs to the stage of its innermost frame
 * that has one, so `gunzip` called by the decoder is `gunzip`, and a column buffer that grows while decoding is `decode`.
 *
 * Stages are identified by the folders of rooms, and by single files where a room has several stages: files may be added to a
 * room without a change here.
 */

/** The loading of modules, the stages in the order in which data passes them, and what cannot be attributed to a stage. */
// biome-ignore format: one line a group
export const STAGES = [
  'start',
  'list', 'fetch', 'gunzip', 'hash', 'decode', 'derive', 'Arrow', 'Parquet', 'store', 'manifest', 'commit', 'Temporal',
  'garbage collection', 'V8 threads', 'libuv threads', 'profiler', 'other',
] as const;
export type Stage = (typeof STAGES)[number];

/** A profile as V8 writes it. https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile */
export interface CpuProfile {
  nodes: readonly {
    id: number;
    callFrame: { functionName: string; url: string; lineNumber: number };
    children?: readonly number[];
  }[];
  samples: readonly number[];
  /** Microseconds since the previous sample. */
  timeDeltas: readonly number[];
}

/** A function and its own time, without that of the functions that it calls. */
export interface FunctionCost {
  name: string;
  stage: Stage;
  seconds: number;
}

/** Path of the file below dist/, or `node_modules/PACKAGE/…`, or `node:…`; and optionally the function. */
type Rule = readonly [stage: Stage, path: RegExp, name?: RegExp];

const RULES: readonly Rule[] = [
  ['start', /^node:internal\/(modules|bootstrap)\//],
  ['gunzip', /^ingest\/uncompress\/|^node:zlib|^node_modules\/(fflate|fzstd|[^/]*(inflate|deflate|zlib))\//],
  ['hash', /^node:internal\/crypto\/hash/],
  ['derive', /^cloudtrail\/(derived|event-groups|enrichment|event-categories)\b|^node_modules\/(bowser|mmdb-lib)\//],
  [
    'decode',
    /^cloudtrail\/(decoder|columns|event-ids|transform)\b|^ingest\/(chunk|rows)\.|^node_modules\/lossless-json\//,
  ],
  ['Arrow', /^columnar\/arrow|^node_modules\/(apache-arrow|flatbuffers)\//],
  ['Parquet', /^parquet\/|^columnar\/parquet|^ingest\/write-parquet|^node_modules\/(parquet-wasm|hyparquet[^/]*)\//],
  ['list', /^plan\//],
  ['fetch', /^ingest\/(fetch|local|read)/],
  ['store', /^ingest\/store-files/],
  ['manifest', /^iceberg\/|^node_modules\/avsc\//],
  ['commit', /^(commit|ledger|run)\/|^ingest\/tasks\//],
  [
    'Temporal',
    /^(workflows|activities|worker|protocol|cluster|client)\/|^workflow-bundle|^node_modules\/(@temporalio|@grpc|@protobufjs|protobufjs|long)\//,
  ],
];

/**
 * Reading and writing belong to the stage that asked for them, if it is one of {@link ASKING}; otherwise to the outermost of these,
 * because a listing also reads.
 */
const IO_RULES: readonly Rule[] = [
  ['list', /^storage\/(file-walk|file-etag|list-in-order)/],
  ['list', /^storage\//, /^(list|walk|toPage|describe|hashOn)/],
  ['store', /^storage\/file-write/],
  ['store', /^storage\/|^node:(internal\/)?fs\b/, /^(put|create|write|upload|rename|link|f?sync)/],
  ['fetch', /^storage\/|^node:(internal\/)?fs\b|^node_modules\/@(aws-sdk|smithy)\//],
];
const ASKING: readonly Stage[] = ['start', 'list', 'manifest', 'commit'];

/** For samples without a frame of {@link RULES}: after an `await`, the caller is not on the stack. */
const LAST_RULES: readonly Rule[] = [['decode', /^columnar\//]];

/** V8's names of what is not a function. */
const GC = '(garbage collector)';
/** A thread waits in these, without CPU time: V8 does not know that a thread of Piscina waits for its next task. */
const IDLE: readonly string[] = ['(idle)', 'atomicsWaitLoop'];

/** The path of a script in the form of {@link RULES}. */
export function scriptPath(url: string, dist: string): string {
  const path = url.replace(/^file:\/\//, '');
  const at = path.lastIndexOf('/node_modules/');
  if (at >= 0) return path.slice(at + 1);
  return path.startsWith(`${dist}/`) ? path.slice(dist.length + 1) : path;
}

function stageOf(rules: readonly Rule[], path: string, name: string): Stage | undefined {
  return rules.find(([, inPath, inName]) => inPath.test(path) && (inName?.test(name) ?? true))?.[0];
}

/**
 * Divides the CPU seconds of a thread among stages and functions, in proportion to the samples in which the thread was not idle.
 * @param dist directory of the compiled code
 */
export function divide(profile: CpuProfile, cpuSeconds: number, dist: string): FunctionCost[] {
  const parents = new Map<number, number>();
  for (const { id, children = [] } of profile.nodes) for (const child of children) parents.set(child, id);
  const frames = new Map(
    profile.nodes.map(({ id, callFrame }) => {
      const path = scriptPath(callFrame.url, dist);
      const of = (rules: readonly Rule[]): Stage | undefined => stageOf(rules, path, callFrame.functionName);
      return [id, { callFrame, path, stage: of(RULES), io: of(IO_RULES), last: of(LAST_RULES) }] as const;
    }),
  );
  const stage = (id: number): Stage => {
    if (frames.get(id)?.callFrame.functionName === GC) return 'garbage collection';
    let io: Stage | undefined;
    let last: Stage | undefined;
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const frame = frames.get(at);
      if (frame?.stage !== undefined) return io !== undefined && !ASKING.includes(frame.stage) ? io : frame.stage;
      io = frame?.io ?? io;
      last ??= frame?.last;
    }
    return io ?? last ?? 'other';
  };
  const micros = new Map<number, number>();
  let busy = 0;
  profile.samples.forEach((id, at) => {
    if (IDLE.includes(frames.get(id)?.callFrame.functionName as string)) return;
    // Deltas can be slightly negative.
    const delta = Math.max(0, profile.timeDeltas[at]);
    busy += delta;
    micros.set(id, (micros.get(id) ?? 0) + delta);
  });
  return [...micros].map(([id, own]) => {
    const { callFrame, path } = frames.get(id) as { callFrame: CpuProfile['nodes'][0]['callFrame']; path: string };
    const { functionName, lineNumber } = callFrame;
    const name = `${functionName || '(anonymous)'}${path === '' ? '' : ` ${shortened(path)}:${lineNumber + 1}`}`;
    return { name, stage: stage(id), seconds: busy === 0 ? 0 : (own / busy) * cpuSeconds };
  });
}

/** A WebAssembly module has no file name, but a hash. */
function shortened(path: string): string {
  return path.startsWith('wasm:') ? 'wasm' : path;
}

/**
 * The stage of a thread that runs no JavaScript, by its name. V8's own threads compile and collect garbage; libuv's read and
 * write files. Node names both only from version 22 on.
 * @param isEarly whether the thread existed before any JavaScript ran, when only V8 has started threads
 */
export function stageOfThread(name: string, isEarly: boolean): Stage {
  if (/^v8:Prof/i.test(name)) return 'profiler';
  if (/^(tokio|core|temporal)/i.test(name)) return 'Temporal';
  if (isEarly || /^(v8|DelayedTask)/i.test(name)) return 'V8 threads';
  return /^(node|libuv)/.test(name) ? 'libuv threads' : 'other';
}

/** Seconds by stage, which add up to `processSeconds`: the rest is `other`, such as threads that have ended. */
export function stageTable(costs: readonly FunctionCost[], processSeconds: number): Map<Stage, number> {
  const table = new Map<Stage, number>(STAGES.map((stage) => [stage, 0]));
  let sum = 0;
  for (const { stage, seconds } of costs) {
    table.set(stage, (table.get(stage) as number) + seconds);
    sum += seconds;
  }
  table.set('other', (table.get('other') as number) + processSeconds - sum);
  return table;
}

/** The functions with the most self time. */
export function topFunctions(costs: readonly FunctionCost[], count: number): FunctionCost[] {
  const sums = new Map<string, FunctionCost>();
  for (const cost of costs) {
    const key = `${cost.stage} ${cost.name}`;
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { ...cost });
    else sum.seconds += cost.seconds;
  }
  return [...sums.values()].sort((a, b) => b.seconds - a.seconds).slice(0, count);
}
