import { type JSONRPCMessage, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

/** The `data` of the error with which a request ends whose answer broke off. */
export const BROKEN_OFF: { readonly reason: string } = Object.freeze({ reason: "the answer broke off" });

const SERVER_ERROR = -32_000;

/** Streamable HTTP in which a request whose stream ends without an answer fails; with the SDK's own it waits for its timeout. */
export class HttpTransport extends StreamableHTTPClientTransport {
  override send(message: JSONRPCMessage | JSONRPCMessage[], options: SendOptions = {}): Promise<void> {
    if (Array.isArray(message) || !("method" in message && "id" in message)) return super.send(message, options);
    const { id } = message;
    const onRequestStreamEnd = (): void => {
      options.onRequestStreamEnd?.();
      // Unknown to the SDK, and so without effect, if the answer had come.
      this.onmessage?.({
        jsonrpc: "2.0",
        id,
        error: { code: SERVER_ERROR, message: BROKEN_OFF.reason, data: BROKEN_OFF },
      });
    };
    return super.send(message, { ...options, onRequestStreamEnd });
  }
}

type SendOptions = NonNullable<Parameters<StreamableHTTPClientTransport["send"]>[1]>;
