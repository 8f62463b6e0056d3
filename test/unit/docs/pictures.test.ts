/** The pictures of docs/ui.md are of the present version. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PICTURE_WORDS, pictureWords } from '../../support/picture-words';

const DOCS = join(__dirname, '..', '..', '..', 'docs');
const pictures = [...readFileSync(join(DOCS, 'ui.md'), 'utf8').matchAll(/\]\((images\/[^)]+)\)/g)].map(
  ([, path]) => path,
);

test('show the words that the UI has now; else run `npm run screenshots`, and look at them', () => {
  expect(JSON.parse(readFileSync(PICTURE_WORDS, 'utf8'))).toEqual(pictureWords());
});

test('exist, and are small', () => {
  expect(pictures.length).toBeGreaterThan(5);
  for (const path of pictures) {
    expect([path, existsSync(join(DOCS, path))]).toEqual([path, true]);
    expect(statSync(join(DOCS, path)).size).toBeLessThan(170_000);
  }
});
