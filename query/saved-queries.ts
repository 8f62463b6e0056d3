/** The saved queries that are there: Trailmill's own, in `saved/`, and those of a project. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { systemCodeOf, UserMistake } from '../errors/index.js';
import { nearest } from '../text/nearest.js';
import { parseSavedQuery, type SavedQuery } from './saved-query.js';

/** The folder of a project with queries of its own. */
const OWN_FOLDER = 'queries';

const BUILT_IN = join(__dirname, 'saved');
const NAME = /^[a-z0-9][a-z0-9_-]*$/;

/** Where to look, and what names parameters must not have. */
export interface SavedQueryPlaces {
  /** The directory of the project. */
  project: string;
  /** Names of options of the command. */
  taken: ReadonlySet<string>;
}

/** All saved queries, by name, and the files that cannot be used. */
export interface SavedQueryList {
  queries: SavedQuery[];
  /** Of the project; each names its file. */
  mistakes: UserMistake[];
}

/** Whether a text is the name of a saved query, and not SQL: one word without a semicolon. */
export function isQueryName(text: string): boolean {
  return /^[\w-]+$/.test(text.trim());
}

/** Reads all saved queries: Trailmill's own, then those of the project, each by name. */
export function allSavedQueries({ project, taken }: SavedQueryPlaces): SavedQueryList {
  const queries = namesIn(BUILT_IN).map((name) => read(BUILT_IN, name, taken));
  const mistakes: UserMistake[] = [];
  const folder = join(project, OWN_FOLDER);
  for (const name of namesIn(folder)) {
    try {
      queries.push(readOwn(folder, name, taken));
    } catch (error) {
      if (!(error instanceof UserMistake)) throw error;
      mistakes.push(error);
    }
  }
  return { queries, mistakes };
}

/** Reads the saved query of this name. Throws `UserMistake` if there is none, or two, or its header is not valid. */
export function savedQuery(name: string, { project, taken }: SavedQueryPlaces): SavedQuery {
  const folder = join(project, OWN_FOLDER);
  const own = namesIn(folder);
  if (own.includes(name)) return readOwn(folder, name, taken);
  const builtIn = namesIn(BUILT_IN);
  if (builtIn.includes(name)) return read(BUILT_IN, name, taken);
  const meant = nearest(name, [...builtIn, ...own]);
  throw new UserMistake(
    `There is no saved query ${name}.`,
    `${meant === undefined ? '' : `Did you mean ${meant}? `}\`trailmill query --list\` lists all of them; add your own as ${OWN_FOLDER}/${name}.sql in the project.`,
  );
}

function namesIn(folder: string): string[] {
  try {
    const files = readdirSync(folder).filter((file) => file.endsWith('.sql'));
    return files.map((file) => basename(file, '.sql')).sort();
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === 'ENOENT') return [];
    throw new UserMistake(`The folder ${folder} cannot be read (${code}).`, 'Make it readable, or a folder.', {
      cause: error,
    });
  }
}

function readOwn(folder: string, name: string, taken: ReadonlySet<string>): SavedQuery {
  const file = join(folder, `${name}.sql`);
  if (!NAME.test(name)) {
    throw new UserMistake(`${file} cannot be the name of a saved query.`, 'Use small letters, digits, - and _.');
  }
  if (namesIn(BUILT_IN).includes(name)) {
    throw new UserMistake(`${file} has the name of a saved query of Trailmill.`, 'Give the file another name.');
  }
  return read(folder, name, taken);
}

function read(folder: string, name: string, taken: ReadonlySet<string>): SavedQuery {
  const file = join(folder, `${name}.sql`);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserMistake(`${file} cannot be read (${systemCodeOf(error)}).`, 'Make it readable.', { cause: error });
  }
  return parseSavedQuery(name, text, file, taken);
}
