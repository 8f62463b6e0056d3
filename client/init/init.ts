/** `trailmill init [DIR]`: writes the commented configuration files of a new project. */
import { relative, resolve } from 'node:path';
import { writeProject } from '../../config/project-files.js';
import type { CommandContext } from '../session/context.js';
import { EXIT } from '../terminal/failure.js';

/** Writes the files of a new project. */
export async function run({ io, output, options, args }: CommandContext): Promise<number> {
  const directory = resolve(io.cwd, args[0] ?? options.project ?? '.');
  const files = writeProject(directory);
  output.value({ directory, files });
  for (const file of files) output.say(`Wrote ${relative(io.cwd, file) || file}`);
  output.say('Now set ingest.location in log_source.yml, then: trailmill check');
  return EXIT.ok;
}
