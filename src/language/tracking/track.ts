import type { Function as FunctionNode, Node } from "acorn";

import type { Edits } from "../edits.ts";
import { afterDirectives, declaredNames, readerText } from "../names.ts";
import { type ParsedProgram, unusedName, unusedPrefix } from "../parse.ts";
import { isFunction, walk } from "../walk.ts";
import { watchFunction } from "./failing.ts";
import { LineCounter } from "./lines.ts";
import { type Occurrences, occurrencesOf } from "./occurrences.ts";

/** Counters that are variables of their own; what is more stands in a list, as a function holds only so many variables. */
const MAX_VARIABLES = 1000;

/** Makes a program count its lines and show its variables, by helpers of guest/tracking.js. */
export class ProgramTracker {
  private readonly program: ParsedProgram;
  private readonly edits: Edits;
  private readonly occurrences: Occurrences;
  private readonly prefix: string;
  private readonly lines: LineCounter;
  private putHead: (text: string) => void = () => undefined;

  constructor(program: ParsedProgram, edits: Edits) {
    this.program = program;
    this.edits = edits;
    this.occurrences = occurrencesOf(program);
    this.prefix = unusedPrefix("$count", program.text);
    const { occurrences } = this;
    this.lines = new LineCounter({ program, edits, occurrences, text: (counter) => this.counterText(counter) });
  }

  /** Puts counters before the top-level statements: first of all edits, before what is put in for their values. */
  begin(): void {
    const { body } = this.program;
    const first: Node | undefined = afterDirectives(body)[0] ?? body.at(-1);
    // What an offset gets first stands first; what it says is known when all lines are.
    if (first) this.putHead = this.edits.reserve(first.start);
    this.lines.list(body, body.at(-1));
  }

  /** Does the rest: the insides of the statements, in one walk, as what is put around outer parts must come first. */
  finish(): void {
    const { edits, lines, occurrences, program } = this;
    const watch = { program, edits, occurrences, errorName: unusedName("$error", program.text) };
    walk(program.body, (node) => {
      if (isFunction(node)) watchFunction(watch, node as FunctionNode);
      else lines.visit(node);
      return undefined;
    });
    this.putHead(this.headText(lines.lines));
  }

  private counter(index: number): string {
    return index < MAX_VARIABLES ? this.prefix + index : `${this.prefix}s[${index - MAX_VARIABLES}]`;
  }

  private counterText(index: number): string {
    const counter = this.counter(index);
    return `if(!${counter})${this.program.aidName}.hit(${index});${counter}++;`;
  }

  /** `var`, as the engine checks at each use of a `let` whether it has a value. */
  private headText(lines: readonly number[][]): string {
    const { aidName, body } = this.program;
    const names = Array.from({ length: Math.min(lines.length, MAX_VARIABLES) }, (_, index) => this.counter(index));
    const more = lines.length - names.length;
    const variables = [
      ...names.map((name) => `${name}=0`),
      ...(more > 0 ? [`${this.prefix}s=${aidName}.counters(${names.length},${more})`] : []),
    ];
    const declared = variables.length > 0 ? `var ${variables.join(",")};` : "";
    const counters = lines.map((own, index) => `[${[names[index] ?? -1, ...own].join(",")}]`);
    return `${declared}${aidName}.program(${readerText(declaredNames(body))},()=>[${counters.join(",")}]);`;
  }
}
