/** The examples in the documentation, for tests that run them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

/** The pages that people read, by their paths in the repository. */
export const PAGES: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  'test/README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** The text of a page. */
export const pageText = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

/** A fenced block of code. */
export interface Block {
  page: string;
  /** The heading above it. */
  section: string;
  /** The word after the fence; empty for output. */
  language: string;
  code: string;
}

/** All blocks of a page, without the indentation of the list that they are in. */
export function codeBlocks(page: string): Block[] {
  const text = pageText(page);
  let section = '';
  const blocks: Block[] = [];
  // A heading, or a block, whose comments are not headings.
  for (const [, heading, indent, language, code] of text.matchAll(/^#+ (.*)$|^( *)```(\w*)\n([\s\S]*?)^ *```$/gm)) {
    if (heading !== undefined) section = heading;
    else blocks.push({ page, section, language, code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), '') });
  }
  return blocks;
}

/** The YAML examples of a page of docs/. */
export function yamlBlocks(page: string): string[] {
  return codeBlocks(`docs/${page}`)
    .filter(({ language }) => /^ya?ml$/.test(language))
    .map(({ code }) => code);
}

/**
 * The commands of a shell block, each as its words: without comments, variables that are set for it, and redirections. It
 * supports only the shell syntax that the pages use.
 */
export function shellCommands(code: string): string[][] {
  const commands: string[][] = [[]];
  // Words with their quotes; what ends a command; redirections with their file; comments.
  const part = /\\\n|(#[^\n]*)|(\d?>>?|<)[ ]*\S+|(&&|\|\|?|;|\n)|((?:"(?:[^"\\]|\\[\s\S])*"|'[^']*'|[^\s;|&<>"'])+)/g;
  for (const [, comment, redirection, end, word] of code.matchAll(part)) {
    if (end !== undefined) commands.push([]);
    else if (comment === undefined && redirection === undefined && word !== undefined)
      commands.at(-1)?.push(unquoted(word));
  }
  return commands
    .map((words) => words.slice(words.findIndex((word) => !/^[A-Z_]+=/.test(word))))
    .filter((one) => one.length > 0);
}

function unquoted(word: string): string {
  return word.replaceAll(/"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'/g, (_, double?: string, single?: string) =>
    double === undefined ? (single ?? '') : double.replaceAll(/\\(["\\$`])/g, '$1'),
  );
}
