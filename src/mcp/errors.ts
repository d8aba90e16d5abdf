/** A tool of an MCP server answered with `isError`: the text is the message; `data` says which tool it was. */
export class McpToolError extends Error {
  override readonly name: string = "McpToolError";
  readonly data: { server: string; tool: string; structuredContent?: unknown };

  constructor(message: string, data: { server: string; tool: string; structuredContent?: unknown }) {
    super(message);
    this.data = data;
  }
}

/**
 * An MCP server refused a request with a JSON-RPC error, or answered a call with what is no result of the protocol
 * (-32603). `code`, also in `data`, is the protocol's number.
 */
export class McpProtocolError extends Error {
  override readonly name: string = "McpProtocolError";
  readonly code: number;
  readonly data: { code: number; server: string; tool: string; details?: unknown };

  constructor(code: number, message: string, data: { server: string; tool: string; details?: unknown }) {
    super(message);
    this.code = code;
    this.data = { code, ...data };
  }
}

/** An MCP server could not be started or reached. The message is safe to show: secrets and control characters are hidden. */
export class McpConnectionError extends Error {
  override readonly name: string = "McpConnectionError";
  readonly data: { server: string };

  constructor(message: string, data: { server: string }) {
    super(message);
    this.data = data;
  }
}
