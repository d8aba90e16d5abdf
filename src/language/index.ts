export { codeFrame } from "./code-frame.ts";
export type { NotedComment } from "./comments.ts";
export { explainImport } from "./imports.ts";
export { formatListing, type ListedFailure, type ListingOptions } from "./listing.ts";
export { locate, mapStack, type Positions, PROGRAM_FILE, sessionFile } from "./positions.ts";
export { type PreparedProgram, type PrepareOptions, prepare } from "./prepare.ts";
export { type AuthorPosition, SourceError } from "./source-error.ts";
export { type AssignedCall, assignedTo } from "./tracking/assigned.ts";
