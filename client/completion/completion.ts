/** `trailmill completion`: prints the completion script of a shell. */
import type { Command } from '../session/context.js';
import { EXIT } from '../terminal/failure.js';
import { type CompletionTree, completionScript, type Shell } from './scripts.js';

/** The command for a program with this tree of commands. */
export function completion(tree: () => CompletionTree): Command {
  return async ({ output, args }) => {
    // Rows, not text for people: no flags are added to its commands, and nothing in it is colored.
    output.rows(completionScript(args[0] as Shell, tree()));
    return EXIT.ok;
  };
}
