export { decode, untagged } from "./decode.ts";
export { encode, type TaggedValue, tagged, utf8Length } from "./encode.ts";
export { Omitted, TAGGED, ValueError } from "./tags.ts";
