/** The derived columns of one row set, bound to the buffers that they read and write. */
import type { AnyColumn, StringColumn } from '../../columnar/columns.js';
import type { CloudTrailColumn } from '../columns/column.js';
import type { Enrichment } from '../enrichment.js';
import { ByteCache } from './byte-cache.js';
import type { Computed, LookedUp, Question } from './derivation.js';

/** The answers of one decoder thread: they outlive its row sets. */
export class Answers {
  private readonly caches = new Map<Question<unknown>, ByteCache<unknown> | undefined>();

  constructor(private readonly enrichment: Enrichment = {}) {}

  /** Undefined for a question that cannot be answered with this enrichment. */
  cacheOf(question: Question<unknown>): ByteCache<unknown> | undefined {
    if (!this.caches.has(question)) {
      const answer = question.bind(this.enrichment);
      this.caches.set(question, answer && new ByteCache(answer));
    }
    return this.caches.get(question);
  }
}

interface BoundQuestion {
  cache: ByteCache<unknown>;
  absent: unknown;
  input: StringColumn;
  parts: { write: LookedUp<unknown>['write']; out: AnyColumn }[];
}

interface BoundComputation {
  run: Computed['run'];
  inputs: AnyColumn[];
  out: AnyColumn;
}

export class BoundDerivations {
  /** Computed columns that other derived columns look at: they come first. */
  private readonly inputs: BoundComputation[] = [];
  private readonly questions: BoundQuestion[] = [];
  private readonly computations: BoundComputation[] = [];

  /** @param bufferOf the buffer of a column or of a peeked path, by its name */
  constructor(table: readonly CloudTrailColumn[], answers: Answers, bufferOf: (name: string) => AnyColumn | undefined) {
    const read = new Set(table.flatMap((column) => (column.kind === 'derived' ? column.derivation.inputs : [])));
    const byQuestion = new Map<Question<unknown>, BoundQuestion>();
    for (const column of table) {
      if (column.kind !== 'derived') continue;
      const needed = (name: string): AnyColumn => {
        const buffer = bufferOf(name);
        if (buffer === undefined) throw new Error(`${column.name}: unknown input ${name}`);
        return buffer;
      };
      const { derivation } = column;
      const out = needed(column.name);
      if ('run' in derivation) {
        const computation = { run: derivation.run, inputs: derivation.inputs.map(needed), out };
        (read.has(column.name) ? this.inputs : this.computations).push(computation);
        continue;
      }
      const { question, write } = derivation;
      const cache = answers.cacheOf(question);
      if (cache === undefined) continue;
      let bound = byQuestion.get(question);
      if (bound === undefined) {
        bound = { cache, absent: question.absent, input: needed(question.input) as StringColumn, parts: [] };
        byQuestion.set(question, bound);
        this.questions.push(bound);
      }
      bound.parts.push({ write, out });
    }
  }

  /** Computes all derived columns of the row that was just decoded. */
  run(row: number): void {
    for (const { run, inputs, out } of this.inputs) run(inputs, out, row);
    for (const { cache, absent, input, parts } of this.questions) {
      const { offsets } = input;
      const answer = input.has(row) ? cache.get(input.data, offsets[row], offsets[row + 1]) : absent;
      if (answer !== undefined) for (const { write, out } of parts) write(answer, out, row);
    }
    for (const { run, inputs, out } of this.computations) run(inputs, out, row);
  }
}
