/** What a command line and an environment say of the log, the metrics and health; and the mistakes in it. */
import { createServer } from 'node:net';
import { telemetrySettings } from '../../../config/telemetry';
import { startHealth } from '../../../worker/health';
import { Readiness } from '../../../worker/readiness';
import { numericAddress } from '../../../worker/telemetry';

const settings = (flags: Parameters<typeof telemetrySettings>[0] = {}, env: NodeJS.ProcessEnv = {}) =>
  telemetrySettings(flags, env);

it('a worker is quiet at a terminal and logs every batch for a program, unless set otherwise', () => {
  expect(settings()).toEqual({ log: { format: 'text', level: 'WARN' } });
  expect(settings({ log: 'json' }).log).toEqual({ format: 'json', level: 'INFO' });
  expect(settings({ log: 'json', logLevel: 'error' }).log.level).toBe('ERROR');
});

it('flags take precedence over the environment, and an empty variable counts as not set', () => {
  const env = {
    TRAILMILL_LOG: 'json',
    TRAILMILL_LOG_LEVEL: 'Debug',
    TRAILMILL_METRICS: '0.0.0.0:1',
    TRAILMILL_HEALTH: '',
  };
  expect(settings({}, env)).toEqual({ log: { format: 'json', level: 'DEBUG' }, metrics: '0.0.0.0:1' });
  expect(settings({ log: 'text', metrics: '[::1]:9464' }, env)).toMatchObject({
    log: { format: 'text' },
    metrics: '[::1]:9464',
  });
});

it.each([
  [{ log: 'jsno' }, {}, '--log is "jsno".', 'Did you mean json? Allowed: text, json.'],
  [{}, { TRAILMILL_LOG_LEVEL: 'loud' }, 'TRAILMILL_LOG_LEVEL is "loud".', 'Allowed: trace, debug, info, warn, error.'],
  [{ metrics: '9464' }, {}, '--metrics is "9464".', 'Allowed: host:port'],
  [{ metrics: 'http://here:9464' }, {}, '--metrics is "http://here:9464".', 'without http://'],
  [{}, { TRAILMILL_HEALTH: 'here:70000' }, 'TRAILMILL_HEALTH is "here:70000".', 'a port from 1 to 65535'],
  [
    { metrics: 'here:1', health: 'here:1' },
    {},
    'Metrics and health cannot both listen on here:1.',
    'Use a different port for each',
  ],
])('%j %j is a mistake with a cure', (flags, env, message, cure) => {
  let mistake: unknown;
  try {
    settings(flags, env);
  } catch (error) {
    mistake = error;
  }
  expect(mistake).toMatchObject({ name: 'UserMistake', message, cure: expect.stringContaining(cure) });
});

it('the host of the metrics is resolved to an address, and an unknown one is a mistake', async () => {
  expect(await numericAddress('127.0.0.1:9464')).toBe('127.0.0.1:9464');
  expect(await numericAddress('[::1]:9464')).toBe('[::1]:9464');
  expect(await numericAddress('localhost:9464')).toMatch(/^(127\.0\.0\.1|\[::1\]):9464$/);
  await expect(numericAddress('no-such-host.invalid:9464')).rejects.toMatchObject({ name: 'UserMistake' });
});

it('a port of the health server that is taken is a mistake that names it', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as { port: number };
  await expect(startHealth(`127.0.0.1:${port}`, new Readiness())).rejects.toMatchObject({
    name: 'UserMistake',
    message: `The health server cannot listen on 127.0.0.1:${port} (EADDRINUSE).`,
  });
  await new Promise((resolve) => other.close(resolve));
});
