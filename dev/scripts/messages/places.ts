/** Where a text stands in the source: what it is passed to or stored in. */
import ts from 'typescript';

/** The surroundings of a text. */
export interface Place {
  /** The file, relative to the root, with `/`. */
  file: string;
  /** The innermost call that it is an argument of. */
  call?: { text: string; name: string };
  /** The error class that it is an argument of the constructor of, or the function that makes such an error. */
  constructed?: string;
  /** The name of the property that it is the value of. */
  property?: string;
  /** The name of the variable that it is in. */
  variable?: string;
}

/** Names of error classes, and of functions that construct errors from texts that they are passed. */
export interface ErrorNames {
  classes: ReadonlySet<string>;
  makers: ReadonlySet<string>;
}

/** Collects {@link ErrorNames} by syntax: whatever extends `Error`, at any depth, and functions that construct it. */
export function errorNames(files: readonly ts.SourceFile[]): ErrorNames {
  const parents = new Map<string, string>();
  const functions: [name: string, body: ts.Node][] = [];
  const collect = (node: ts.Node): void => {
    if (ts.isClassDeclaration(node) && node.name !== undefined) {
      const parent = node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
      if (parent !== undefined) parents.set(node.name.text, parent.expression.getText());
    }
    if (ts.isFunctionDeclaration(node) && node.name !== undefined && node.body !== undefined)
      functions.push([node.name.text, node]);
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer !== undefined)
      if (ts.isArrowFunction(node.initializer)) functions.push([node.name.text, node.initializer]);
    ts.forEachChild(node, collect);
  };
  for (const file of files) collect(file);
  const isError = (name: string | undefined): boolean =>
    name !== undefined && (/^(Type|Range|Syntax|Aggregate)?Error$|Failure$/.test(name) || isError(parents.get(name)));
  const classes = new Set([...parents.keys()].filter(isError));
  for (const name of ['Error', 'TypeError', 'RangeError', 'SyntaxError', 'AggregateError', 'ApplicationFailure'])
    classes.add(name);
  const makers = new Set(functions.filter(([, body]) => makesError(body, classes)).map(([name]) => name));
  return { classes, makers };
}

/** Whether a function does little else than construct an error: it is short and has no other function in it. */
function makesError(body: ts.Node, classes: ReadonlySet<string>): boolean {
  const text = body.getText();
  if (text.length > 600) return false;
  const made = /\b(?:return|=>|throw)\s*\(?\s*new (\w+)\(/.exec(text)?.[1];
  return made !== undefined && classes.has(made) && takesText(body);
}

function takesText(body: ts.Node): boolean {
  return ts.isFunctionLike(body) && body.parameters.some(({ type }) => /\bstring\b/.test(type?.getText() ?? ''));
}

/** The surroundings of a node. Stops at the function that the node is in: what is outside says nothing about it. */
export function placeOf(node: ts.Node, file: string, { classes, makers }: ErrorNames): Place {
  const place: Place = { file };
  for (let [child, parent] = [node, node.parent]; parent !== undefined; [child, parent] = [parent, parent.parent]) {
    if (ts.isNewExpression(parent) && parent.expression !== child && place.constructed === undefined) {
      const name = parent.expression.getText();
      if (classes.has(name)) place.constructed = name;
    }
    if (ts.isCallExpression(parent) && parent.expression !== child) {
      const text = parent.expression.getText().replace(/\s+/g, '');
      const name = text.slice(text.lastIndexOf('.') + 1);
      place.call ??= { text: text.slice(-60), name };
      if (makers.has(name) || /^ApplicationFailure\./.test(text)) place.constructed ??= name;
      if (name === 'super' && classes.has(classOf(parent))) place.constructed ??= name;
    }
    if (ts.isPropertyAssignment(parent) && parent.initializer === child)
      place.property ??= parent.name.getText().replace(/^['"]|['"]$/g, '');
    if (ts.isVariableDeclaration(parent)) place.variable ??= parent.name.getText();
    if (ts.isFunctionLike(parent)) break;
  }
  return place;
}

function classOf(node: ts.Node): string {
  for (let at = node.parent; at !== undefined; at = at.parent)
    if (ts.isClassDeclaration(at)) return at.name?.text ?? '';
  return '';
}
