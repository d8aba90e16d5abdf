import { type AnyNode, type Comment, type ImportDeclaration, type Pattern, parse } from "acorn";
import { transform } from "sucrase";
import type { Block } from "./docs-blocks.ts";

/** What a page states about a value: where, and the text after the arrow. */
export interface Statement {
  readonly line: number;
  readonly stated: string;
}

/** A page's blocks as one module. When run it prints, as JSON, an array of what its statements are compared with. */
export interface PageModule {
  readonly text: string;
  readonly statements: readonly Statement[];
}

const ARROW = /^\s*→\s*/;

/**
 * Joins the blocks of a page: they run in order, later ones see the names of earlier ones, and a name may be declared
 * again. `expression; // → value` states the value of an expression or of the variable that was declared;
 * after `console.log(text)` it is the text; `// → throws message` states that it throws. A statement may go on in the comment lines that follow it.
 */
export function moduleOf(blocks: readonly Block[]): PageModule {
  const imports = new Map<string, Set<string>>();
  const bodies: string[] = [];
  const names = new Set<string>();
  const statements: Statement[] = [];
  for (const block of blocks) {
    const read = new BlockReader(block, statements.length);
    bodies.push(`// ${block.page}:${block.line}\n${read.body(imports, names)}`);
    statements.push(...read.statements);
  }
  const head = [...imports].map(([source, names]) => `import ${clause(names)} from ${source};`);
  const text = [
    ...head,
    `import { formatValue as $format } from ${JSON.stringify(new URL("../../dist/sandbox/format.js", import.meta.url).href)};`,
    "const $said = [];",
    "const $say = (at, value) => { $said[at] = $format(value); };",
    "const $print = (at, value) => { $said[at] = typeof value === 'string' ? value : $format(value); };",
    "const $fail = (at, error) => { $said[at] = 'throws ' + error.name + ': ' + error.message; };",
    names.size > 0 ? `let ${[...names].join(", ")};` : "",
    ...bodies,
    "console.log = $log;",
    "$log('\\u0000' + JSON.stringify($said));",
  ];
  return { text: ["const $log = console.log;", ...text].join("\n"), statements };
}

function clause(names: ReadonlySet<string>): string {
  const whole = [...names].filter((name) => name.startsWith("* as "));
  const named = [...names].filter((name) => !name.startsWith("* as "));
  return [...whole, ...(named.length > 0 ? [`{ ${named.join(", ")} }`] : [])].join(", ");
}

class BlockReader {
  readonly statements: Statement[] = [];
  private readonly block: Block;
  private readonly first: number;
  private readonly code: string;
  private readonly comments: Comment[] = [];

  constructor(block: Block, first: number) {
    this.block = block;
    this.first = first;
    this.code =
      block.language === "ts"
        ? transform(block.code, { transforms: ["typescript"], disableESTransforms: true, keepUnusedImports: true }).code
        : block.code;
  }

  body(imports: Map<string, Set<string>>, names: Set<string>): string {
    const program = parse(this.code, {
      ecmaVersion: "latest",
      sourceType: "module",
      locations: true,
      onComment: this.comments,
      allowAwaitOutsideFunction: true,
    });
    return (program.body as AnyNode[])
      .map((node) => {
        if (node.type === "ImportDeclaration") return noteImport(node, imports);
        return this.statement(node, names);
      })
      .join("\n");
  }

  private statement(node: AnyNode, names: Set<string>): string {
    const text = this.code.slice(node.start, node.end);
    const stated = this.stated(node);
    if (node.type === "VariableDeclaration") return this.declaration(node, names, stated);
    if (stated === undefined || node.type !== "ExpressionStatement") return text;
    const shown = printed(node.expression);
    const value = this.code.slice(...range(shown ?? node.expression));
    const at = this.note(node, stated);
    if (stated.startsWith("throws ")) return `try { ${value}; } catch ($error) { $fail(${at}, $error); }`;
    return shown ? `$print(${at}, ${value});` : `$say(${at}, ${value});`;
  }

  /** The names belong to the page, not to the block: `const` becomes an assignment. */
  private declaration(
    node: AnyNode & { type: "VariableDeclaration" },
    names: Set<string>,
    stated: string | undefined,
  ): string {
    const parts = node.declarations.map(({ id, init }) => {
      for (const name of namesOf(id)) names.add(name);
      const value = init ? this.code.slice(init.start, init.end) : "undefined";
      return `(${this.code.slice(id.start, id.end)} = ${value});`;
    });
    const [first] = node.declarations;
    if (stated === undefined || first?.id.type !== "Identifier") return parts.join("\n");
    return `${parts.join("\n")}\n$say(${this.note(node, stated)}, ${first.id.name});`;
  }

  private note(node: AnyNode, stated: string): number {
    this.statements.push({ line: this.block.line + (node.loc?.end.line ?? 1) - 1, stated });
    return this.first + this.statements.length - 1;
  }

  private stated(node: AnyNode): string | undefined {
    const line = node.loc?.end.line ?? 0;
    const start = this.comments.findIndex(
      (comment) =>
        comment.type === "Line" &&
        comment.start >= node.end &&
        ARROW.test(comment.value) &&
        (comment.loc?.start.line === line || (comment.loc?.start.line === line + 1 && comment.loc.start.column === 0)),
    );
    const first = this.comments[start];
    if (!first) return undefined;
    const lines = [first.value.replace(ARROW, "")];
    for (let at = start + 1, next = (first.loc?.start.line ?? 0) + 1; at < this.comments.length; at++, next++) {
      const more = this.comments[at];
      if (more?.loc?.start.line !== next || more.loc.start.column !== first.loc?.start.column) break;
      if (ARROW.test(more.value)) break;
      lines.push(more.value);
    }
    return lines.join("\n").trim();
  }
}

function noteImport(node: ImportDeclaration, imports: Map<string, Set<string>>): string {
  const source = JSON.stringify(node.source.value);
  const names = imports.get(source) ?? new Set();
  imports.set(source, names);
  for (const specifier of node.specifiers) {
    const local = specifier.local.name;
    if (specifier.type === "ImportNamespaceSpecifier") names.add(`* as ${local}`);
    else if (specifier.type === "ImportDefaultSpecifier") names.add(`default as ${local}`);
    else {
      const imported = "name" in specifier.imported ? specifier.imported.name : String(specifier.imported.value);
      names.add(imported === local ? local : `${imported} as ${local}`);
    }
  }
  return "";
}

/** What `console.log(x)` prints: `x`, a text without quotes. */
function printed(expression: AnyNode): AnyNode | undefined {
  if (expression.type !== "CallExpression" || expression.arguments.length !== 1) return undefined;
  const { callee } = expression;
  const logs =
    callee.type === "MemberExpression" && callee.object.type === "Identifier" && callee.object.name === "console";
  return logs ? (expression.arguments[0] as AnyNode) : undefined;
}

function range({ start, end }: AnyNode): [number, number] {
  return [start, end];
}

function namesOf(pattern: Pattern): string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((part) => namesOf(part.type === "Property" ? part.value : part.argument));
    case "ArrayPattern":
      return pattern.elements.flatMap((part) => (part ? namesOf(part) : []));
    case "AssignmentPattern":
      return namesOf(pattern.left);
    case "RestElement":
      return namesOf(pattern.argument);
    default:
      return [];
  }
}
