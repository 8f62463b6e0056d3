/** Several commands of what was built, at once in one process: for many inputs whose own process would say nothing more. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Ended, Project } from './cli';

const RUN = join(__dirname, '../../dist/client/session/run.js');

/** Gives each command streams, a directory and an environment of its own, and prints what they said. */
const RUN_ALL = `
const { run } = require(process.argv[1]);
const one = async ({ argv, cwd, env }) => {
  const said = { code: null, stdout: '', stderr: '' };
  said.code = await run(argv, {
    stdout: { write: (text) => (said.stdout += text) },
    stderr: { write: (text) => (said.stderr += text) },
    cwd,
    env,
    now: Date.now,
    onInterrupt: () => () => {},
    exit: () => {},
    readStdin: async () => '',
  });
  return said;
};
const read = async () => {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk;
  return JSON.parse(text);
};
// As main.js does it: the runtime of a worker would keep the process.
read().then((all) => Promise.all(all.map(one))).then((all) => process.stdout.write(JSON.stringify(all), () => process.exit()));
`;

/** Runs them to their ends, in the order of `commands`. */
export async function runMany(commands: readonly { project: Project; argv: readonly string[] }[]): Promise<Ended[]> {
  const inputs = commands.map(({ project: { directory, env }, argv }) => ({ argv, cwd: directory, env }));
  const [{ project }] = commands;
  const running = promisify(execFile)(process.execPath, ['-e', RUN_ALL, RUN], { env: project.env });
  running.child.stdin?.end(JSON.stringify(inputs));
  const { stdout, stderr } = await running;
  // Their own streams take all that commands say.
  if (stderr !== '') throw new Error(`Beside the commands: ${stderr}`);
  return JSON.parse(stdout) as Ended[];
}
