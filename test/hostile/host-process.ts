import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** What came of asking a child: its answer, or that it had to be killed or died. */
export type Reply<Answer> =
  | { readonly answer: Answer }
  | { readonly killed: true; readonly afterMs: number }
  | { readonly died: string };

/** A child process that answers one message at a time; it is made when it is needed, and anew after it died. */
export class HostProcess<Question extends object, Answer> {
  private readonly program: URL;
  private readonly args: readonly string[];
  private child: ChildProcess | undefined;

  /** A program that ends with .ts is run by tsx. */
  constructor(program: URL, args: readonly string[]) {
    this.program = program;
    this.args = args;
  }

  /** Asks; a child that gives no answer for that long is killed. */
  async ask(question: Question, killMs: number): Promise<Reply<Answer>> {
    try {
      this.child ??= await this.start();
    } catch (error) {
      return { died: (error as Error).message };
    }
    const { child } = this;
    const started = performance.now();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const reply = await new Promise<Reply<Answer>>((resolve) => {
      child.once("message", (answer) => resolve({ answer: answer as Answer }));
      child.once("exit", (code, signal) => resolve({ died: `exit code ${code}, signal ${signal}` }));
      timer = setTimeout(() => resolve({ killed: true, afterMs: performance.now() - started }), killMs);
      child.send(question);
    });
    clearTimeout(timer);
    child.removeAllListeners();
    if (!("answer" in reply)) this.end();
    return reply;
  }

  end(): void {
    this.child?.kill("SIGKILL");
    this.child = undefined;
  }

  private async start(): Promise<ChildProcess> {
    const execArgv = [...(this.program.pathname.endsWith(".ts") ? ["--import", "tsx"] : []), "--expose-gc"];
    const child = fork(this.program, [...this.args], { execArgv });
    await Promise.race([once(child, "message"), once(child, "exit").then(refuse)]);
    return child;
  }
}

function refuse([code]: unknown[]): never {
  throw new Error(`it ended before it was ready, with exit code ${code}`);
}
