import { ATOMS } from "./grammar-atoms.ts";
import { EXPRESSIONS } from "./grammar-expressions.ts";
import { STATEMENTS } from "./grammar-statements.ts";
import { VALUES } from "./grammar-values.ts";

/**
 * A grammar of guest programs made of what engines and hosts stumble over. In a template `@S` stands for a statement,
 * `@E` for an expression, and so on by the names of this table; `@U` is a number of the template's own.
 */
export const GRAMMAR: Readonly<Record<string, readonly string[]>> = {
  ...STATEMENTS,
  ...EXPRESSIONS,
  ...VALUES,
  ...ATOMS,
};
