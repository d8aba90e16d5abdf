import type { AnyNode, Node } from "acorn";

import type { Edits } from "../edits.ts";
import { lineIndex, lineStarts } from "../lines.ts";
import { declarationOf, isDirective } from "../names.ts";
import type { ParsedProgram } from "../parse.ts";
import { listedStatements, loneStatements } from "../walk.ts";
import { mayFail } from "./effects.ts";
import type { Occurrences } from "./occurrences.ts";

/** What counting needs: where the edits go, and the text that makes a counter count. */
export interface Counting {
  readonly program: ParsedProgram;
  readonly edits: Edits;
  readonly occurrences: Occurrences;
  text(counter: number): string;
}

/**
 * Puts a counter before each statement that begins a line, one for all statements that certainly run together. Heads of
 * loops count once when they are reached, bodies at each turn.
 */
export class LineCounter {
  /** The lines of each counter. */
  readonly lines: number[][] = [];
  private readonly counted = new Set<number>();
  private readonly starts: readonly number[];
  private readonly into: Counting;
  /** Whether the latest counter counts the next statement too. */
  private open = false;

  constructor(into: Counting) {
    this.starts = lineStarts(into.program.text);
    this.into = into;
  }

  /** Counts the statements that a node holds; its parents come before it. */
  visit(node: AnyNode): void {
    const listed = listedStatements(node);
    if (listed) this.list(listed);
    for (const statement of loneStatements(node)) this.alone(statement);
  }

  /** Counts statements that follow each other. `value` is the one that gives the program its value: it is none of the directives even where it looks like one. */
  list(statements: readonly Node[], value?: Node): void {
    this.open = false;
    for (const statement of statements) {
      const node = declarationOf(statement);
      if (isDirective(statement) && statement !== value) continue;
      if (node.type !== "BlockStatement" && node.type !== "EmptyStatement") {
        const counter = this.count(statement);
        if (counter !== undefined) this.into.edits.insert(statement.start, this.into.text(counter));
      }
      this.open &&= isSimple(node) && !mayFail(this.into.occurrences, node);
    }
  }

  /** A statement that stands where only one may. */
  private alone(statement: Node): void {
    if (statement.type === "BlockStatement" || statement.type === "EmptyStatement") return;
    this.open = false;
    const counter = this.count(statement);
    if (counter === undefined) return;
    this.into.edits.wrap(statement.start, statement.end, `{${this.into.text(counter)}`, "}");
  }

  /** The counter that the statement's line needs; undefined if it has one. */
  private count(statement: Node): number | undefined {
    const line = lineIndex(this.starts, statement.start) + 1;
    if (this.counted.has(line)) return undefined;
    this.counted.add(line);
    if (this.open) {
      this.lines.at(-1)?.push(line);
      return undefined;
    }
    this.open = true;
    return this.lines.push([line]) - 1;
  }
}

/** Whether nothing inside a statement has lines of its own that come before the next statement. */
function isSimple({ type }: Node): boolean {
  return type === "VariableDeclaration" || type === "ExpressionStatement" || type === "FunctionDeclaration";
}
