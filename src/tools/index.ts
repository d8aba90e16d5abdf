// Defining tools

// Names
export { identifierAlias } from "./aliases.ts";
// Showing tools
export { type SchemaToTypeOptions, schemaToType } from "./declarations/schema-to-type.ts";
export { defineTool, isLiveNamespace, isTool, liveNamespace } from "./define.ts";
// Telling whether tools have changed
export { changedTools, type Fingerprints, fingerprintsOf } from "./fingerprints.ts";
// Objects that programs read and write
export {
  type HostObject,
  type HostObjectOptions,
  type HostObjectState,
  type HostProperty,
  type HostWrite,
  hostObject,
  hostObjectState,
} from "./host-object.ts";
// Schemas
export { lenientSchema } from "./json-schema/validator.ts";
export { unknownTool } from "./nearest.ts";
// The tools of a sandbox
export type { ResolvedTool } from "./resolved-tool.ts";
export { searchTools, type ToolMatch } from "./search.ts";
export { signature } from "./signature.ts";
export { createToolTable, type ToolTable } from "./table.ts";
export type {
  JsonSchema,
  LiveNamespace,
  PlainFunction,
  Schema,
  StandardResult,
  StandardSchema,
  Tool,
  ToolContext,
  ToolEffect,
  ToolOptions,
  ToolTree,
} from "./tool.ts";
export type { NamespaceChild } from "./tree.ts";
export { writeProblem } from "./write.ts";
