/** Finds the messages in TypeScript sources: string literals, templates and concatenations that a person may read. */
import ts from 'typescript';
import { isData, type Kind, kindOfFile, kindOfPlace } from './kinds.js';
import { type ErrorNames, errorNames, placeOf } from './places.js';

/** A message in the source. */
export interface Message {
  kind: Kind;
  /** The file, relative to the root. */
  file: string;
  /** From 1. */
  line: number;
  /** The text; `{…}` stands for an expression. */
  text: string;
}

/** Placeholders show so many characters of their expression. */
const MOST_OF_EXPRESSION = 60;

/**
 * All messages of some sources, in the order of the sources.
 * @param sources text by path, relative to the root, with `/`
 */
export function messagesOf(sources: ReadonlyMap<string, string>): Message[] {
  const files = [...sources].map(([path, text]) => ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  const names = errorNames(files);
  return files.filter(({ fileName }) => !isData(fileName)).flatMap((file) => messagesIn(file, names));
}

function messagesIn(file: ts.SourceFile, names: ErrorNames): Message[] {
  const found: Message[] = [];
  const visit = (node: ts.Node): void => {
    if (isNoText(node)) return;
    const text = textOf(node);
    if (text !== undefined) {
      const place = placeOf(node, file.fileName, names);
      const byPlace = kindOfPlace(place);
      if (byPlace === undefined ? isSentence(text) : isShown(text, byPlace)) {
        const { line } = file.getLineAndCharacterOfPosition(node.getStart());
        found.push({ kind: byPlace ?? kindOfFile(file.fileName), file: file.fileName, line: line + 1, text });
      }
      for (const hole of holesOf(node)) visit(hole);
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Text for the compiler, for comparisons or for look-ups. */
function isNoText(node: ts.Node): boolean {
  const { parent } = node;
  return (
    ts.isTypeNode(node) ||
    ts.isImportDeclaration(node) ||
    (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) ||
    ts.isRegularExpressionLiteral(node) ||
    (parent !== undefined && ts.isElementAccessExpression(parent) && parent.argumentExpression === node) ||
    (parent !== undefined && ts.isBinaryExpression(parent) && ts.isStringLiteral(node) && isComparison(parent)) ||
    (parent !== undefined && ts.isCaseClause(parent) && parent.expression === node) ||
    (parent !== undefined && ts.isPropertyAssignment(parent) && parent.name === node)
  );
}

function isComparison({ operatorToken }: ts.BinaryExpression): boolean {
  return [
    ts.SyntaxKind.EqualsEqualsEqualsToken,
    ts.SyntaxKind.ExclamationEqualsEqualsToken,
    ts.SyntaxKind.InKeyword,
  ].includes(operatorToken.kind);
}

/** The text of a literal, a template or a concatenation; `undefined` for every other node. */
function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map((span) => hole(span.expression) + span.literal.text).join('');
  if (!isConcatenation(node)) return undefined;
  return leavesOf(node)
    .map((leaf) => textOf(leaf) ?? hole(leaf))
    .join('');
}

/** The expressions in a text, which may contain texts of their own. */
function holesOf(node: ts.Node): ts.Node[] {
  if (ts.isTemplateExpression(node)) return node.templateSpans.map(({ expression }) => expression);
  if (!isConcatenation(node)) return [];
  return leavesOf(node).flatMap((leaf) => (textOf(leaf) === undefined ? [leaf] : holesOf(leaf)));
}

function hole(expression: ts.Expression): string {
  const text = expression.getText().replace(/\s+/g, ' ');
  return `{${text.length > MOST_OF_EXPRESSION ? `${text.slice(0, MOST_OF_EXPRESSION)}…` : text}}`;
}

function isConcatenation(node: ts.Node): node is ts.BinaryExpression {
  return isPlus(node) && leavesOf(node).some((leaf) => textOf(leaf) !== undefined);
}

function isPlus(node: ts.Node): node is ts.BinaryExpression {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken;
}

function leavesOf(node: ts.BinaryExpression): ts.Expression[] {
  return [node.left, node.right].flatMap((side) => {
    const inner = ts.isParenthesizedExpression(side) ? side.expression : side;
    return isPlus(inner) ? leavesOf(inner) : [side];
  });
}

const SQL =
  /^\s*\(?(SELECT|WITH|CREATE|INSERT|ATTACH|DETACH|SET|COPY|DESCRIBE|PRAGMA|INSTALL|LOAD|DROP|UPDATE|DELETE)\b/;

/** Two words next to each other, one of which is written like a word of a sentence. Names of placeholders do not count. */
function isSentence(text: string): boolean {
  const bare = text.replace(/\{[^}]*\}/g, '0');
  if (SQL.test(bare)) return false;
  const words = bare.split(/\s+/).filter((word) => word !== '');
  return (
    words.length > 1 &&
    words.some((word) => /^["'`(*[]*(\p{Lu}?\p{Ll}{2,}|a|an|is|no|of|to|in)["'`)*\].,:;?!]*$/u.test(word))
  );
}

/** A flag, an argument or a command, as they are declared: `--days <n>`, `[sql]`, `help [command]`. */
const DECLARATION = /^(-[\w-]+(, --[\w-]+)?|[\w-]+)? ?([<[][\w:.-]+[>\]])?$/;

/** Whether a text that is passed to something people read is one: not a flag, a code or the name of a value. */
function isShown(text: string, kind: Kind): boolean {
  const bare = text.replace(/\{[^}]*\}/g, '0').trim();
  if (!/\p{L}{2,}/u.test(bare)) return false;
  return kind === 'logs' || kind === 'output' || (/[\s.]/.test(bare) && !DECLARATION.test(bare));
}
