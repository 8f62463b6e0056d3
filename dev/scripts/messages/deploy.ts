/** The texts of alerts and dashboards in deploy/. */
import { isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type { Message } from './collect.js';

/** Members of rules and panels that people read. */
const SHOWN = new Set(['summary', 'description', 'title', 'legendFormat']);

/**
 * The messages of a YAML or JSON file.
 * @param file its path, relative to the root
 */
export function deployMessages(file: string, text: string): Message[] {
  const lineCounter = new LineCounter();
  const found: Message[] = [];
  visit(parseDocument(text, { lineCounter }), {
    Pair(_, { key, value }) {
      if (!isScalar(key) || !SHOWN.has(String(key.value)) || !isScalar(value) || typeof value.value !== 'string')
        return;
      const { line } = lineCounter.linePos(value.range?.[0] ?? 0);
      found.push({ kind: 'alerts', file, line, text: value.value });
    },
  });
  return found;
}
