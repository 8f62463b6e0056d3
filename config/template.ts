/** The commented YAML files that `trailmill init` writes, generated from the tables of settings. */
import { allowedText, isSection, type Member, precedenceText, type Section, withoutLinks } from './setting.js';

interface TemplateOptions {
  /** The headers of top-level sections are not commented out. */
  openSections?: boolean;
  /** The top-level keys in the order of the template; default: table order. */
  order?: readonly string[];
}

/** Creates the file that `table` describes. Settings that are not active, and sections without active ones, are commented out. */
export function templateOf(table: Section, { openSections = false, order }: TemplateOptions = {}): string {
  const keys = order ?? Object.keys(table.members);
  const blocks = keys.map((key) => memberLines(key, table.members[key], openSections).join('\n'));
  return `${[comment(withoutLinks(table.description)).join('\n'), ...blocks].join('\n\n')}\n`;
}

/** The lines of a member with its explanation; what is not active is commented out. */
function memberLines(key: string, member: Member, isOpen: boolean): string[] {
  const head = comment(explanation(member));
  if (!isSection(member)) {
    const lines = assignment(key, member.example ?? member.default);
    return [...head, ...(member.active ? lines : commented(lines))];
  }
  if (isOpen || hasActive(member)) {
    const inner = Object.entries(member.members).flatMap(([name, below]) => memberLines(name, below, false));
    return [...head, `${key}:`, ...inner.map(indented)];
  }
  // Show `false` for a section that is off by default, so that readers know how to write it.
  const off = member.onOff !== undefined && member.onOff.default !== true ? [`# ${key}: false`] : [];
  return [...head, ...commented(usedLines(key, member)), ...off];
}

/** The lines of a member when it is used: only sections that exclude each other are commented out. */
function usedLines(key: string, member: Member): string[] {
  if (!isSection(member)) return assignment(key, member.example ?? member.default);
  const inner = Object.entries(member.members).flatMap(([name, below]) => {
    const lines = usedLines(name, below);
    return [...comment(explanation(below)), ...(isSection(below) && below.alternative ? commented(lines) : lines)];
  });
  return [`${key}:`, ...inner.map(indented)];
}

function hasActive(section: Section): boolean {
  return Object.values(section.members).some((member) => (isSection(member) ? hasActive(member) : member.active));
}

/** `key: value`; multi-line YAML goes below its key. */
function assignment(key: string, value: string | number | boolean | undefined): string[] {
  if (value === undefined) return [`${key}:`];
  const [first, ...rest] = String(value).split('\n');
  return [first === '' ? `${key}:` : `${key}: ${quoted(first)}`, ...rest.map(indented)];
}

/** Quotes times: some YAML parsers read `01:00` as a number. */
function quoted(value: string): string {
  return /^\d+:\d+$/.test(value) ? `"${value}"` : value;
}

/** Description, allowed values, default and precedence as plain sentences. */
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

/** Information about the default that is not in the template's value. */
function defaultText(member: Member): string {
  const { default: value, defaultNote } = isSection(member) ? (member.onOff ?? {}) : member;
  if (defaultNote === undefined) return '';
  return value === undefined ? `Default: ${defaultNote}.` : `${value}: ${defaultNote}.`;
}

/** Maximum characters per line, leaving room for the indentation of nested sections. */
const WIDTH = 112;

/** Wraps a text into the lines of a comment. */
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
