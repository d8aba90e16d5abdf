import type { Edits } from "./edits.ts";
import type { ParsedProgram } from "./parse.ts";
import { walk } from "./walk.ts";

/** What sucrase calls for each element, given the name of the guest's helpers. */
export const elementFunction = (aidName: string): string => `${aidName}.element`;

/** What sucrase passes as the tag of `<>…</>`. */
export const fragmentName = (aidName: string): string => `${aidName}.Fragment`;

/** JSX whose tags have no colon in them, as sucrase does not know `<a:b/>`. */
export interface MaskedTags {
  text: string;
  /** Brings the colons back into what sucrase made, and makes texts of tags that are no expressions. */
  unmask(code: string): string;
}

/** Hides the colons in names of tags. Lengths stay. */
export function maskTags(source: string, aidName: string): MaskedTags {
  const mark = unusedLetter(source);
  const element = elementFunction(aidName).replaceAll("$", "\\$&");
  const bareTag = new RegExp(`(${element}\\()([^'"\\s,()]*[-${mark}][^\\s,()]*),`, "g");
  return {
    text: source.replace(COLON_IN_TAG, (_all, name: string) => name + mark),
    unmask: (code) => code.replace(bareTag, "$1'$2',").replaceAll(mark, ":"),
  };
}

const COLON_IN_TAG = /(<\/?[\p{ID_Start}$_][\p{ID_Continue}$-]*):(?=[\p{ID_Start}$_])/gu;

/** A letter that the source does not have: of the Lisu script, which few programs are written in. */
function unusedLetter(source: string): string {
  let code = 0xa4d0;
  while (source.includes(String.fromCharCode(code))) code++;
  return String.fromCharCode(code);
}

/** Tags are names: sucrase leaves `<Message/>` and `<A.B/>` as variables, and they become texts. */
export function quoteTags(program: ParsedProgram, edits: Edits): void {
  const { aidName, text } = program;
  walk(program.body, (node) => {
    if (node.type !== "CallExpression") return undefined;
    const [tag] = node.arguments;
    if (!tag || text.slice(node.callee.start, node.callee.end) !== elementFunction(aidName)) return undefined;
    if (tag.type === "Literal" || text.slice(tag.start, tag.end) === fragmentName(aidName)) return undefined;
    // A template, as a member expression may go over several lines.
    edits.wrap(tag.start, tag.end, "`", "`");
    return undefined;
  });
}
