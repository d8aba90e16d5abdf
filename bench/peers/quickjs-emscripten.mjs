import { versionOf } from "./version.mjs";

/** A fresh runtime and context for each run, all in one shared WebAssembly module and memory. */
export async function load() {
  const { getQuickJS, shouldInterruptAfterDeadline } = await import("quickjs-emscripten");
  const QuickJS = await getQuickJS();

  const open = () => {
    const runtime = QuickJS.newRuntime();
    runtime.setMemoryLimit(64 << 20);
    runtime.setInterruptHandler(shouldInterruptAfterDeadline(Date.now() + 1000));
    return runtime.newContext();
  };
  const close = (context) => {
    const { runtime } = context;
    context.dispose();
    runtime.dispose();
  };
  const dump = (context, handle) => {
    const value = context.dump(handle);
    handle.dispose();
    return value;
  };

  const run = (source) => {
    const context = open();
    try {
      return dump(context, context.unwrapResult(context.evalCode(`(() => {${source}\n})()`)));
    } finally {
      close(context);
    }
  };

  const addTool = (context) => {
    const add = context.newFunction("add", (left, right) => {
      const deferred = context.newPromise();
      const [a, b] = [context.getNumber(left), context.getNumber(right)];
      (async () => a + b)().then((sum) => {
        const handle = context.newNumber(sum);
        deferred.resolve(handle);
        handle.dispose();
        deferred.dispose();
        context.runtime.executePendingJobs();
      });
      return deferred.handle;
    });
    const tools = context.newObject();
    context.setProp(tools, "add", add);
    context.setProp(context.global, "tools", tools);
    add.dispose();
    tools.dispose();
  };
  const calls = async (source) => {
    const context = open();
    try {
      addTool(context);
      const promise = context.unwrapResult(context.evalCode(`(async () => {${source}\n})()`));
      const settled = context.resolvePromise(promise);
      context.runtime.executePendingJobs();
      const result = context.unwrapResult(await settled);
      promise.dispose();
      return dump(context, result);
    } finally {
      close(context);
    }
  };

  const pass = (input) => {
    const context = open();
    try {
      const text = context.newString(JSON.stringify(input));
      context.setProp(context.global, "text", text);
      text.dispose();
      const out = context.unwrapResult(
        context.evalCode("(() => { const input = JSON.parse(text); return JSON.stringify(input); })()"),
      );
      const value = JSON.parse(context.getString(out));
      out.dispose();
      return value;
    } finally {
      close(context);
    }
  };

  return {
    key: "quickjs-emscripten",
    version: versionOf("quickjs-emscripten"),
    how: "`getQuickJS()` once; for each run a new runtime with memory limit and interrupt deadline + context + evalCode + dispose (without a promise: programs that await need a promise and job pump on top). Async tools by `newPromise`, values by JSON text. All contexts share one memory",
    run,
    calls,
    manyCalls: calls,
    pass,
    close: async () => {},
  };
}
