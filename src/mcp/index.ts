// Named exports only; adding one makes it public.

// Configuration
export { type McpConfig, type McpConfigInput, type McpConfigOptions, parseMcpConfig } from "./config.ts";
// Connection
export { connectMcp, type McpConnection, type McpConnectOptions } from "./connect.ts";
// Errors
export { McpConnectionError, McpProtocolError, McpToolError } from "./errors.ts";
export { readMcpConfig } from "./read-config.ts";
export type { McpEra, McpHttpConfig, McpServerConfig, McpStdioConfig } from "./server-config.ts";
export type { McpServerState, McpServerStatus } from "./status.ts";
export type { HiddenTool } from "./tools.ts";
