/**
 * Where the sources make messages: the argument of `new …Error(…)`, of the functions that make an error's message, and
 * of a Refusal, as patterns that the messages must match. What is computed is a gap in the pattern.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

export interface Site {
  /** lib/pool/pool.ts:217 */
  readonly place: string;
  readonly pattern: RegExp;
  /** What stands there literally; '' where all is computed. */
  readonly literal: string;
}

/** Functions whose arguments are an error's message. */
const MAKERS = /^brokenError$/;

export function sitesOf(folder: string): Site[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('client'))
    .map((file) => join(folder, file))
    .sort()
    .flatMap(sitesIn);
}

function sitesIn(file: string): Site[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ESNext, true);
  const sites: Site[] = [];
  const note = (node: ts.Node, text: ts.Expression | undefined): void => {
    if (text === undefined) return;
    const place = `${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
    for (const parts of alternatives(text)) {
      const escaped = parts.map((part) => part?.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') ?? '.*');
      const pattern = new RegExp(escaped.join(''), 's');
      sites.push({ place, pattern, literal: parts.map((part) => part ?? '').join('') });
    }
  };
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node)) {
      const name = node.expression.getText();
      if (/(?:Error|DOMException)$/.test(name)) note(node, node.arguments?.[0]);
      if (name === 'Refusal') for (const text of node.arguments ?? []) note(node, text);
    } else if (ts.isCallExpression(node) && MAKERS.test(node.expression.getText())) {
      note(node, node.arguments[0]);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return sites;
}

type Parts = readonly (string | undefined)[];

/** A message's literal parts and gaps, for each branch that it may take. */
function alternatives(node: ts.Expression): Parts[] {
  if (ts.isStringLiteralLike(node)) return [[node.text]];
  if (ts.isParenthesizedExpression(node)) return alternatives(node.expression);
  if (ts.isConditionalExpression(node)) return [...alternatives(node.whenTrue), ...alternatives(node.whenFalse)];
  if (ts.isTemplateExpression(node)) {
    let all: Parts[] = [[node.head.text]];
    for (const { expression, literal } of node.templateSpans) {
      const inside = isBroken(expression) ? alternatives(expression) : [[undefined]];
      all = all.flatMap((parts) => inside.map((middle) => [...parts, ...middle, literal.text]));
    }
    return all;
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    return alternatives(node.left).flatMap((left) => alternatives(node.right).map((right) => [...left, ...right]));
  }
  if (isBroken(node)) {
    const [name, rule] = node.arguments;
    return alternatives(name).flatMap((named) =>
      alternatives(rule).map((ruled) => ['Expected `', ...named, '` to be ', ...ruled, ', got ', undefined]),
    );
  }
  if (ts.isIdentifier(node)) {
    const text = textOf(node);
    if (text !== undefined) return alternatives(text);
  }
  return [[undefined]];
}

function isBroken(node: ts.Expression): node is ts.CallExpression {
  return ts.isCallExpression(node) && node.expression.getText() === 'broken';
}

/** What a constant of that name in the same file was made of, if it stands there once. */
function textOf(name: ts.Identifier): ts.Expression | undefined {
  const found: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && node.name.getText() === name.text && node.initializer !== undefined) {
      found.push(node.initializer);
    }
    ts.forEachChild(node, visit);
  };
  visit(name.getSourceFile());
  return found.length === 1 ? found[0] : undefined;
}
