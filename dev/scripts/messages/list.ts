/** All messages of the project, and how they are printed. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Message, messagesOf } from './collect.js';
import { deployMessages } from './deploy.js';
import { KINDS, type Kind } from './kinds.js';
import { savedQueryMessages } from './saved-queries.js';

/**
 * All messages below a directory.
 * @param root the directory of rooms.cjs
 */
export function allMessages(root: string): Message[] {
  const rooms = createRequire(__filename)(join(root, 'rooms.cjs')) as { name: string }[];
  const sources = rooms.flatMap(({ name }) => filesBelow(root, name, /\.ts$/)).sort();
  const deployed = filesBelow(root, 'deploy', /^deploy\/(prometheus|grafana)\/(?!.*\.test\.).*\.(yml|json)$/).sort();
  const queries = filesBelow(root, 'query', /^query\/saved\/.*\.sql$/).sort();
  const read = (file: string): string => readFileSync(join(root, file), 'utf8');
  return [
    ...messagesOf(new Map(sources.map((file) => [file, read(file)]))),
    ...deployed.flatMap((file) => deployMessages(file, read(file))),
    ...queries.flatMap((file) => savedQueryMessages(file, read(file))),
  ];
}

function filesBelow(root: string, folder: string, pattern: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((name) => pattern.test(name));
}

/** The list as text: a heading for each kind, then a line for each message. */
export function renderMessages(messages: readonly Message[]): string {
  return (Object.keys(KINDS) as Kind[])
    .map((kind) => [kind, messages.filter((message) => message.kind === kind)] as const)
    .filter(([, some]) => some.length > 0)
    .map(([kind, some]) => `## ${kind} (${some.length}): ${KINDS[kind]}\n\n${some.map(renderMessage).join('\n')}\n`)
    .join('\n');
}

/** The line breaks of a text are indented: what starts at the margin is a place in the source. */
function renderMessage({ file, line, text }: Message): string {
  return `${file}:${line}  ${text.trim().replaceAll('\n', '\n    ')}`;
}
