/** Hints can be copied: the commands in them repeat the options of project and server that were given. */
import { createProgram } from '../../../client/program';
import { colored, hasColors } from '../../../client/terminal/color';
import { COMMANDS, givenFlags, withFlags } from '../../../client/terminal/command-lines';
import { runCommand } from '../../support/run-command';

const environment = { io: { stdout: {} }, output: {}, onHelpPage: () => {}, onExitCode: () => {} } as never;

describe('hints', () => {
  it('know all commands of the program', () => {
    const names = createProgram(environment).commands.map((command) => command.name());
    expect([...COMMANDS]).toEqual(names.sort());
  });

  it('repeat the options that were given, in quotes where a shell needs them', () => {
    const flags = givenFlags({
      project: '/my logs',
      address: 'temporal:7233',
      taskQueue: "o'k",
      tls: true,
    });
    expect(flags).toBe("--project '/my logs' --address temporal:7233 --task-queue 'o'\\''k' --tls");
    expect(withFlags("Start one: trailmill dev, or `trailmill backfill status 'id' --watch`.", '--project p')).toBe(
      "Start one: trailmill --project p dev, or `trailmill --project p backfill status 'id' --watch`.",
    );
  });

  it('leave alone what is no command', () => {
    const text =
      'warehouse/trailmill/query, trailmill tables-like, my-trailmill query, trailmill: failed, a trailmill runs';
    expect(withFlags(text, '--tls')).toBe(text);
    expect(withFlags('trailmill dev', '')).toBe('trailmill dev');
  });

  it('of a real command, on stderr and in JSON', async () => {
    const words = ['backfill', 'list', '--project', '/no/where', '--task-queue', 'q'];
    const { stderr, code } = await runCommand(words, '/');
    expect(code).toBe(2);
    expect(stderr).toContain('`trailmill --project /no/where --task-queue q dev`');
    const { stdout } = await runCommand([...words, '--json'], '/');
    expect(JSON.parse(stdout).error.cure).toContain('`trailmill --project /no/where --task-queue q dev`');
  });
});

describe('colors', () => {
  const tty = { isTTY: true };

  it('are for terminals, unless NO_COLOR is set', () => {
    expect(hasColors(tty, {})).toBe(true);
    expect(hasColors({}, {})).toBe(false);
    expect(hasColors(tty, { NO_COLOR: '1' })).toBe(false);
    expect(hasColors(tty, { NO_COLOR: '' })).toBe(true);
    expect(hasColors(tty, { TERM: 'dumb' })).toBe(false);
    expect(hasColors({}, { FORCE_COLOR: '1' })).toBe(true);
    expect(hasColors(tty, { FORCE_COLOR: '0' })).toBe(false);
  });

  it('mark states, and nothing else', () => {
    expect(colored('backfill/a/b: completed\n  error       it was completed')).toBe(
      'backfill/a/b: \u001b[32mcompleted\u001b[39m\n  error       it was completed',
    );
    expect(colored('  quarantined 0 files')).toBe('  quarantined 0 files');
  });

  it('never color what a program reads', async () => {
    const { stdout } = await runCommand(
      ['iam-policy', '--json', '--location', 's3://a', '--warehouse', 's3://b'],
      '/',
      Date.now,
      {
        env: { TEMPORAL_CONFIG_FILE: '', FORCE_COLOR: '1' },
      },
    );
    expect(stdout).not.toContain('\u001b');
  });
});
