/** The commented YAML files that `trailmill init` writes, made of the tables of settings. */
import { allowedText, isSection, type Member, precedenceText, type Section, withoutLinks } from './setting.js';

interface TemplateOptions {
  /** Headers of the sections at the top are settings, not comments. */
  openSections?: boolean;
  /** The keys at the top, in the order of the template; default: that of the table. */
  order?: readonly string[];
}

/** The text of the file that `table` describes. Settings that are not active, and sections without one, are comments. */
export function templateOf(table: Section, { openSections = false, order }: TemplateOptions = {}): string {
  const keys = order ?? Object.keys(table.members);
  const blocks = keys.map((key) => marked(key, table.members[key], openSections).join('\n'));
  return `${[comment(withoutLinks(table.description)).join('\n'), ...blocks].join('\n\n')}\n`;
}

/** With its explanation; what is not active is commented out. */
function marked(key: string, member: Member, isOpen: boolean): string[] {
  const head = comment(explanation(member));
  if (!isSection(member)) {
    const lines = assignment(key, member.example ?? member.default);
    return [...head, ...(member.active ? lines : commented(lines))];
  }
  if (isOpen || hasActive(member)) {
    const inner = Object.entries(member.members).flatMap(([name, below]) => marked(name, below, false));
    return [...head, `${key}:`, ...inner.map(indented)];
  }
  // What is off by default can be said as well: a reader then knows the word for it.
  const off = member.onOff !== undefined && member.onOff.default !== true ? [`# ${key}: false`] : [];
  return [...head, ...commented(unmarked(key, member)), ...off];
}

/** As it is when it is used; only sections that exclude each other are commented out. */
function unmarked(key: string, member: Member): string[] {
  if (!isSection(member)) return assignment(key, member.example ?? member.default);
  const inner = Object.entries(member.members).flatMap(([name, below]) => {
    const lines = unmarked(name, below);
    return [...comment(explanation(below)), ...(isSection(below) && below.alternative ? commented(lines) : lines)];
  });
  return [`${key}:`, ...inner.map(indented)];
}

function hasActive(section: Section): boolean {
  return Object.values(section.members).some((member) => (isSection(member) ? hasActive(member) : member.active));
}

/** `key: value`; YAML of several lines goes below its key. */
function assignment(key: string, value: string | number | boolean | undefined): string[] {
  if (value === undefined) return [`${key}:`];
  const [first, ...rest] = String(value).split('\n');
  return [first === '' ? `${key}:` : `${key}: ${quoted(first)}`, ...rest.map(indented)];
}

/** `01:00` is a number to some readers of YAML. */
function quoted(value: string): string {
  return /^\d+:\d+$/.test(value) ? `"${value}"` : value;
}

/** Description, what is allowed, and what comes before the file, as plain sentences. */
function explanation(member: Member): string {
  const allowed = allowedText(member);
  const sentences = [
    withoutLinks(member.description),
    allowed === '' || allowed === 'text' ? '' : `Allowed: ${allowed}.`,
    defaultText(member),
    precedenceText(member),
  ];
  return sentences.filter((sentence) => sentence !== '').join(' ');
}

/** What the value in the template does not say of the default. */
function defaultText(member: Member): string {
  const { default: value, defaultNote } = isSection(member) ? (member.onOff ?? {}) : member;
  if (defaultNote === undefined) return '';
  return value === undefined ? `Default: ${defaultNote}.` : `${value}: ${defaultNote}.`;
}

/** Characters of a line, with some to spare for the sections around it. */
const WIDTH = 112;

/** The lines of a comment. */
function comment(text: string): string[] {
  const lines: string[] = [];
  let line = '#';
  for (const word of text.split(/\s+/)) {
    if (line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = '#';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

const commented = (lines: readonly string[]): string[] => lines.map((line) => `# ${line}`);

const indented = (line: string): string => `  ${line}`;
