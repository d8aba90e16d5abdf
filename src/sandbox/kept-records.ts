import type { ToolCall } from "./tool-call.ts";

/** Holds the records of calls within their limit: the oldest lose their input and output first. */
export class KeptRecords {
  /** How many lost them. */
  omitted = 0;
  private readonly limitBytes: number;
  /** Calls whose input and output are still kept, the oldest first. */
  private readonly kept = new Set<ToolCall>();
  private bytes = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  /** Takes so many bytes more for a call, unless it was let go while it was out. */
  keep(call: ToolCall, bytes: number): void {
    if (call.omitted) return;
    this.bytes += bytes;
    this.kept.add(call);
    if (this.bytes <= this.limitBytes) return;
    for (const old of this.kept) {
      if (old === call && call.open) continue;
      this.kept.delete(old);
      this.omitted++;
      this.bytes -= old.valueBytes;
      old.letGo();
      if (this.bytes <= this.limitBytes) return;
    }
  }
}
