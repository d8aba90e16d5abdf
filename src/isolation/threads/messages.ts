import type { BootImage, CompiledModule, MachineState } from "../../engine/index.ts";
import type { MachineCommand, MachineReport } from "../port.ts";

/** What a thread is told. Carried out in order; several go in one list. */
export type ToThread =
  /** What machines of a kind are made from. Images go once for each engine build. */
  | { readonly type: "image"; readonly engine: string; readonly image: BootImage }
  | { readonly type: "kind"; readonly key: string; readonly engine: string; readonly module: CompiledModule }
  | { readonly type: "forget"; readonly key: string }
  /** A run stands here from now on. */
  | {
      readonly type: "open";
      readonly run: number;
      readonly slot: number;
      readonly key: string;
      readonly ofTenant: boolean;
      readonly ofSession: boolean;
    }
  /** Each is answered by one reply. */
  | { readonly type: "command"; readonly run: number; readonly command: MachineCommand }
  | { readonly type: "close"; readonly run: number };

/** What a thread tells: that it is ready, or what commands came to. */
export type FromThread = "ready" | readonly Reply[];

/** What one command came to. */
export interface Reply {
  readonly run: number;
  readonly report?: MachineReport;
  /** Where the run stands now, if its memory can be read from outside. */
  readonly state?: MachineState;
  /** That memory, where it is another one than before. */
  readonly memory?: SharedArrayBuffer;
}

/** A started thread, as its host has it. Each runtime has its own kind. */
export interface ThreadHandle {
  post(messages: readonly ToThread[]): void;
  /** Ends it wherever it is, native code included. `ended` is told once nothing comes any more. */
  terminate(): void;
  /** Whether it keeps the process alive. */
  keepAlive(on: boolean): void;
}

/** What a started thread tells its host. */
export interface ThreadListener {
  told(message: FromThread): void;
  /** It is gone, ended or crashed; all that it told before has been given. */
  ended(error: Error | undefined): void;
}

/** What a thread begins with. */
export interface ThreadStart {
  /** See claims.ts; absent where threads can't share memory. */
  readonly claims: SharedArrayBuffer | undefined;
}
