/** What `trailmill upkeep` prints of the index. */
import { renderUpkeep } from '../../../client/upkeep/render';
import { type IndexUpkeep, untouched } from '../../../protocol/upkeep-messages';

function lines(index?: IndexUpkeep): string[] {
  const done = [{ ...untouched('aws_cloudtrail'), ...(index === undefined ? {} : { index }) }];
  const result = { startedAt: 0, tables: 1, done, daysLeft: 0, workArea: { plans: 0 } };
  return renderUpkeep(result)
    .split('\n')
    .filter((line) => line.includes('index'));
}

it('says what was done to the index, and nothing if nothing was', () => {
  expect(lines()).toEqual([]);
  expect(lines({ merged: 41, indexed: 1 })).toEqual([
    'aws_cloudtrail: value index: 1 data file indexed, 41 segments fewer.',
  ]);
  expect(lines({ merged: 0, indexed: 0, damaged: 2 })).toEqual([
    'aws_cloudtrail: 2 data files could not be read or indexed; run trailmill audit.',
  ]);
});
