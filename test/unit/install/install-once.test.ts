/** Installing once: one process at a time, the first method that works, and nothing but the whole result in its place. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exists, type InstallMethod, type InstallOptions, installOnce } from '../../../install/install-once';

let directory: string;
let target: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trailmill-install-'));
  target = join(directory, 'thing');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const writes = (content: string): InstallMethod & { install: jest.Mock } => ({
  name: `write ${content}`,
  install: jest.fn(async (path: string) => writeFileSync(path, content)),
});
const fails = (reason: string): InstallMethod => ({
  name: 'fail',
  install: async (path) => {
    writeFileSync(path, 'half');
    throw new Error(reason);
  },
});

function install(methods: InstallMethod[], over: Partial<InstallOptions> = {}): Promise<void> {
  return installOnce({
    title: 'the thing',
    target,
    prefix: `${target}.`,
    isReady: () => exists(target),
    methods,
    failure: (failed) => new Error(failed.map(({ method, reason }) => `${method}: ${reason}`).join('; ')),
    log: () => {},
    ...over,
  });
}

test('the first method that works installs it, once for all callers', async () => {
  const [one, two] = [writes('one'), writes('two')];
  const onFailure = jest.fn();
  await Promise.all([1, 2].map(() => install([fails('no network'), one, two], { onFailure })));
  expect(readFileSync(target, 'utf8')).toBe('one');
  expect(one.install).toHaveBeenCalledTimes(1);
  expect(two.install).not.toHaveBeenCalled();
  expect(onFailure.mock.calls).toEqual([[expect.objectContaining({ method: 'fail', reason: 'no network' })]]);
  expect(readdirSync(directory)).toEqual(['thing']);
});

test('a wrong checksum, an unusable result and a failed method are reported, and leave nothing', async () => {
  const sha256 = createHash('sha256').update('right').digest('hex');
  await expect(install([writes('wrong'), fails('full disk')], { sha256 })).rejects.toThrow(
    /^write wrong: the thing has the checksum \w+, not \w+; fail: full disk$/,
  );
  await expect(install([writes('x')], { whyNot: async () => 'it does not run' })).rejects.toThrow('it does not run');
  expect(readdirSync(directory)).toEqual([]);
  await install([writes('right')], { sha256 });
  expect(readFileSync(target, 'utf8')).toBe('right');
});

test('an incomplete directory is replaced, and files of a killed installation are removed', async () => {
  mkdirSync(target);
  writeFileSync(join(target, 'old'), '');
  mkdirSync(`${target}.install-killed`);
  mkdirSync(`${target}2.install-other`);
  const isReady = () => exists(join(target, 'ready'));
  const make = async (path: string) => {
    mkdirSync(path);
    writeFileSync(join(path, 'ready'), '');
  };
  await install([{ name: 'make', install: make }], { isReady });
  expect(readdirSync(target)).toEqual(['ready']);
  expect(existsSync(`${target}.install-killed`)).toBe(false);
  expect(existsSync(`${target}2.install-other`)).toBe(true);
});
