/** The recorded session of docs/session/, replayed: the same commands show the same screens. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCast } from '../../../dev/scripts/session/cast';
import { castName, SESSION_DIRECTORY } from '../../../dev/scripts/session/files';
import { play } from '../../../dev/scripts/session/play';
import { screensOf } from '../../../dev/scripts/session/screen';
import { SCENES, SIZES } from '../../../dev/scripts/session/steps';
import { describeWithTemporal, temporalBinary } from '../../support/temporal';

describeWithTemporal('the recorded session (if outdated, run `npm run session` and look at its pictures)', () => {
  beforeAll(() => {
    process.env.TRAILMILL_TEMPORAL_BINARY = temporalBinary();
  });

  it.each(SIZES)(
    'is up to date at $columns × $rows',
    async (size) => {
      const file = join(__dirname, '../../..', SESSION_DIRECTORY, castName(size));
      const recorded = await screensOf(readCast(readFileSync(file, 'utf8')));
      const now = await screensOf(await play(SCENES, { ...size, typing: 0 }));
      const lines = (screens: typeof now) => screens.map((screen) => [screen.name, screen.lines]);
      expect(lines(now)).toEqual(lines(recorded));
    },
    600_000,
  );
});
