/** What was asked, what should come out, and what each reader said; printed as a table. */
import { renderTable } from '../../../client/terminal/table.js';

const READERS = ['Trailmill', 'PyIceberg', 'DuckDB', 'Spark'] as const;
/** A name of {@link READERS}. */
export type ReaderName = (typeof READERS)[number];

export interface Finding {
  question: string;
  /** Compared as JSON. */
  expected: unknown;
  /** Of those that were asked. */
  said: Partial<Record<ReaderName, unknown>>;
}

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
      ...READERS.map((reader) => (reader in finding.said ? text(finding.said[reader]) : '')),
      isRight(finding) ? '✓' : '✗',
    ]);
    return renderTable(columns, rows);
  }
}

function isRight({ expected, said }: Finding): boolean {
  const answers = Object.values(said);
  return answers.length > 0 && answers.every((answer) => JSON.stringify(answer) === JSON.stringify(expected));
}

const text = (value: unknown): string =>
  typeof value === 'number' ? value.toLocaleString('en-US') : typeof value === 'string' ? value : JSON.stringify(value);
