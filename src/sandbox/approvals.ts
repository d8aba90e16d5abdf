import { checkAnswer } from "./answers.ts";
import { MAX_TIMER_MS } from "./limits.ts";
import type { ToolCall } from "./tool-call.ts";
import type { Answer, HostOptions } from "./types.ts";

/** What the calls of a run do for their approvals. */
export interface ApprovalsOwner {
  readonly onApproval: HostOptions["onApproval"];
  isSuspending(): boolean;
  /** Gives why the answer has no effect, if it has none. */
  answer(call: ToolCall, answer: Answer): string | undefined;
  expire(call: ToolCall): void;
  rested(): void;
}

/** The calls of a run that wait for an approval: asks for it where somebody can be asked, and lets it expire. */
export class Approvals {
  private readonly owner: ApprovalsOwner;
  private readonly expiries = new Map<ToolCall, ReturnType<typeof setTimeout>>();
  private asked = 0;
  private ended = false;

  constructor(owner: ApprovalsOwner) {
    this.owner = owner;
  }

  /** Whether `onApproval` is being waited for. */
  get isAsking(): boolean {
    return this.asked > 0;
  }

  wait(call: ToolCall): void {
    const { onApproval } = this.owner;
    const leftMs = (call.expiresAt ?? Number.POSITIVE_INFINITY) - Date.now();
    if (leftMs <= MAX_TIMER_MS) {
      const expire = () => {
        if (!this.ended && isWaiting(call)) this.owner.expire(call);
      };
      this.expiries.set(call, setTimeout(expire, Math.max(0, leftMs)));
    }
    if (onApproval && !this.owner.isSuspending()) void this.ask(call, onApproval);
  }

  /** The call is answered. */
  forget(call: ToolCall): void {
    clearTimeout(this.expiries.get(call));
    this.expiries.delete(call);
  }

  /** From now on answers have no effect. */
  end(): void {
    this.ended = true;
    for (const expiry of this.expiries.values()) clearTimeout(expiry);
  }

  private async ask(call: ToolCall, onApproval: NonNullable<HostOptions["onApproval"]>): Promise<void> {
    this.asked++;
    let answer: Answer | undefined;
    try {
      answer = await onApproval(call.pending("approval"));
      if (answer !== undefined) checkAnswer("the answer of onApproval", answer);
      // A copy: what its owner makes of it meanwhile, or its getters, must not count.
      if (answer !== undefined) answer = { ...answer };
    } catch (error) {
      answer = { deny: "its approval could not be asked for" };
      call.cause = error;
    }
    this.asked--;
    if (this.ended) return;
    if (answer !== undefined && isWaiting(call)) {
      const problem = this.owner.answer(call, answer);
      // What fits nothing must not let the call through, nor leave it waiting for an answer that was given.
      if (problem && isWaiting(call)) this.owner.answer(call, { deny: problem });
    }
    this.owner.rested();
  }
}

const isWaiting = ({ open, stage }: ToolCall): boolean => open && stage === "approval";
