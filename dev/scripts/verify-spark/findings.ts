/** The questions of a verification, with the expected result and the result of each reader; printed as a table. */
import { renderTable } from '../../../client/terminal/table.js';

const READERS = ['Trailmill', 'PyIceberg', 'DuckDB', 'Spark'] as const;
/** A name of {@link READERS}. */
export type ReaderName = (typeof READERS)[number];

/** One question with its results. */
export interface Finding {
  question: string;
  /** Compared as JSON. */
  expected: unknown;
  /** The results of the readers that were asked. */
  results: Partial<Record<ReaderName, unknown>>;
}

/** Collects the findings of a verification. */
export class Findings {
  private readonly all: Finding[] = [];

  add(finding: Finding): void {
    this.all.push(finding);
  }

  get different(): number {
    return this.all.filter((finding) => !isRight(finding)).length;
  }

  render(): string {
    const columns = ['', 'expected', ...READERS, ' '].map((name, index) => ({
      name,
      align: index === 0 ? ('left' as const) : ('right' as const),
    }));
    const rows = this.all.map((finding) => [
      finding.question,
      text(finding.expected),
      ...READERS.map((reader) => (reader in finding.results ? text(finding.results[reader]) : '')),
      isRight(finding) ? '✓' : '✗',
    ]);
    return renderTable(columns, rows);
  }
}

function isRight({ expected, results }: Finding): boolean {
  const answers = Object.values(results);
  return answers.length > 0 && answers.every((answer) => JSON.stringify(answer) === JSON.stringify(expected));
}

const text = (value: unknown): string =>
  typeof value === 'number' ? value.toLocaleString('en-US') : typeof value === 'string' ? value : JSON.stringify(value);
